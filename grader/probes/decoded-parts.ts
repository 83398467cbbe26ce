/**
 * decoded-parts - the leaf parts of a message without their transfer encoding (RFC 2045 section 6).
 */
import { decodeBody, leafParts, parseMime } from '#mail/mime.ts';

/** Bodies in order; broken MIME gives what can be had. */
export function decodedParts(source: Buffer): Buffer[] {
  return leafParts(parseMime(source)).map((part) => decodeBody(source, part));
}
