/**
 * mime - the structure of a message: parts, types, names, encodings, with exact offsets (RFC 2045, RFC 2046, RFC 2183, RFC 2231, RFC 2047).
 *
 * `parseMime` never fails: what it cannot understand becomes a text or octet part with a `defects` entry, since broken MIME is what
 * filters are attacked with. Offsets point into the given bytes, so that a part can be cut out or replaced leaving the rest untouched.
 */
import type { HeaderField } from './header.ts';

export interface MimeLimits {
  /** Nesting at which a part is no longer opened; default 20. */
  readonly maxDepth?: number;
  /** Parts after which the rest is not opened; default 1000. */
  readonly maxParts?: number;
}

export type MimeDefect = 'missing-boundary' | 'unclosed-multipart' | 'too-deep' | 'too-many-parts' | 'bad-content-type';

export interface MimePart {
  /** IMAP part number: '' for the whole message, then `1`, `1.2` (RFC 3501 section 6.4.5). */
  readonly partNumber: string;
  /** Offsets in bytes: headers [headerStart, bodyStart), body [bodyStart, bodyEnd) without the line end before a boundary. */
  readonly headerStart: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
  readonly headers: readonly HeaderField[];
  /** Lower-cased `text/plain` (also the default). */
  readonly contentType: string;
  /** Parameters of Content-Type, names lower-cased, RFC 2231 continuations joined. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly disposition: string | undefined;
  readonly dispositionParameters: ReadonlyMap<string, string>;
  /** Lower-cased Content-Transfer-Encoding; default `7bit`. */
  readonly encoding: string;
  /** The attachment's name as a mail reader would show it (disposition `filename`, else type `name`), decoded; undefined if none. */
  readonly fileName: string | undefined;
  /** Parts of a multipart, or the one message inside message/rfc822. */
  readonly children: readonly MimePart[];
  readonly defects: readonly MimeDefect[];
}

export { parseMime, decodeBody, leafParts } from './mime-parse.ts';
