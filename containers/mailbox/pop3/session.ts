/**
 * pop3 - one POP3 connection (RFC 1939, RFC 2449 CAPA, RFC 2595 STLS).
 *
 * Deletions count only at QUIT: who is cut off loses nothing (RFC 1939 section 6).
 */
import type { Duplex } from 'node:stream';
import type { Clock } from '#util/clock.ts';
import { ByteReader } from '../byte-reader.ts';
import type { Login } from '../login.ts';
import type { Maildir, StoredMessage } from '../maildir/maildir.ts';

export interface Pop3Options {
  readonly clock: Clock;
  readonly login: Login;
  readonly clientAddress: string;
  readonly startTls: ((stream: Duplex) => Promise<Duplex>) | undefined;
  readonly isSecure: boolean;
  readonly plainLogin: boolean;
}

const idleMs = 10 * 60_000;

interface Drop {
  readonly maildir: Maildir;
  readonly messages: readonly StoredMessage[];
  readonly sizes: readonly number[];
  readonly deleted: Set<number>;
}

export class Pop3Session {
  readonly #options: Pop3Options;
  readonly #reader: ByteReader;
  #stream: Duplex;
  #isSecure: boolean;
  #user: string | undefined;
  #drop: Drop | undefined;
  #over = false;

  constructor(stream: Duplex, options: Pop3Options) {
    this.#stream = stream;
    this.#options = options;
    this.#isSecure = options.isSecure;
    this.#reader = new ByteReader(stream, options.clock);
  }

  async run(): Promise<void> {
    this.#send('+OK Dovecot (Gatehouse) ready.');
    while (!this.#over) {
      const line = await this.#reader.readLine(1000, idleMs);
      if (line.kind !== 'line') break;
      const [, verb = '', argument = ''] = /^\s*(\S*)\s*(.*)$/.exec(line.text) ?? [];
      const answer = await this.#serve(verb.toUpperCase(), argument);
      if (answer !== undefined) this.#send(answer);
    }
    this.#stream.end();
  }

  #send(text: string): void {
    if (this.#stream.writable) this.#stream.write(`${text}\r\n`, 'latin1');
  }

