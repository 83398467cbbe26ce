/**
 * session - one IMAP connection: serves commands in order, says what changed (RFC 3501 section 2, section 3).
 *
 * `command-reader.ts` takes commands off the wire; what they do is in `session-commands.ts`, `mailbox-commands.ts` and `message-commands.ts`.
 *
 * Limits: three wrong commands before login, twenty in a row after it; three minutes to log in.
 */
import type { Duplex } from 'node:stream';
import type { Clock } from '#util/clock.ts';
import { ByteReader, drained } from '../byte-reader.ts';
import type { Login, MailAccount } from '../login.ts';
import { MailboxGone, MessageGone } from '../maildir/maildir.ts';
import { readCommand, type WireCommand } from './command-reader.ts';
import { commands } from './commands.ts';
import type { Selected } from './selected.ts';
import { readTokens, SyntaxFault } from './tokens.ts';

export interface ImapOptions {
  readonly clock: Clock;
  readonly hostname: string;
  /** What the greeting says behind its capabilities. */
  readonly greeting: string;
  readonly login: Login;
  /** The client's lab address, for log lines. */
  readonly clientAddress: string;
  /** STARTTLS can be had; absent when it cannot, or TLS is on. */
  readonly startTls: ((stream: Duplex) => Promise<Duplex>) | undefined;
  readonly isSecure: boolean;
  /** disable_plaintext_auth: no login without TLS. */
  readonly plainLogin: boolean;
}

const loginMs = 3 * 60_000;
const idleLogoutMs = 30 * 60_000; // RFC 3501 section 5.4
const unreadMs = 5 * 60_000;
const mostFailures = { beforeLogin: 3, afterLogin: 20 };

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
    const login = this.isSecure || this.options.plainLogin ? ['AUTH=PLAIN'] : ['LOGINDISABLED'];
    const startTls = this.options.startTls && !this.isSecure ? ['STARTTLS'] : [];
    return [
      'IMAP4rev1',
      'SASL-IR',
      'LITERAL+',
      'ID',
      'IDLE',
      ...(this.account ? ['NAMESPACE', 'CHILDREN', 'UIDPLUS', 'UNSELECT', 'MOVE'] : [...startTls, ...login]),
    ].join(' ');
  }

  get patienceMs(): number {
    return this.account ? idleLogoutMs : loginMs;
  }

  /** Sends one line of ours. */
  send(line: string): void {
    if (this.stream.writable) this.stream.write(`${line}\r\n`, 'latin1');
  }

  /** Resolves when the client has taken what was sent; one that does not read ends its session. */
  async flushed(): Promise<void> {
    if (await drained(this.stream, this.options.clock, unreadMs)) return;
    this.over = true;
    this.stream.destroy();
  }

  /** Serves until the client leaves. */
  async run(): Promise<void> {
    this.send(`* OK [CAPABILITY ${this.capabilities}] ${this.options.greeting}`);
    while (!this.over) {
      const command = await readCommand(this);
      if (command.kind === 'end') break;
      if (command.kind === 'bye') {
        this.send(`* BYE ${command.text}`);
        break;
      }
      if (command.kind === 'refused') this.send(command.text);
      else await this.#serve(command);
      await this.flushed();
    }
    this.stream.end();
  }

  async #serve({ text, literals }: WireCommand): Promise<void> {
    const [, tag, name = '', argumentsText = ''] =
      /^([^\s(){%*"\\\]+]+) +((?:UID +)?[A-Za-z]+)(?: +([^]*))?$/i.exec(text) ?? [];
    if (tag === undefined) return this.#bad(/^[^\s(){%*"\\\]+]+(?= )/.exec(text)?.[0] ?? '*', '');
    const command = commands.get(name.toUpperCase().replace(/ +/, ' '));
    if (!command) return this.#bad(tag, ` ${name}: Unknown command`);
    if (command.needs !== 'nothing' && !this.account) return this.#bad(tag, ` ${name}: Please login first`);
    if (command.needs === 'mailbox' && !this.selected) return this.send(`${tag} BAD No mailbox selected.`);
    try {
      const result = await command.run(this, readTokens(argumentsText, literals), tag);
      if (command.reports !== false) await this.selected?.announce((line) => this.send(line), command.mayExpunge);
      if (result !== undefined) this.send(`${tag} ${result}`);
      if (result === undefined || result.startsWith('OK')) this.failures = 0;
    } catch (error) {
      this.#fault(tag, name, error);
    }
  }

  #fault(tag: string, name: string, error: unknown): void {
    if (error instanceof SyntaxFault) return this.#bad(tag, ` ${name}: ${error.message}`);
    if (error instanceof MessageGone)
      return this.send(`${tag} NO [EXPUNGEISSUED] Some of the messages no longer exist.`); // RFC 5530
    if (error instanceof MailboxGone) {
      this.send('* BYE Mailbox was deleted under us.');
      this.over = true;
      return;
    }
    this.send(`${tag} NO [SERVERBUG] Internal error occurred.`);
    const words = error instanceof Error ? error.message : String(error);
    this.options.login.warn(`imap(${this.account?.user ?? ''}): ${words}`);
  }

  #bad(tag: string, what: string): void {
    this.send(`${tag} BAD Error in IMAP command${what === '' ? ' received by server' : what}.`);
    this.failures += 1;
    if (this.failures < (this.account ? mostFailures.afterLogin : mostFailures.beforeLogin)) return;
    this.send('* BYE Too many invalid IMAP commands.');
    this.over = true;
  }
}
