/**
 * parse-actions - the words of `Spam Actions` and its sisters: deliver, delete, store, forward, header, notify and the rest.
 *
 * MailScanner.conf(5). `delete` beats `deliver`. Words that are unknown, or that this scanner does not act on (`custom`, `store-mcp`), are named so that a person can be told.
 */

export interface SpamActions {
  readonly deliver: boolean;
  /** `store` by verdict, `spam`, `nonspam`, or a host path. */
  readonly store: readonly string[];
  /** Recipients of `forward`. */
  readonly forward: readonly string[];
  /** Lines to add, `Name: value`. */
  readonly headers: readonly string[];
  readonly bounce: boolean;
  readonly notify: boolean;
  readonly stripHtml: boolean;
  /** The original as an attachment of a report. */
  readonly attachment: boolean;
  /** In order, for the log. */
  readonly words: readonly string[];
  readonly unknown: readonly string[];
}

const plain = new Set([
  'deliver',
  'delete',
  'store',
  'store-spam',
  'store-nonspam',
  'bounce',
  'notify',
  'striphtml',
  'attachment',
]);

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
    if (word === 'header') {
      const line = (tokens[++index] ?? '').replace(/^"|"$/g, '');
      if (!isHeaderLine(line)) unknown.push(`header ${line}`);
      headers.push(line);
    } else if (word === 'forward') {
      if (!tokens[index + 1]?.includes('@')) unknown.push('forward (without an address)');
      while (tokens[index + 1]?.includes('@')) forward.push(tokens[++index] ?? '');
    } else if (!plain.has(word) && !/^store-\/\S+$/.test(token)) {
      unknown.push(token);
      continue;
    }
    words.push(word);
  }
  const has = (word: string): boolean => words.includes(word);
  return {
    deliver: has('deliver') && !has('delete'),
    store: [...new Set(words.filter((word) => word.startsWith('store')).map((word) => word.slice('store-'.length)))],
    forward,
    headers: headers.filter(isHeaderLine),
    bounce: has('bounce'),
    notify: has('notify'),
    stripHtml: has('striphtml'),
    attachment: has('attachment'),
    words,
    unknown,
  };
}

function isHeaderLine(line: string): boolean {
  return /^[\x21-\x39\x3b-\x7e]+:/.test(line);
}
