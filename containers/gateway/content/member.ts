/**
 * member - what an opened archive yields, one member after another.
 */

export type Member =
  | { readonly kind: 'file'; readonly name: string; readonly content: Buffer }
  | { readonly kind: 'encrypted'; readonly name: string }
  /** It would be more than may be unpacked. */
  | { readonly kind: 'too-big'; readonly name: string };

export interface MemberLimits {
  /** Bytes that may still be unpacked, asked before each member. */
  bytesLeft(): number;
}
