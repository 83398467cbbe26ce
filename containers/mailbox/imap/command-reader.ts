/**
 * command-reader - takes one IMAP command with its literals off the wire (RFC 3501 section 4.3, RFC 7888).
 *
 * Limits: a command with its literals is at most 8 KiB before login and 64 KiB after it; only APPEND may bring a literal of up to 32 MiB.
 */
import type { ByteReader } from '../byte-reader.ts';

/** Literals stand as `{n}` and a newline in the text; their bytes are in `literals`. */
export interface WireCommand {
  readonly kind: 'command';
  readonly text: string;
  readonly literals: readonly Buffer[];
}

export type CommandRead =
  | WireCommand
  /** The client has gone. */
  | { readonly kind: 'end' }
  /** The session cannot go on; the text goes behind `* BYE`. */
  | { readonly kind: 'bye'; readonly text: string }
  /** Not read to its end; the text is the whole tagged answer. */
  | { readonly kind: 'refused'; readonly text: string };

const endings = {
  end: { kind: 'end' },
  timeout: { kind: 'bye', text: 'Disconnected for inactivity.' },
  'too-long': { kind: 'bye', text: 'Input buffer full, aborting' },
} as const satisfies Record<string, CommandRead>;

export interface CommandSource {
  readonly reader: ByteReader;
  readonly account: unknown;
  readonly patienceMs: number;
  send(line: string): void;
}

const largestBeforeLogin = 8 * 1024;
const largestCommand = 64 * 1024;
const largestMessage = 32 * 1024 * 1024;

export async function readCommand(source: CommandSource): Promise<CommandRead> {
  const { reader, patienceMs } = source;
  const longest = source.account ? largestCommand : largestBeforeLogin;
  let text = '';
  let used = 0;
  const literals: Buffer[] = [];
  for (;;) {
    const line = await reader.readLine(longest - used, patienceMs);
    if (line.kind !== 'line') return endings[line.kind];
    text += line.text;
    used += line.text.length;
    const [, digits, nonSync] = /\{(\d{1,20})(\+)?\}$/.exec(line.text) ?? [];
    if (digits === undefined) return { kind: 'command', text, literals };
    const size = Number(digits);
    const [, tag = '*', verb = ''] = /^(\S+) +(\S+)/.exec(text) ?? [];
    const isMessage = source.account !== undefined && /^APPEND$/i.test(verb) && literals.length < 2;
    if (size > (isMessage ? largestMessage : longest - used)) {
      // A client that waits for our word can be told; what the others send cannot be told from commands any more.
      if (isMessage && nonSync === undefined)
        return { kind: 'refused', text: `${tag} NO [LIMIT] Messages may have at most ${largestMessage} bytes.` };
      return { kind: 'bye', text: 'Literal size too large' };
    }
    if (nonSync === undefined) source.send('+ OK');
    const literal = await reader.readBytes(size, patienceMs);
    if (!literal) return { kind: 'end' };
    if (!isMessage) used += size;
    literals.push(literal);
    text += '\n';
  }
}
