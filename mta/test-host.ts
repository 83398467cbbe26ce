/**
 * test-host - a mail system of its own for a test: private root, free ports, fixed answers for DNS.
 *
 * The wire maps each lab address to 127.0.0.1 and each service port to the one that was free when the service opened, so tests run side by side.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { systemClock, type Clock } from '#util/clock.ts';
import { pause } from '#util/deadline.ts';
import { createHostRoot } from '#util/host-root.ts';
import type { Answer, MxRecord, Resolver } from '#util/resolver.ts';
import { hashPassword } from '#util/password.ts';
import { directWire, type Wire } from '#util/wire.ts';
import { createAccounts } from './accounts.ts';
import { createMailLogFile } from './log/mail-log-file.ts';
import type { MtaDeps } from './mta-deps.ts';
import { startMta, type StartedMta } from './mta.ts';

export interface TestHostOptions {
  readonly mainCf?: string;
  /** Lines added to master.cf. */
  readonly masterCf?: string;
  /** Further files by host path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly names?: TestNames;
  readonly clock?: Clock;
  /** Ports that stand for others' service ports: `address:port` -> port on 127.0.0.1. */
  readonly peers?: ReadonlyMap<string, number>;
}

/** What DNS says in a test. */
export interface TestNames {
  readonly a?: Readonly<Record<string, string>>;
  readonly mx?: Readonly<Record<string, readonly MxRecord[]>>;
  readonly ptr?: Readonly<Record<string, string>>;
  /** How long the name of an address is looked for; not at all unless told otherwise. */
  readonly ptrMs?: number;
}

export interface TestHost extends AsyncDisposable {
  readonly mta: StartedMta;
  readonly folder: string;
  /** Port of the smtp service on 127.0.0.1. */
  readonly port: number;
  log(): Promise<string>;
  /** Files in afnog's Maildir, newest content. */
  mail(): Promise<string[]>;
  connect(): Promise<TestClient>;
}

const master = `127.0.0.1:0 inet n - y - - smtpd
pickup unix n - y 60 1 pickup
smtp unix - - y - - smtp
relay unix - - y - - smtp
local unix - n n - - local
error unix - - y - - error
retry unix - - y - - error
discard unix - - y - - discard
`;

/** Starts it; `await using` stops it and removes its files. */
export async function startTestHost(options: TestHostOptions = {}): Promise<TestHost> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-mta-'));
  const root = createHostRoot(folder);
  const files: Record<string, string> = {
    '/etc/postfix/main.cf': `compatibility_level = 3.6\nmyhostname = mail.one.test\nmydestination = one.test, localhost\nhome_mailbox = Maildir/\nalias_maps = \n${options.mainCf ?? ''}`,
    '/etc/postfix/master.cf': master + (options.masterCf ?? ''),
    '/etc/passwd': 'afnog:x:1000:1000:Af Nog:/home/afnog:/bin/sh\n',
    '/etc/dovecot/users': `afnog:${hashPassword('secret')}\n`,
    ...options.files,
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(root.resolve(name)), { recursive: true });
    await writeFile(root.resolve(name), text);
  }
  const clock = options.clock ?? systemClock;
  const deps: MtaDeps = {
    root,
    clock,
    wire: createTestWire(options.peers ?? new Map()),
    resolver: createTestResolver(options.names ?? {}),
    log: createMailLogFile(root.resolve('/var/log/mail.log'), 'mail.one.test', clock),
    hostname: 'mail.one.test',
    interfaces: [{ address: '127.0.0.1', prefixLength: 8 }],
    programs: new Map(),
    ...createAccounts(root),
  };
  const mta = await startMta('/etc/postfix', deps);
  const port = mta.addresses()[0]?.socket.port ?? 0;
  return {
    mta,
    folder,
    port,
    log: () => readFile(root.resolve('/var/log/mail.log'), 'utf8'),
    mail: () => readMaildir(root.resolve('/home/afnog/Maildir/new')),
    connect: () => TestClient.connect(port),
    async [Symbol.asyncDispose]() {
      await mta.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function readMaildir(folder: string): Promise<string[]> {
  const { readdir } = await import('node:fs/promises');
  const names = await readdir(folder).catch(() => []);
  return Promise.all(names.sort().map((name) => readFile(path.join(folder, name), 'latin1')));
}

function createTestWire(peers: ReadonlyMap<string, number>): Wire {
  return {
    ...directWire,
    toSocket: (address, port) => ({ host: '127.0.0.1', port: peers.get(`${address}:${port}`) ?? port }),
    toSource: () => '127.0.0.1',
  };
}

function createTestResolver({ a = {}, mx = {}, ptr = {}, ptrMs = 0 }: TestNames): Resolver {
  const answer = <T>(records: readonly T[] | undefined): Promise<Answer<T>> =>
    Promise.resolve(records ? { kind: 'found', records } : { kind: 'nxdomain' });
  const one = <T>(record: T | undefined): Promise<Answer<T>> => answer(record === undefined ? undefined : [record]);
  return {
    a: (name) => one(a[name]),
    aaaa: (name) => (name in a || name in mx ? Promise.resolve({ kind: 'nodata' }) : answer<string>(undefined)),
    mx: (name) => (name in a && !(name in mx) ? Promise.resolve({ kind: 'nodata' }) : answer(mx[name])),
    txt: () => answer<string>(undefined),
    cname: () => answer<string>(undefined),
    ns: () => answer<string>(undefined),
    ptr: async (address) => {
      if (ptrMs > 0) await pause(systemClock, ptrMs);
      return one(ptr[address]);
    },
  };
}

/** A client that says one line at a time and shows the whole reply. */
export class TestClient {
  readonly #socket: net.Socket;
  #text = '';
  #wake: (() => void) | undefined;
  closed = false;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      this.#text += chunk;
      this.#wake?.();
    });
    socket.on('close', () => {
      this.closed = true;
      this.#wake?.();
    });
    socket.on('error', () => undefined);
  }

  /** Connects and leaves the greeting to be read with `reply`. @throws the system's error */
  static async connect(port: number): Promise<TestClient> {
    const socket = net.connect(port, '127.0.0.1');
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    // Who calls a port that nobody listens on may be given that very port, and is then connected to itself (simultaneous open, RFC 9293 section 3.5).
    if (socket.localPort === port) {
      socket.destroy();
      throw new Error(`nobody listens on port ${port}`);
    }
    return new TestClient(socket);
  }

  /** Sends the line and gives its reply, lines joined by `\n`. */
  say(line: string): Promise<string> {
    this.#socket.write(`${line}\r\n`, 'latin1');
    return this.reply();
  }

  /** Sends bytes as they are. */
  write(text: string): void {
    this.#socket.write(text, 'latin1');
  }

  /** The next whole reply; `(closed)` when the server hung up. */
  async reply(): Promise<string> {
    for (;;) {
      const whole = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/.exec(this.#text)?.[0];
      if (whole !== undefined) {
        this.#text = this.#text.slice(whole.length);
        return whole.trimEnd().replaceAll('\r\n', '\n');
      }
      if (this.closed) return '(closed)';
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Says each line; the replies. */
  async all(...lines: readonly string[]): Promise<string[]> {
    const replies: string[] = [];
    for (const line of lines) replies.push(await this.say(line));
    return replies;
  }

  close(): void {
    this.#socket.destroy();
  }
}
