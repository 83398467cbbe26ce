/**
 * session - one IMAP connection: reads commands with their literals, serves them in order, says what changed (RFC 3501 section 2, section 3).
 *
 * Commands live in `commands.ts`, `mailbox-commands.ts` and `message-commands.ts`; this file is the wire.
 *
 * Limits: lines of 64 KiB, literals of 32 MiB, three bad commands before login.
 */
import type { Duplex } from 'node:stream';
import type { Clock } from '#util/clock.ts';
import { ByteReader } from '../byte-reader.ts';
import type { Login, MailAccount } from '../login.ts';
import { commands } from './commands.ts';
import type { Selected } from './selected.ts';
import { readTokens, SyntaxFault } from './tokens.ts';

export interface ImapOptions {
  readonly clock: Clock;
  readonly hostname: string;
  readonly login: Login;
  /** The client's lab address, for log lines. */
  readonly clientAddress: string;
  /** STARTTLS can be had; absent when it cannot, or TLS is on. */
  readonly startTls: ((stream: Duplex) => Promise<Duplex>) | undefined;
  readonly isSecure: boolean;
  /** disable_plaintext_auth: no login without TLS. */
  readonly plainLogin: boolean;
}

const idleLogoutMs = 30 * 60_000; // RFC 3501 section 5.4
const largestLine = 64 * 1024;
const largestLiteral = 32 * 1024 * 1024;

export class ImapSession {
  readonly options: ImapOptions;
  readonly reader: ByteReader;
  stream: Duplex;
  isSecure: boolean;
  account: MailAccount | undefined;
  selected: Selected | undefined;
  over = false;
  failures = 0;

  constructor(stream: Duplex, options: ImapOptions) {
    this.stream = stream;
    this.options = options;
    this.isSecure = options.isSecure;
    this.reader = new ByteReader(stream, options.clock);
  }

  get capabilities(): string {
    const login = this.isSecure || this.options.plainLogin ? ['AUTH=PLAIN', 'SASL-IR'] : ['LOGINDISABLED'];
    return [
      'IMAP4rev1',
      'LITERAL+',
      'ID',
      'IDLE',
      'NAMESPACE',
      'UIDPLUS',
      'UNSELECT',
      'MOVE',
      ...(this.account ? [] : [...login, ...(this.options.startTls && !this.isSecure ? ['STARTTLS'] : [])]),
    ].join(' ');
  }

  /** Sends one line of ours. */
  send(line: string): void {
    if (this.stream.writable) this.stream.write(`${line}\r\n`, 'latin1');
  }

  /** Serves until the client leaves. */
  async run(): Promise<void> {
    this.send(`* OK [CAPABILITY ${this.capabilities}] ${this.options.hostname} Dovecot (Gatehouse) ready.`);
    while (!this.over) {
      const command = await this.#readCommand();
      if (!command) break;
      await this.#serve(command.text, command.literals);
    }
    this.stream.end();
  }

  /** A whole command with its literals (RFC 3501 section 4.3, RFC 7888). */
  async #readCommand(): Promise<{ text: string; literals: Buffer[] } | undefined> {
    let text = '';
    const literals: Buffer[] = [];
    for (;;) {
      const line = await this.reader.readLine(largestLine, idleLogoutMs);
      if (line.kind !== 'line') {
        if (line.kind === 'timeout') this.send('* BYE Disconnected for inactivity.');
        if (line.kind === 'too-long') this.send('* BYE Too long command line.');
        return undefined;
      }
      text += line.text;
      const [, size, nonSync] = /\{(\d{1,10})(\+)?\}$/.exec(line.text) ?? [];
      if (size === undefined) return { text, literals };
      if (Number(size) > largestLiteral) {
        this.send('* BYE Literal too large.');
        return undefined;
      }
      if (nonSync === undefined) this.send('+ OK');
      const literal = await this.reader.readBytes(Number(size), idleLogoutMs);
      if (!literal) return undefined;
      literals.push(literal);
      text += '\n';
    }
  }

  async #serve(text: string, literals: readonly Buffer[]): Promise<void> {
    const [, tag, name = '', argumentsText = ''] =
      /^([^\s(){%*"\\\]]+) +((?:UID +)?[A-Za-z]+)(?: +([^]*))?$/i.exec(text) ?? [];
    if (tag === undefined) return this.#bad('*', 'Error in IMAP command received by server.');
    const command = commands.get(name.toUpperCase().replace(/ +/, ' '));
    if (!command) return this.#bad(tag, `Error in IMAP command ${name}: Unknown command.`);
    if (command.needs === 'login' && !this.account) return this.send(`${tag} BAD Please login first.`);
    if (command.needs === 'mailbox' && !this.selected) return this.send(`${tag} BAD No mailbox selected.`);
    try {
      const result = await command.run(this, readTokens(argumentsText, literals), tag);
      if (command.reports !== false) await this.selected?.announce((line) => this.send(line), command.mayExpunge);
      if (result !== undefined) this.send(`${tag} ${result}`);
    } catch (error) {
      if (error instanceof SyntaxFault) return this.#bad(tag, `Error in IMAP command ${name}: ${error.message}.`);
      this.send(`${tag} NO [SERVERBUG] Internal error occurred.`);
      this.options.login.warn(
        `imap(${this.account?.user ?? ''}): ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  #bad(tag: string, text: string): void {
    this.send(`${tag} BAD ${text}`);
    this.failures += 1;
    if (!this.account && this.failures >= 10) {
      this.send('* BYE Too many invalid IMAP commands.');
      this.over = true;
    }
  }
}
