/**
 * parse-actions - the words of `Spam Actions` and its sisters: deliver, delete, store, forward, header, notify.
 *
 * MailScanner.conf(5). `delete` beats `deliver`. Words that are unknown, or that this scanner does not act on, are named so that the log can say so.
 */

export interface SpamActions {
  readonly deliver: boolean;
  readonly store: boolean;
  /** Recipients of `forward`. */
  readonly forward: readonly string[];
  /** Lines to add, `Name: value`. */
  readonly headers: readonly string[];
  /** In order, for the log. */
  readonly words: readonly string[];
  readonly unknown: readonly string[];
}

const plain = new Set(['deliver', 'delete', 'store', 'store-spam', 'store-nonspam']);

/** Reads `deliver header "X-Spam-Status: Yes" forward a@b`. */
export function parseActions(text: string): SpamActions {
  const tokens = text.match(/"[^"]*"|[^\s,]+/g) ?? [];
  const words: string[] = [];
  const headers: string[] = [];
  const forward: string[] = [];
  const unknown: string[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] ?? '';
    const word = token.toLowerCase();
    if (word === 'header') headers.push((tokens[++index] ?? '').replace(/^"|"$/g, ''));
    else if (word === 'forward') while (tokens[index + 1]?.includes('@')) forward.push(tokens[++index] ?? '');
    else if (!plain.has(word)) {
      unknown.push(token);
      continue;
    }
    words.push(word);
  }
  const has = (word: string): boolean => words.includes(word);
  return {
    deliver: has('deliver') && !has('delete'),
    store: words.some((word) => word.startsWith('store')),
    forward,
    headers: headers.filter((line) => /^[\x21-\x39\x3b-\x7e]+:/.test(line)),
    words,
    unknown,
  };
}
