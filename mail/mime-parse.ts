/**
 * mime-parse - reads a message's structure (see mime.ts for what it yields).
 *
 * One pass over the bytes for each nesting level, bounded in depth and number of parts. Charsets and encoded words are libmime's; the structure is ours, since offsets matter.
 */
import libmime from 'libmime';
import libqp from 'libqp';
import { fieldValues, readHeaders } from './header.ts';
import type { MimeDefect, MimeLimits, MimePart } from './mime.ts';

interface Budget {
  parts: number;
  readonly maxDepth: number;
  readonly maxParts: number;
}

/** The structure of a whole message. Never throws. */
export function parseMime(content: Buffer, limits: MimeLimits = {}): MimePart {
  const budget: Budget = { parts: 0, maxDepth: limits.maxDepth ?? 20, maxParts: limits.maxParts ?? 1000 };
  return parsePart(content, 0, content.length, '', 0, 'text/plain', budget);
}

function parsePart(
  content: Buffer,
  start: number,
  end: number,
  partNumber: string,
  depth: number,
  defaultType: string,
  budget: Budget,
): MimePart {
  budget.parts += 1;
  const { fields, bodyStart } = readHeaders(content, start, end);
  const defects: MimeDefect[] = [];
  const type = readParameters(fieldValues(fields, 'Content-Type')[0] ?? defaultType);
  const contentType = /^[\w.+-]+\/[\w.+-]+$/.test(type.value)
    ? type.value
    : (defects.push('bad-content-type'), 'text/plain');
  const disposition = readParameters(fieldValues(fields, 'Content-Disposition')[0] ?? '');
  const part = {
    partNumber,
    headerStart: start,
    bodyStart,
    bodyEnd: end,
    headers: fields,
    contentType,
    parameters: type.parameters,
    disposition: disposition.value === '' ? undefined : disposition.value,
    dispositionParameters: disposition.parameters,
    encoding: (fieldValues(fields, 'Content-Transfer-Encoding')[0] ?? '7bit').trim().toLowerCase(),
    fileName: disposition.parameters.get('filename') ?? type.parameters.get('name'),
  };
  const isMultipart = contentType.startsWith('multipart/');
  const isMessage = contentType === 'message/rfc822' || contentType === 'message/global';
  if (!isMultipart && !isMessage) return { ...part, children: [], defects };
  if (depth >= budget.maxDepth) return { ...part, children: [], defects: [...defects, 'too-deep'] };
  const children = isMessage
    ? [parsePart(content, bodyStart, end, partNumber === '' ? '1' : partNumber, depth + 1, 'text/plain', budget)]
    : parseMultipart(content, bodyStart, end, part, depth, budget, defects);
  return { ...part, children, defects };
}

function parseMultipart(
  content: Buffer,
  start: number,
  end: number,
  part: { parameters: ReadonlyMap<string, string>; partNumber: string; contentType: string },
  depth: number,
  budget: Budget,
  defects: MimeDefect[],
): MimePart[] {
  const boundary = part.parameters.get('boundary');
  if (!boundary) {
    defects.push('missing-boundary');
    return [];
  }
  const { ranges, closed } = findParts(content, start, end, boundary);
  if (!closed) defects.push('unclosed-multipart');
  const children: MimePart[] = [];
  const defaultType = part.contentType === 'multipart/digest' ? 'message/rfc822' : 'text/plain'; // RFC 2046 section 5.1.5
  for (const [index, range] of ranges.entries()) {
    if (budget.parts >= budget.maxParts) {
      defects.push('too-many-parts');
      break;
    }
    children.push(
      parsePart(
        content,
        range.start,
        range.end,
        part.partNumber === '' ? `${index + 1}` : `${part.partNumber}.${index + 1}`,
        depth + 1,
        defaultType,
        budget,
      ),
    );
  }
  return children;
}

/** The parts between delimiter lines (RFC 2046 section 5.1.1); the line end before a delimiter belongs to the delimiter. */
function findParts(
  content: Buffer,
  start: number,
  end: number,
  boundary: string,
): { ranges: { start: number; end: number }[]; closed: boolean } {
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  const ranges: { start: number; end: number }[] = [];
  let open: number | undefined;
  for (
    let at = content.indexOf(delimiter, start);
    at >= 0 && at < end;
    at = content.indexOf(delimiter, at + delimiter.length)
  ) {
    if (at > start && content[at - 1] !== 0x0a) continue;
    const lineEnd = content.indexOf(0x0a, at);
    const next = lineEnd < 0 || lineEnd >= end ? end : lineEnd + 1;
    const rest = content.toString('latin1', at + delimiter.length, next).trim();
    if (rest !== '' && rest !== '--') continue;
    if (open !== undefined) ranges.push({ start: open, end: Math.max(open, beforeLineEnd(content, at)) });
    if (rest === '--') return { ranges, closed: true };
    open = next;
  }
  if (open !== undefined) ranges.push({ start: open, end });
  return { ranges, closed: false };
}

function beforeLineEnd(content: Buffer, at: number): number {
  if (content[at - 1] !== 0x0a) return at;
  return content[at - 2] === 0x0d ? at - 2 : at - 1;
}

/** A structured field: value and parameters, RFC 2231 continuations joined, RFC 2047 words in file names decoded. */
function readParameters(text: string): { value: string; parameters: ReadonlyMap<string, string> } {
  if (text === '') return { value: '', parameters: new Map() };
  try {
    const parsed = libmime.parseHeaderValue(text.slice(0, 10_000)) as { value: string; params: Record<string, string> };
    const parameters = new Map(
      Object.entries(parsed.params).map(([name, value]) => [name.toLowerCase(), decodeWords(String(value))]),
    );
    return { value: parsed.value.trim().toLowerCase(), parameters };
  } catch {
    return { value: text.split(';')[0]?.trim().toLowerCase() ?? '', parameters: new Map() };
  }
}

function decodeWords(text: string): string {
  try {
    return libmime.decodeWords(text);
  } catch {
    return text;
  }
}

/** A part's body with its transfer encoding undone (RFC 2045 section 6). An unknown encoding gives the bytes as they are. */
export function decodeBody(content: Buffer, part: Pick<MimePart, 'bodyStart' | 'bodyEnd' | 'encoding'>): Buffer {
  const body = content.subarray(part.bodyStart, part.bodyEnd);
  if (part.encoding === 'base64') return Buffer.from(body.toString('latin1').replace(/[^A-Za-z0-9+/=]/g, ''), 'base64');
  if (part.encoding === 'quoted-printable') return Buffer.from(libqp.decode(body.toString('latin1')));
  return body;
}

/** All parts without children, in order. */
export function leafParts(part: MimePart): MimePart[] {
  return part.children.length === 0 ? [part] : part.children.flatMap(leafParts);
}
