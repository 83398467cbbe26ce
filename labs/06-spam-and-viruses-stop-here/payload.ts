/**
 * payload - is a sample still in a message, in whatever encoding the message carries it (RFC 2045)?
 */
import { decodedParts } from '#grader';

/** Looks into the raw message and into each decoded part; line ends do not count. */
export function carries(source: Buffer, payload: Buffer): boolean {
  const wanted = bare(payload);
  return [source, ...decodedParts(source)].some((part) => bare(part).includes(wanted));
}

function bare(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/\r?\n/g, '');
}
