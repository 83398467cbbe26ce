/**
 * decode-part - a part's bytes as the most helpful mail reader would see them (RFC 2045 section 6).
 *
 * mail/mime.ts decodes what is well-formed; this adds what attackers rely on: padding in the middle of base64, odd spellings of an encoding, uuencode as an encoding.
 */
import { decodeBody, type MimePart } from '#mail/mime.ts';
import { decodeFirstUu } from './uuencode.ts';

export function decodePart(content: Buffer, part: MimePart): Buffer {
  const { encoding } = part;
  if (/base64/.test(encoding)) return decodeBase64(content.toString('latin1', part.bodyStart, part.bodyEnd));
  if (/quoted/.test(encoding)) return decodeBody(content, { ...part, encoding: 'quoted-printable' });
  if (/uu/.test(encoding))
    return decodeFirstUu(content.subarray(part.bodyStart, part.bodyEnd)) ?? decodeBody(content, part);
  return decodeBody(content, part);
}

/** Each run up to its padding is a text of its own: many readers go on behind `=`. */
function decodeBase64(text: string): Buffer {
  const runs = text.replace(/[^A-Za-z0-9+/=]/g, '').split(/=+/);
  return Buffer.concat(runs.map((run) => Buffer.from(run, 'base64')));
}
