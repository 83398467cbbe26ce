/**
 * tokens - an IMAP command's arguments: atoms, strings, literals, lists (RFC 3501 section 4, section 9).
 *
 * Literals have been read already and stand in `literals`; in the text each is its `{n}` at the line's end, followed by the next line.
 */

export type Token =
  | { readonly kind: 'atom'; readonly text: string }
  | { readonly kind: 'string'; readonly text: string; readonly bytes: Buffer; readonly isLiteral: boolean }
  | { readonly kind: 'list'; readonly items: readonly Token[] };

/** The command cannot be understood; the text goes into the tagged BAD. */
export class SyntaxFault extends Error {
  override readonly name = 'SyntaxFault';
}

const deepest = 10;

/** Reads all arguments. @throws SyntaxFault. */
export function readTokens(text: string, literals: readonly Buffer[]): Token[] {
  const reader = new TokenReader(text, literals);
  return reader.items(0);
}

class TokenReader {
  readonly #text: string;
  readonly #literals: readonly Buffer[];
  #position = 0;
  #literal = 0;

  constructor(text: string, literals: readonly Buffer[]) {
    this.#text = text;
    this.#literals = literals;
  }

  items(depth: number): Token[] {
    if (depth > deepest) throw new SyntaxFault('Lists nested too deeply');
    const items: Token[] = [];
    for (;;) {
      while (this.#text.charAt(this.#position) === ' ') this.#position += 1;
      const character = this.#text.charAt(this.#position);
      if (character === '') {
        if (depth > 0) throw new SyntaxFault('Missing ")"');
        return items;
      }
      if (character === ')') {
        if (depth === 0) throw new SyntaxFault('Unexpected ")"');
        this.#position += 1;
        return items;
      }
      items.push(this.#item(character, depth));
    }
  }

  #item(character: string, depth: number): Token {
    if (character === '(') {
      this.#position += 1;
      return { kind: 'list', items: this.items(depth + 1) };
    }
    if (character === '"') return this.#quoted();
    const literal = /^\{(\d+)\+?\}\n/.exec(this.#text.slice(this.#position, this.#position + 24));
    if (literal) {
      this.#position += literal[0].length;
      const bytes = this.#literals[this.#literal++] ?? Buffer.alloc(0);
      return { kind: 'string', text: bytes.toString('utf8'), bytes, isLiteral: true };
    }
    return { kind: 'atom', text: this.#atom() };
  }

  #quoted(): Token {
    const match = /^"((?:\\["\\]|[^"\\])*)"/.exec(this.#text.slice(this.#position));
    if (!match) throw new SyntaxFault('Missing closing quote');
    this.#position += match[0].length;
    // Lines are read as latin1; what a client puts between quotes is UTF-8 in practice (RFC 6855).
    const bytes = Buffer.from((match[1] ?? '').replace(/\\(["\\])/g, '$1'), 'latin1');
    return { kind: 'string', text: bytes.toString('utf8'), bytes, isLiteral: false };
  }

  /** An atom; `BODY[HEADER.FIELDS (From To)]<0.10>` is one as well. */
  #atom(): string {
    const start = this.#position;
    let brackets = 0;
    for (; this.#position < this.#text.length; this.#position++) {
      const character = this.#text.charAt(this.#position);
      if (character === '\n') throw new SyntaxFault('Unexpected literal');
      if (character === '[') brackets += 1;
      else if (character === ']') brackets -= 1;
      else if (brackets <= 0 && /[ ()"]/.test(character)) break;
    }
    if (this.#position === start) throw new SyntaxFault('Unexpected character');
    return this.#text.slice(start, this.#position);
  }
}

/** The text of an atom or string. @throws SyntaxFault for a list or nothing. */
export function textOf(token: Token | undefined, what: string): string {
  if (!token || token.kind === 'list') throw new SyntaxFault(`${what} is missing`);
  return token.text;
}

/** A quoted string, or a literal where quotes will not do. */
export function quote(text: string | undefined): string {
  if (text === undefined) return 'NIL';
  // eslint-disable-next-line no-control-regex -- what a quoted string may not hold (RFC 3501 section 9, QUOTED-CHAR)
  if (/[\u0000-\u001f\u007f-\uffff]/.test(text)) return `{${Buffer.byteLength(text, 'latin1')}}\r\n${text}`;
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
