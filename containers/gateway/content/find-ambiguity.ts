/**
 * find-ambiguity - is this message built so that two readers would see two different things?
 *
 * Filters are got around with such messages: the filter sees a harmless text, the reader an attachment. What a scanner cannot be sure of, it must not call clean.
 */
import { readHeaders, unfold } from '#mail/header.ts';
import type { MimePart } from '#mail/mime.ts';

/** Why the message cannot be understood in one way only; undefined when it can. */
export function findAmbiguity(content: Buffer, part: MimePart): string | undefined {
  for (const defect of part.defects) {
    if (defect === 'too-deep') return 'parts nested too deeply';
    if (defect === 'too-many-parts') return 'too many parts';
    if (defect === 'missing-boundary') return 'multipart without a boundary';
  }
  const own = findDouble(part) ?? findHiddenFields(content, part) ?? findLateParts(content, part);
  if (own) return own;
  for (const child of part.children) {
    const inner = findAmbiguity(content, child);
    if (inner) return inner;
  }
  return undefined;
}

/** The same field twice with different values: one reader takes the first, another the last. */
function findDouble(part: MimePart): string | undefined {
  for (const name of ['content-type', 'content-transfer-encoding']) {
    const values = part.headers
      .filter((field) => field.name.toLowerCase() === name)
      .map((field) => unfold(field.value).replace(/\s+/g, ' ').trim().toLowerCase());
    if (new Set(values).size > 1) return `contradictory ${name} fields`;
  }
  return undefined;
}

/** A line that is no field ends the header for us; a lax reader skips it and finds the fields behind it. */
function findHiddenFields(content: Buffer, part: MimePart): string | undefined {
  const { bodyStart } = readHeaders(content, part.headerStart, part.bodyEnd);
  const endsWithEmptyLine =
    bodyStart > part.headerStart && (content[bodyStart - 2] === 0x0a || content[bodyStart - 2] === 0x0d);
  if (endsWithEmptyLine || bodyStart >= part.bodyEnd) return undefined;
  const next =
    content.toString('latin1', bodyStart, Math.min(part.bodyEnd, bodyStart + 20_000)).split(/\r?\n\r?\n/)[0] ?? '';
  return /^content-(type|transfer-encoding|disposition)[ \t]*:/im.test(next)
    ? 'header fields behind a broken line'
    : undefined;
}

/** A delimiter behind the closing one: to us it is epilogue (RFC 2046 section 5.1.1), to a lax reader another part. */
function findLateParts(content: Buffer, part: MimePart): string | undefined {
  const boundary = part.parameters.get('boundary');
  const last = part.children.at(-1);
  if (!part.contentType.startsWith('multipart/') || !boundary || !last) return undefined;
  const delimiter = Buffer.from(`\n--${boundary}`, 'latin1');
  let found = 0;
  // The line end before a delimiter is not the part's; begin with it.
  let at = content.indexOf(delimiter, Math.max(0, last.bodyEnd - 1));
  for (; at >= 0 && at < part.bodyEnd && found < 2; at = content.indexOf(delimiter, at + delimiter.length)) found += 1;
  return found > 1 ? 'parts behind the closing boundary' : undefined;
}
