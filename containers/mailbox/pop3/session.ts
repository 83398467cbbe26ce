/**
 * session - one POP3 connection: logging in and leaving (RFC 1939, RFC 2449 CAPA, RFC 2595 STLS). What is done with the mail is in `transaction.ts`.
 *
 * Deletions count only at QUIT: who is cut off loses nothing (RFC 1939 section 6).
 *
 * Limits: lines of 1000 characters, three minutes to log in, ten wrong commands before it. No APOP: it would need passwords in plain text. Sessions do not lock
 * each other out, as with Dovecot's `pop3_lock_session = no`.
 */
import type { Duplex } from 'node:stream';
import type { Clock } from '#util/clock.ts';
import { ByteReader, drained } from '../byte-reader.ts';
import type { Login } from '../login.ts';
import { readPlain } from '../sasl-plain.ts';
import { MailDrop } from './mail-drop.ts';
import { answerTransaction } from './transaction.ts';

export interface Pop3Options {
  readonly clock: Clock;
  readonly greeting: string;
  readonly login: Login;
  readonly clientAddress: string;
  readonly startTls: ((stream: Duplex) => Promise<Duplex>) | undefined;
  readonly isSecure: boolean;
  readonly plainLogin: boolean;
}

const loginMs = 3 * 60_000;
const idleMs = 10 * 60_000;
const unreadMs = 5 * 60_000;
const longestLine = 1000;
const longestResponse = 4096;
const mostFailures = 10;

export class Pop3Session {
  readonly #options: Pop3Options;
  readonly #reader: ByteReader;
  #stream: Duplex;
  #isSecure: boolean;
  #user: string | undefined;
  #drop: MailDrop | undefined;
  #failures = 0;
  #over = false;

  constructor(stream: Duplex, options: Pop3Options) {
    this.#stream = stream;
    this.#options = options;
    this.#isSecure = options.isSecure;
    this.#reader = new ByteReader(stream, options.clock);
  }

  async run(): Promise<void> {
    this.#send(`+OK ${this.#options.greeting}`);
    while (!this.#over) {
      const line = await this.#reader.readLine(longestLine, this.#drop ? idleMs : loginMs);
      if (line.kind === 'end') break;
      if (line.kind !== 'line') {
        this.#send(line.kind === 'timeout' ? '-ERR Disconnected for inactivity.' : '-ERR Input buffer full, aborting');
        break;
      }
      await this.#answer(line.text);
    }
    this.#stream.end();
  }

  async #answer(line: string): Promise<void> {
    const [, verb = '', argument = ''] = /^(\S*) ?(.*)$/s.exec(line) ?? [];
    const answer = await this.#serve(verb.toUpperCase(), argument);
    if (answer !== undefined) this.#send(answer);
    if (!this.#drop && answer?.startsWith('-ERR') && ++this.#failures >= mostFailures) {
      this.#send('-ERR Too many invalid commands.');
      this.#over = true;
    }
    if (await drained(this.#stream, this.#options.clock, unreadMs)) return;
    this.#over = true;
    this.#stream.destroy();
  }

  #send(text: string): void {
    if (this.#stream.writable) this.#stream.write(`${text}\r\n`, 'latin1');
  }

  async #serve(verb: string, argument: string): Promise<string | undefined> {
    if (verb === 'CAPA') return this.#capabilities();
    if (verb === 'QUIT') {
      this.#over = true;
      return this.#drop ? this.#drop.commit() : '+OK Logging out';
    }
    if (this.#drop) return answerTransaction(this.#drop, verb, argument);
    switch (verb) {
      case 'STLS':
        return this.#startTls();
      case 'USER':
        return this.#plainFault() ?? this.#takeUser(argument);
      case 'PASS':
        return this.#plainFault() ?? this.#takePassword(argument);
      case 'AUTH':
        return this.#authenticate(argument);
      case 'APOP':
        return '-ERR APOP not enabled.';
      default:
        return '-ERR Unknown command.';
    }
  }

  #mayLogin(): boolean {
    return this.#isSecure || this.#options.plainLogin;
  }

  #plainFault(): string | undefined {
    return this.#mayLogin()
      ? undefined
      : '-ERR [AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.';
  }

  #capabilities(): string {
    const before = [
      ...(this.#options.startTls && !this.#isSecure ? ['STLS'] : []),
      ...(this.#mayLogin() ? ['USER', 'SASL PLAIN'] : []),
    ];
    return [
      '+OK',
      'CAPA',
      'TOP',
      'UIDL',
      'RESP-CODES',
      'PIPELINING',
      'AUTH-RESP-CODE',
      ...(this.#drop ? [] : before),
      '.',
    ].join('\r\n');
  }

  #takeUser(user: string): string {
    this.#user = user.trim();
    return this.#user === '' ? '-ERR No username.' : '+OK';
  }

  async #takePassword(password: string): Promise<string> {
    const user = this.#user;
    this.#user = undefined; // RFC 1939 section 7: after a refused PASS, USER comes again
    return user === undefined || user === '' ? '-ERR No username given.' : this.#logIn(user, password);
  }

  async #authenticate(argument: string): Promise<string> {
    const [mechanism = '', initial] = argument.trim().split(/\s+/);
    if (mechanism === '') return this.#mayLogin() ? '+OK\r\nPLAIN\r\n.' : '+OK\r\n.';
    const fault = this.#plainFault();
    if (fault !== undefined) return fault;
    if (mechanism.toUpperCase() !== 'PLAIN') return '-ERR [AUTH] Unsupported authentication mechanism.';
    let response = initial?.replace(/^=$/, '');
    if (response === undefined) {
      this.#send('+ ');
      const line = await this.#reader.readLine(longestResponse, loginMs);
      if (line.kind !== 'line') this.#over = true;
      if (line.kind !== 'line' || line.text === '*') return '-ERR Authentication aborted by client.';
      response = line.text;
    }
    const login = readPlain(response);
    return login ? this.#logIn(login.user, login.password) : '-ERR Invalid base64 data in continued response';
  }

  async #startTls(): Promise<string | undefined> {
    const { startTls } = this.#options;
    if (!startTls || this.#isSecure) return '-ERR TLS is already active or not available.';
    this.#send('+OK Begin TLS negotiation now.');
    this.#reader.detach();
    this.#user = undefined; // RFC 2595 section 4: what was said in plain text does not count
    try {
      this.#stream = await startTls(this.#stream);
    } catch {
      this.#over = true;
      this.#stream.destroy();
      return undefined;
    }
    this.#reader.switchTo(this.#stream);
    this.#isSecure = true;
    return undefined;
  }

  async #logIn(user: string, password: string): Promise<string> {
    const { login, clientAddress } = this.#options;
    const outcome = await login.check('pop3', user, password, 'PLAIN', clientAddress, this.#isSecure);
    if (outcome.kind === 'tempfail') return '-ERR [SYS/TEMP] Temporary authentication failure.';
    const maildir = outcome.kind === 'ok' ? await outcome.account.folders.get('INBOX') : undefined;
    if (!maildir) return '-ERR [AUTH] Authentication failed.';
    try {
      this.#drop = await MailDrop.open(maildir);
    } catch (error) {
      login.warn(`pop3(${user}): ${error instanceof Error ? error.message : String(error)}`);
      return '-ERR [SYS/TEMP] The mailbox cannot be read.';
    }
    return '+OK Logged in.';
  }
}
