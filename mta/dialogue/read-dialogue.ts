/**
 * read-dialogue - reads an `*.in` file: settings, tables and what a client says (see `mta/restrictions/testdata/README.md`).
 *
 * A directive begins at the line's start; the indented lines after `main.cf` and `file` belong to it. A line that is no directive is an error with its number, so a typing mistake
 * can never make a dialogue shorter.
 */

export type Step =
  /** The settings from here on, in place of the earlier ones. */
  | { readonly kind: 'settings'; readonly text: string }
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  /** A new connection; an eager client does not wait for the greeting. */
  | { readonly kind: 'connect'; readonly address: string; readonly eager: boolean }
  /** A command line; `later` ones travel in one packet with the next that is not. */
  | { readonly kind: 'command'; readonly text: string; readonly later: boolean }
  /** A line of the message. */
  | { readonly kind: 'content'; readonly text: string }
  /** Bytes as written, with `\r \n \t \0 \\ \xHH`. */
  | { readonly kind: 'raw'; readonly text: string }
  | { readonly kind: 'tls' }
  | { readonly kind: 'wait' }
  | { readonly kind: 'close' };

/** @throws Error with the line number. */
export function readDialogue(text: string): Step[] {
  const lines = text.split('\n');
  const steps: Step[] = [];
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (line === '' || line.startsWith('#')) continue;
    const block: string[] = [];
    const takesBlock = line === 'main.cf' || line.startsWith('file ');
    while (takesBlock && /^ {2}/.test(lines[index + 1] ?? '')) block.push((lines[++index] ?? '').slice(2));
    steps.push(readStep(line, block.map((each) => `${each}\n`).join(''), index + 1));
  }
  return steps;
}

function readStep(line: string, block: string, number: number): Step {
  const [, address, eager] = /^connect (\S+)( eager)?$/.exec(line) ?? [];
  if (address !== undefined) return { kind: 'connect', address, eager: eager !== undefined };
  if (line === 'main.cf') return { kind: 'settings', text: block };
  if (line.startsWith('file /')) return { kind: 'file', path: line.slice('file '.length), text: block };
  if (line === 'tls' || line === 'wait' || line === 'close') return { kind: line };
  const [, sign, said = ''] = /^(C:|C\+|D:|R:) ?(.*)$/.exec(line) ?? [];
  if (sign === 'C:' || sign === 'C+') return { kind: 'command', text: said, later: sign === 'C+' };
  if (sign === 'D:') return { kind: 'content', text: said };
  if (sign === 'R:') return { kind: 'raw', text: unescape(said) };
  throw new Error(`line ${number}: no directive: ${line}`);
}

function unescape(text: string): string {
  const letters: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', '0': '\0', '\\': '\\' };
  return text.replace(/\\(?:x([0-9a-f]{2})|(.))/gi, (_all, hex: string | undefined, letter: string) =>
    hex === undefined ? (letters[letter] ?? letter) : String.fromCharCode(parseInt(hex, 16)),
  );
}
