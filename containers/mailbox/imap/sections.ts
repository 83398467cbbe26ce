/**
 * sections - the piece of a message that `BODY[section]<partial>` names (RFC 3501 section 6.4.5).
 */
import { readHeaders } from '#mail/header.ts';
import type { MimePart } from '#mail/mime.ts';
import { SyntaxFault } from './tokens.ts';

export interface SectionRequest {
  /** What stands between the brackets, as asked. */
  readonly section: string;
  readonly partial: { readonly start: number; readonly length: number } | undefined;
  readonly peek: boolean;
}

/** `BODY[...]`, `BODY.PEEK[...]`; undefined when it is none. @throws SyntaxFault. */
export function readSection(item: string): SectionRequest | undefined {
  const [, peek, section, start, length] = /^BODY(\.PEEK)?\[([^\]]*)\](?:<(\d+)(?:\.(\d+))?>)?$/i.exec(item) ?? [];
  if (section === undefined) return undefined;
  if (start !== undefined && length === undefined) throw new SyntaxFault('Partial needs a length');
  return {
    section,
    peek: peek !== undefined,
    partial: start === undefined ? undefined : { start: Number(start), length: Number(length) },
  };
}

/** The bytes; undefined when there is no such part. */
export function sectionBytes(content: Buffer, top: MimePart, section: string): Buffer | undefined {
  const [, numbers = '', rest = ''] = /^((?:\d+(?:\.\d+)*)?)\.?(.*)$/s.exec(section) ?? [];
  if (numbers === '') return specifierBytes(content, top, rest, true);
  const part = findPart(top, numbers.split('.').map(Number));
  if (!part) return undefined;
  if (rest === '') return content.subarray(part.bodyStart, part.bodyEnd);
  if (/^MIME$/i.test(rest)) return content.subarray(part.headerStart, part.bodyStart);
  const [inner] = part.children;
  // RFC 3501: HEADER and TEXT of a part are those of the message inside it.
  return part.contentType === 'message/rfc822' && inner ? specifierBytes(content, inner, rest, false) : undefined;
}

/** Part 1 of a message that is not multipart is its body. */
function findPart(top: MimePart, numbers: readonly number[]): MimePart | undefined {
  let part: MimePart | undefined = top;
  for (const number of numbers) {
    if (!part) return undefined;
    const inside: MimePart =
      part.contentType === 'message/rfc822' && part !== top && part.children[0] ? part.children[0] : part;
    if (inside.contentType.startsWith('multipart/')) part = inside.children[number - 1];
    else if (number === 1 && (inside !== part || part === top)) part = inside;
    else return undefined;
  }
  return part;
}

function specifierBytes(content: Buffer, part: MimePart, specifier: string, isTop: boolean): Buffer | undefined {
  if (specifier === '') return content.subarray(part.headerStart, isTop ? content.length : part.bodyEnd);
  if (/^HEADER$/i.test(specifier)) return content.subarray(part.headerStart, part.bodyStart);
  if (/^TEXT$/i.test(specifier)) return content.subarray(part.bodyStart, part.bodyEnd);
  const [, not, names] = /^HEADER\.FIELDS(\.NOT)?\s*\(([^)]*)\)$/i.exec(specifier) ?? [];
  if (names === undefined) return undefined;
  const wanted = new Set(names.replace(/"/g, '').toLowerCase().split(/\s+/));
  const { fields } = readHeaders(content, part.headerStart, part.bodyStart);
  const kept = fields.filter((field) => wanted.has(field.name.toLowerCase()) !== (not !== undefined));
  return Buffer.from(
    `${kept.map((field) => `${field.name}: ${field.value.replace(/\r?\n/g, '\r\n')}\r\n`).join('')}\r\n`,
    'latin1',
  );
}