  async #serve(verb: string, argument: string): Promise<string | undefined> {
    switch (verb) {
      case 'CAPA':
        return this.#capabilities();
      case 'QUIT':
        return this.#quit();
      case 'NOOP':
        return '+OK';
    }
    return this.#drop ? this.#transaction(verb, argument, this.#drop) : this.#authorization(verb, argument);
  }

  #capabilities(): string {
    const mayLogin = this.#isSecure || this.#options.plainLogin;
    return [
      '+OK',
      'CAPA',
      'TOP',
      'UIDL',
      'RESP-CODES',
      'PIPELINING',
      ...(mayLogin ? ['USER', 'SASL PLAIN'] : ['SASL']),
      ...(this.#options.startTls && !this.#isSecure ? ['STLS'] : []),
      '.',
    ].join('\r\n');
  }

  async #authorization(verb: string, argument: string): Promise<string | undefined> {
    if (verb === 'STLS') return this.#startTls();
    if (!['USER', 'PASS', 'AUTH'].includes(verb)) return '-ERR Unknown command.';
    if (!this.#isSecure && !this.#options.plainLogin)
      return '-ERR [AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.';
    if (verb === 'USER') {
      this.#user = argument;
      return argument === '' ? '-ERR No username.' : '+OK';
    }
    if (verb === 'PASS')
      return this.#user === undefined ? '-ERR No username given.' : this.#logIn(this.#user, argument, 'PLAIN');
    const [mechanism = '', initial] = argument.split(/\s+/);
    if (mechanism.toUpperCase() !== 'PLAIN') return '-ERR Unsupported authentication mechanism.';
    if (initial === undefined) this.#send('+ ');
    const line =
      initial === undefined ? await this.#reader.readLine(4096, idleMs) : { kind: 'line' as const, text: initial };
    if (line.kind !== 'line' || line.text === '*') return '-ERR Authentication aborted.';
    const [, user = '', password = ''] = Buffer.from(line.text, 'base64').toString('utf8').split('\0');
    return this.#logIn(user, password, 'PLAIN');
  }

  async #startTls(): Promise<string | undefined> {
    const { startTls } = this.#options;
    if (!startTls || this.#isSecure) return '-ERR TLS is already active or not available.';
    this.#send('+OK Begin TLS negotiation now.');
    this.#reader.detach();
    this.#stream = await startTls(this.#stream);
    this.#reader.switchTo(this.#stream);
    this.#isSecure = true;
    return undefined;
  }

  async #logIn(user: string, password: string, method: string): Promise<string> {
    const outcome = await this.#options.login.check(
      'pop3',
      user,
      password,
      method,
      this.#options.clientAddress,
      this.#isSecure,
    );
    if (outcome.kind === 'tempfail') return '-ERR [SYS/TEMP] Temporary authentication failure.';
    const maildir = outcome.kind === 'ok' ? await outcome.account.folders.get('INBOX') : undefined;
    if (!maildir) return '-ERR [AUTH] Authentication failed.';
    const messages = await maildir.messages();
    const sizes = await Promise.all(messages.map(async (message) => (await maildir.read(message)).length));
    this.#drop = { maildir, messages, sizes, deleted: new Set() };
    return '+OK Logged in.';
  }

  async #transaction(verb: string, argument: string, drop: Drop): Promise<string> {
    const [first = '', second = ''] = argument.split(/\s+/);
    const left = drop.messages
      .map((message, index) => ({ message, number: index + 1, size: drop.sizes[index] ?? 0 }))
      .filter(({ number }) => !drop.deleted.has(number));
    const one = left.find(({ number }) => String(number) === first);
    switch (verb) {
      case 'STAT':
        return `+OK ${left.length} ${left.reduce((sum, { size }) => sum + size, 0)}`;
      case 'LIST':
      case 'UIDL': {
        const show = (each: (typeof left)[number]): string =>
          `${each.number} ${verb === 'LIST' ? each.size : `${drop.maildir.uidValidity.toString(16).padStart(8, '0')}${each.message.uid.toString(16).padStart(8, '0')}`}`;
        if (first !== '') return one ? `+OK ${show(one)}` : "-ERR There's no such message.";
        return [verb === 'LIST' ? `+OK ${left.length} messages:` : '+OK', ...left.map(show), '.'].join('\r\n');
      }
      case 'RETR':
      case 'TOP': {
        if (!one || (verb === 'TOP' && !/^\d+$/.test(second))) return "-ERR There's no such message.";
        const bytes = await drop.maildir.read(one.message);
        return `+OK ${verb === 'RETR' ? `${one.size} octets` : ''}\r\n${stuff(verb === 'TOP' ? topLines(bytes, Number(second)) : bytes)}.`;
      }
      case 'DELE':
        if (!one) return "-ERR There's no such message.";
        drop.deleted.add(one.number);
        return '+OK Marked to be deleted.';
      case 'RSET':
        drop.deleted.clear();
        return '+OK';
      default:
        return '-ERR Unknown command.';
    }
  }

  async #quit(): Promise<string> {
    this.#over = true;
    const drop = this.#drop;
    for (const number of drop?.deleted ?? []) {
      const message = drop?.messages[number - 1];
      if (message) await drop?.maildir.remove(message);
    }
    return drop && drop.deleted.size > 0 ? '+OK Logging out, messages deleted.' : '+OK Logging out.';
  }
}

/** Header and `lines` of the body (RFC 1939 section 7). */
function topLines(bytes: Buffer, lines: number): Buffer {
  const text = bytes.toString('latin1');
  const bodyStart = text.indexOf('\r\n\r\n');
  if (bodyStart < 0) return bytes;
  const body = text
    .slice(bodyStart + 4)
    .split('\r\n')
    .slice(0, lines);
  return Buffer.from(`${text.slice(0, bodyStart + 4)}${body.length > 0 ? `${body.join('\r\n')}\r\n` : ''}`, 'latin1');
}

/** RFC 1939 section 3: lines that begin with a dot get another; the last line has its end. */
function stuff(bytes: Buffer): string {
  const text = bytes.toString('latin1').replace(/^\./gm, '..');
  return text.endsWith('\r\n') || text === '' ? text : `${text}\r\n`;
}
