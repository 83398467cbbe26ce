/**
 * search-text - does a message hold a text? Encoded words, transfer encodings and charsets are undone first (RFC 2047, RFC 2045), case does not count.
 */
import iconv from 'iconv-lite';
import libmime from 'libmime';
import { fieldValues } from '#mail/header.ts';
import { decodeBody, leafParts, type MimePart } from '#mail/mime.ts';

/** What the client's bytes say; undefined for a charset that nobody knows here. */
export function decodeArgument(bytes: Buffer, charset: string | undefined): string | undefined {
  const name = charset ?? 'UTF-8';
  return iconv.encodingExists(name) && !/^(base64|hex|binary)$/i.test(name) ? iconv.decode(bytes, name) : undefined;
}

/** One of the fields of that name holds the text; an empty text asks only for the field. */
export function headerHolds(mime: MimePart, name: string, text: string): boolean {
  const values = fieldValues(mime.headers, name);
  return text === '' ? values.length > 0 : values.some((value) => holds(decodeWords(value), text));
}

export function textHolds(
  { bytes, mime }: { bytes: Buffer; mime: MimePart },
  text: string,
  withHeader: boolean,
): boolean {
  if (withHeader) {
    const header = bytes.toString('utf8', 0, mime.bodyStart);
    if (holds(header, text) || mime.headers.some(({ value }) => holds(decodeWords(value), text))) return true;
  }
  if (holds(bytes.toString('utf8', mime.bodyStart), text)) return true;
  return leafParts(mime).some((part) => part.contentType.startsWith('text/') && holds(decodePart(bytes, part), text));
}

function decodePart(bytes: Buffer, part: MimePart): string {
  const charset = part.parameters.get('charset') ?? 'utf-8';
  const body = decodeBody(bytes, part);
  return decodeArgument(body, charset) ?? body.toString('utf8');
}

/** Header values are kept as latin1: what is raw UTF-8 in them is read as such. */
function decodeWords(value: string): string {
  const unfolded = Buffer.from(value.replace(/\r?\n(?=[ \t])/g, ''), 'latin1').toString('utf8');
  try {
    return libmime.decodeWords(unfolded);
  } catch {
    return unfolded;
  }
}

function holds(text: string, part: string): boolean {
  return text.toLowerCase().includes(part.toLowerCase());
}
