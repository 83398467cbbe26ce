/**
 * lex-zone - a master file's text as entries of words (RFC 1035 section 5.1).
 *
 * Comments, quotes, `\X` and `\DDD` escapes and parentheses end here: an entry is one logical line, which knows where each word stood
 * and whether it began with white space (same owner as before).
 */

export interface Word {
  /** Escapes other than those in names are resolved in `bytes`; `text` is as written, without quotes. */
  readonly text: string;
  readonly quoted: boolean;
  readonly line: number;
}

export interface Entry {
  readonly words: readonly Word[];
  /** The line starts with white space: the owner is the one before. */
  readonly indented: boolean;
  readonly line: number;
}

/** A fault in the file, in named-checkzone's words. */
export class ZoneError extends Error {
  override readonly name = 'ZoneError';
  readonly line: number;
  /** The words of `loading from master file F failed: ...`. */
  readonly summary: string;
  /** `dns_rdata_fromtext` for record data, `dns_master_load` for the rest, '' where named prints none. */
  readonly source: string;
  readonly cure: string;
  constructor(line: number, source: string, detail: string, summary: string, cure: string) {
    super(detail);
    this.line = line;
    this.source = source;
    this.summary = summary;
    this.cure = cure;
  }
}

/** Splits the text into entries. @throws ZoneError for an open quote or parenthesis. */
export function lexZone(text: string): Entry[] {
  const entries: Entry[] = [];
  let words: Word[] = [];
  let depth = 0;
  let openedAt = 0;
  let startLine = 1;
  let indented = false;
  text.split('\n').forEach((rawLine, index) => {
    const line = index + 1;
    if (depth === 0) [words, startLine, indented] = [[], line, /^[ \t]/.test(rawLine)];
    for (const token of lexLine(rawLine.replace(/\r$/, ''), line)) {
      if (token.kind === 'word') words.push(token.word);
      else if (token.kind === 'open') [depth, openedAt] = [depth + 1, depth === 0 ? line : openedAt];
      else if (depth > 0) depth -= 1;
      else
        throw new ZoneError(
          line,
          'dns_master_load',
          'unbalanced parentheses',
          'unbalanced parentheses',
          'a ")" has no "(" before it',
        );
    }
    if (depth === 0 && words.length > 0) entries.push({ words, indented, line: startLine });
  });
  if (depth > 0)
    throw new ZoneError(
      openedAt,
      'dns_master_load',
      'unbalanced parentheses',
      'unbalanced parentheses',
      `the "(" on line ${openedAt} is never closed: add ")"`,
    );
  return entries;
}

type Token = { kind: 'word'; word: Word } | { kind: 'open' } | { kind: 'close' };

function* lexLine(text: string, line: number): Generator<Token> {
  const pattern = /\s+|;.*|\(|\)|"((?:\\.|[^"\\])*)(")?|(?:\\.|[^\s;()"\\])+|\\/gy;
  for (const match of text.matchAll(pattern)) {
    const [whole, quoted, closed] = match;
    if (whole === '(') yield { kind: 'open' };
    else if (whole === ')') yield { kind: 'close' };
    else if (quoted !== undefined) {
      if (!closed)
        throw new ZoneError(
          line,
          'dns_rdata_fromtext',
          'unbalanced quotes',
          'unbalanced quotes',
          'close the string with a second "',
        );
      yield { kind: 'word', word: { text: quoted, quoted: true, line } };
    } else if (!/^[\s;]/.test(whole)) yield { kind: 'word', word: { text: whole, quoted: false, line } };
  }
}

/** A character-string's bytes: `\DDD` is a byte, `\X` the character itself (RFC 1035 section 5.1). */
export function stringBytes(text: string): Buffer {
  const parts = text.match(/\\\d{3}|\\.|[^\\]+|\\/gs) ?? [];
  return Buffer.concat(
    parts.map((part) => {
      if (/^\\\d{3}$/.test(part)) return Buffer.from([Number(part.slice(1)) & 0xff]);
      return Buffer.from(part.startsWith('\\') && part.length > 1 ? part.slice(1) : part, 'utf8');
    }),
  );
}
