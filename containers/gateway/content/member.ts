/**
 * member - what an opened archive yields, one member after another. Names are as the archive has them, not yet made safe; some formats can name a member twice.
 */

export type Member =
  | { readonly kind: 'file'; readonly name: string; readonly otherNames?: readonly string[]; readonly content: Buffer }
  | { readonly kind: 'encrypted'; readonly name: string; readonly otherNames?: readonly string[] }
  /** It would be more than may be unpacked. */
  | { readonly kind: 'too-big'; readonly name: string };

export interface MemberLimits {
  /** Bytes that may still be unpacked, asked before each member. */
  bytesLeft(): number;
}
