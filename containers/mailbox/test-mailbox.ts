/**
 * test-mailbox - a mailbox host of its own for a test: private root, free ports, a user `afnog` with the password `secret`.
 *
 * `Talk` is a client that says lines and shows what came back, for dialogues in IMAP and POP3.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { systemClock } from '#util/clock.ts';
import { createHostRoot, type HostRoot } from '#util/host-root.ts';
import type { StartedHost } from '#util/host.ts';
import { hashPassword } from '#util/password.ts';
import type { Answer, Resolver } from '#util/resolver.ts';
import { directWire } from '#util/wire.ts';
import { createDovecot } from './dovecot.ts';
import { createMailbox } from './mailbox.ts';

const testdata = path.join(import.meta.dirname, 'testdata');

export const soundConf = `protocols = imap pop3
mail_location = maildir:~/Maildir
disable_plaintext_auth = no
ssl = yes
ssl_cert = </etc/ssl/cert.pem
ssl_key = </etc/ssl/key.pem
passdb {
  driver = passwd-file
  args = /etc/dovecot/users
}
userdb {
  driver = passwd
}
`;

export interface TestMailbox extends AsyncDisposable {
  readonly host: StartedHost;
  /** The host's root on this machine. */
  readonly folder: string;
  /** afnog's Maildir. */
  readonly maildir: string;
  port(service: string): number;
  /** Stops everything and starts it again on the same files. */
  restart(): Promise<void>;
  writeConf(text: string): Promise<void>;
  /** Puts a file into new/ as a delivery does. */
  deliver(name: string, content: string | Buffer): Promise<void>;
  log(): Promise<string>;
  /** A client behind the greeting. */
  talk(service: 'imap' | 'imaps' | 'pop3' | 'pop3s'): Promise<Talk>;
  /** An IMAP client that has logged in. */
  imap(): Promise<Talk>;
}

const noAnswer = <T>(): Promise<Answer<T>> => Promise.resolve({ kind: 'nxdomain' });
const resolver: Resolver = {
  a: noAnswer,
  aaaa: noAnswer,
  mx: noAnswer,
  txt: noAnswer,
  cname: noAnswer,
  ns: noAnswer,
  ptr: noAnswer,
};

const mainCf = `compatibility_level = 3.6
myhostname = mail.one.test
mydestination = one.test, localhost
home_mailbox = Maildir/
alias_maps =
`;
const masterCf = `127.0.0.1:0 inet n - y - - smtpd
local unix - n n - - local
`;

