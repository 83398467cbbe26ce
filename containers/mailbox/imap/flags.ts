/**
 * flags - the flags a client gives with STORE and APPEND (RFC 3501 section 2.3.2).
 */
import { settableFlags } from '../maildir/file-name.ts';
import { isKeyword } from '../maildir/keywords.ts';
import { SyntaxFault, textOf, type Token } from './tokens.ts';

/** A list of flags, or one alone. @throws SyntaxFault for a system flag that cannot be set. */
export function readFlags(token: Token | undefined, ...more: readonly Token[]): string[] {
  const words = token?.kind === 'list' ? token.items : token ? [token, ...more] : [];
  return words.map((word) => {
    const flag = textOf(word, 'Flag');
    const known = settableFlags.find((each) => each.toLowerCase() === flag.toLowerCase());
    if (known !== undefined) return known;
    if (flag.startsWith('\\')) throw new SyntaxFault(`Invalid system flag ${flag.toUpperCase().slice(0, 40)}`);
    if (!isKeyword(flag)) throw new SyntaxFault('Invalid keyword name');
    return flag;
  });
}