/** Starts it; `await using` stops it and removes its files. */
export async function startTestMailbox(conf = soundConf): Promise<TestMailbox> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-mailbox-'));
  const root = createHostRoot(folder);
  await layFiles(root, conf);
  const maildir = root.resolve('/home/afnog/Maildir');
  const start = (): Promise<StartedHost> =>
    createMailbox(
      {
        root,
        address: '127.0.0.1',
        hostname: 'mail.one.test',
        prefixLength: 8,
        clock: systemClock,
        wire: { ...directWire, toSocket: (host) => ({ host, port: 0 }) },
        resolver,
      },
      createDovecot,
    ).start();
  let host = await start();
  const port = (service: string): number =>
    host.addresses().find((each) => each.service.endsWith(service))?.socket.port ?? 0;
  const talk: TestMailbox['talk'] = async (service) => {
    const client = await Talk.connect(port(service), service.endsWith('s'));
    await client.line();
    return client;
  };
  return {
    get host() {
      return host;
    },
    folder,
    maildir,
    port,
    async restart() {
      await host.stop();
      host = await start();
    },
    writeConf: (text) => writeFile(root.resolve('/etc/dovecot/dovecot.conf'), text),
    deliver: (name, content) => writeFile(path.join(maildir, 'new', name), content, { flag: 'wx' }),
    log: () => readFile(root.resolve('/var/log/mail.log'), 'utf8'),
    talk,
    async imap() {
      const client = await talk('imap');
      await client.command('LOGIN afnog secret');
      return client;
    },
    async [Symbol.asyncDispose]() {
      await host.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function layFiles(root: HostRoot, conf: string): Promise<void> {
  const files: Record<string, string | Buffer> = {
    '/etc/postfix/main.cf': mainCf,
    '/etc/postfix/master.cf': masterCf,
    '/etc/passwd': 'afnog:x:1000:1000:Af Nog:/home/afnog:/bin/sh\n',
    '/etc/dovecot/users': `afnog:${hashPassword('secret')}\n`,
    '/etc/dovecot/dovecot.conf': conf,
    '/etc/ssl/cert.pem': await readFile(path.join(testdata, 'cert.pem')),
    '/etc/ssl/key.pem': await readFile(path.join(testdata, 'key.pem')),
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(root.resolve(name)), { recursive: true });
    await writeFile(root.resolve(name), content);
  }
  for (const name of ['new', 'cur', 'tmp'])
    await mkdir(root.resolve(`/home/afnog/Maildir/${name}`), { recursive: true });
}

/** Lines to and from a server; bytes are latin1. */
export class Talk {
  #socket: net.Socket;
  #text = '';
  #wake: (() => void) | undefined;
  #tags = 0;
  closed = false;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    this.#listen();
  }

  static async connect(port: number, isSecure: boolean): Promise<Talk> {
    const socket = isSecure
      ? tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
      : net.connect(port, '127.0.0.1');
    await new Promise((resolve, reject) =>
      socket.once(isSecure ? 'secureConnect' : 'connect', resolve).once('error', reject),
    );
    return new Talk(socket);
  }

  #listen(): void {
    const socket = this.#socket;
    const ended = (): void => {
      if (socket !== this.#socket) return;
      this.closed = true;
      this.#wake?.();
    };
    socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1');
      this.#wake?.();
    });
    socket.on('close', ended).on('end', ended).on('error', ended);
  }

  write(bytes: string | Buffer): void {
    this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** The next line without its end; `(closed)` when the server hung up. */
  async line(): Promise<string> {
    return (await this.#until(/^([^\n]*?)\r?\n/s)).replace(/\r?\n$/, '');
  }

  /** Everything up to what matches, the match included. */
  async #until(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.#text);
      if (found) {
        const end = found.index + found[0].length;
        const text = this.#text.slice(0, end);
        this.#text = this.#text.slice(end);
        return text;
      }
      if (this.closed) {
        const rest = this.#text;
        this.#text = '';
        return `${rest}(closed)`;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** An IMAP command; all that came up to its tagged answer, which is written `OK ...` without the tag. */
  async command(text: string): Promise<string> {
    const tag = `t${++this.#tags}`;
    this.write(`${tag} ${text}\r\n`);
    return this.answerTo(tag);
  }

  async answerTo(tag: string): Promise<string> {
    const answer = await this.#until(new RegExp(`(?:^|\\r\\n)${tag} [^\\r\\n]*\\r\\n`));
    return answer
      .replaceAll('\r\n', '\n')
      .replace(new RegExp(`(^|\\n)${tag} `), '$1')
      .trimEnd();
  }

  /** A POP3 command; its line, or all lines up to the dot. */
  async say(text: string, isMultiline = false): Promise<string> {
    this.write(`${text}\r\n`);
    return isMultiline ? this.#until(/^(?:-ERR[^\n]*\r\n|\+OK[^\n]*\r\n(?:\.\r\n|.*?\r\n\.\r\n))/s) : this.line();
  }

  /** After STARTTLS or STLS. */
  async startTls(): Promise<void> {
    this.#socket.removeAllListeners();
    this.#socket = tls.connect({ socket: this.#socket, rejectUnauthorized: false });
    await new Promise((resolve, reject) => this.#socket.once('secureConnect', resolve).once('error', reject));
    this.#listen();
  }

  close(): void {
    this.#socket.destroy();
  }
}
