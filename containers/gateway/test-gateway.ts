/**
 * test-gateway - a gateway host of its own for a test: private root, free port, real SMTP in, Maildirs out.
 *
 * Every domain ends here, so that what is delivered, forwarded, bounced or told can be read as files. The clock looks into `hold` every 20 ms where the scanner asks for a second.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import nodemailer from 'nodemailer';
import { systemClock, type Clock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import { createHostRoot } from '#util/host-root.ts';
import type { StartedHost } from '#util/host.ts';
import type { Answer, Resolver } from '#util/resolver.ts';
import { directWire, type Wire } from '#util/wire.ts';
import { createGateway } from './gateway.ts';

export interface TestMail {
  readonly from?: string;
  readonly to?: string | readonly string[];
  /** Header and body from the first Content-Type or the empty line on; Subject, From, To, Date and Message-ID are put before. */
  readonly rest?: string;
  readonly subject?: string;
  /** The whole message instead. */
  readonly raw?: string | Buffer;
  /** The address it comes from, in 127.0.0.0/8. */
  readonly client?: string;
}

export interface TestGateway extends AsyncDisposable {
  readonly folder: string;
  readonly host: StartedHost;
  /** Sends it and resolves when the gateway took it; the queue id. */
  send(mail: TestMail): Promise<string>;
  /** Resolves when nothing waits any more. */
  settle(): Promise<void>;
  /** Sends, settles, and gives what came into each mailbox since (name -> messages). */
  pass(...mails: readonly TestMail[]): Promise<Delivered>;
  /** Everything under the quarantine, paths below the date. */
  quarantine(): Promise<string[]>;
  readQuarantine(name: string): Promise<string>;
  /** What the mail log got since the last question; MailScanner's lines only, without stamp. */
  newLines(): Promise<string[]>;
  /** Settings in place of those before, further files; the scanner has read them again, and said so in the log, when this resolves. */
  configure(settings: string, files?: Readonly<Record<string, string>>): Promise<void>;
  write(file: string, text: string): Promise<void>;
}

export type Delivered = Readonly<Record<string, readonly string[]>>;

const users = ['afnog', 'bob', 'sender', 'postmaster', 'keeper'];
const shipped = path.join(import.meta.dirname, 'files/etc/MailScanner');
const baseSettings = `%org-name% = lab
%org-long-name% = The Lab
%web-site% = www.one.test
%etc-dir% = /etc/MailScanner
%rules-dir% = /etc/MailScanner/rules
Queue Scan Interval = 1
Notify Senders = no
include /etc/MailScanner/conf.d/*
`;
const mainCf = `compatibility_level = 3.6
myhostname = gw.one.test
mydestination = one.test, two.test, far.test, gw.one.test
local_recipient_maps =
home_mailbox = Maildir/
alias_maps =
message_size_limit = 50000000
header_checks = regexp:/etc/postfix/header_checks
`;
const masterCf = `127.0.0.1:0 inet n - y - - smtpd
smtp unix - - y - - smtp
relay unix - - y - - smtp
local unix - n n - - local
error unix - - y - - error
retry unix - - y - - error
discard unix - - y - - discard
`;

export const quickClock: Clock = {
  ...systemClock,
  after: (delayMs, run, options) =>
    systemClock.after(delayMs === 1000 && options?.weak === true ? 20 : delayMs, run, options),
};

export interface TestGatewayOptions {
  readonly settings?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Names that the resolver finds, as 127.0.0.2. */
  readonly listed?: readonly string[];
}

export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const folder = await layGateway(options);
  return createFace(folder, await startGatewayIn(folder, options.listed));
}

/** A new root for a gateway, not started. */
export async function layGateway(options: TestGatewayOptions): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-gateway-'));
  const files: Record<string, string> = {
    '/etc/postfix/main.cf': mainCf,
    '/etc/postfix/master.cf': masterCf,
    '/etc/postfix/header_checks': '/^Received:/ HOLD\n',
    '/etc/passwd': users.map((name, index) => `${name}:x:${1000 + index}:1000::/home/${name}:/bin/sh\n`).join(''),
    '/etc/aliases': '',
    '/etc/MailScanner/MailScanner.conf': baseSettings,
    '/etc/MailScanner/conf.d/test.conf': options.settings ?? '',
    ...options.files,
  };
  for (const name of await readdir(shipped))
    if (name.endsWith('.rules.conf'))
      files[`/etc/MailScanner/${name}`] = await readFile(path.join(shipped, name), 'utf8');
  for (const [name, text] of Object.entries(files)) await writeIn(folder, name, text);
  return folder;
}

async function writeIn(folder: string, file: string, text: string): Promise<void> {
  const place = createHostRoot(folder).resolve(file);
  await mkdir(path.dirname(place), { recursive: true });
  await writeFile(place, text);
}

/** Starts the gateway of that root in this process. */
export function startGatewayIn(folder: string, listed: readonly string[] = []): Promise<StartedHost> {
  const wire: Wire = { ...directWire, toSocket: (_address, port) => ({ host: '127.0.0.1', port }) };
  return createGateway({
    root: createHostRoot(folder),
    address: '127.0.0.1',
    hostname: 'gw.one.test',
    prefixLength: 8,
    clock: quickClock,
    wire,
    resolver: createTestResolver(listed),
  }).start();
}

/** The test's hands on a running gateway. */
export function createFace(folder: string, host: StartedHost): TestGateway {
  const at = (...parts: string[]): string => path.join(folder, ...parts);
  let seen = 0;
  const send = (mail: TestMail): Promise<string> => sendMail(host, mail);
  const settle = (): Promise<void> => waitUntilSettled(at('var/spool/postfix'));
  return {
    folder,
    host,
    send,
    settle,
    write: (file, text) => writeIn(folder, file, text),
    async pass(...mails) {
      const before = await readMailboxes(at('home'));
      for (const mail of mails) await send(mail);
      await settle();
      const after = await readMailboxes(at('home'));
      return Object.fromEntries(
        users.map((name) => {
          const fresh = [...(after.get(name) ?? [])].filter(([file]) => !before.get(name)?.has(file));
          return [name, fresh.map(([, text]) => text)];
        }),
      );
    },
    async quarantine() {
      const base = at('var/spool/MailScanner/quarantine');
      const entries = await readdir(base, { recursive: true, withFileTypes: true }).catch(() => []);
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(base, path.join(entry.parentPath, entry.name)).replace(/^\d{8}\//, ''))
        .sort();
    },
    async readQuarantine(name) {
      const base = at('var/spool/MailScanner/quarantine');
      const [day = ''] = (await readdir(base)).sort().slice(-1);
      return readFile(path.join(base, day, name), 'latin1');
    },
    async newLines() {
      const text = await readFile(at('var/log/mail.log'), 'utf8').catch(() => '');
      const lines = text.split('\n').filter((line) => line.includes(' MailScanner['));
      const fresh = lines.slice(seen);
      seen = lines.length;
      return fresh.map((line) => line.replace(/^.*? MailScanner\[\d+\]: /, ''));
    },
    async configure(settings, more = {}) {
      for (const [name, text] of Object.entries(more)) await writeIn(folder, name, text);
      await writeIn(folder, '/etc/MailScanner/conf.d/test.conf', settings);
      const { exitCode, output } = await host.control('mailscanner', 'reload');
      if (exitCode !== 0) throw new Error(output);
    },
    async [Symbol.asyncDispose]() {
      await host.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function sendMail(host: StartedHost, mail: TestMail): Promise<string> {
  const from = mail.from ?? 'sender@far.test';
  const to = typeof mail.to === 'string' ? [mail.to] : [...(mail.to ?? ['afnog@one.test'])];
  const port = host.addresses()[0]?.socket.port ?? 0;
  const transport = nodemailer.createTransport({
    host: '127.0.0.1',
    port,
    ignoreTLS: true,
    localAddress: mail.client ?? '127.0.0.1',
    name: 'client.far.test',
  });
  const raw =
    mail.raw ??
    [
      `Subject: ${mail.subject ?? 'Lunch'}`,
      `From: <${from}>`,
      `To: <${to[0]}>`,
      'Date: Tue, 24 Nov 2026 12:00:00 +0000',
      'Message-ID: <1@far.test>',
      mail.rest ?? '\r\nShall we meet at noon?\r\n',
    ].join('\r\n');
  // One character, one byte: a test decides about every byte of its message.
  const bytes = typeof raw === 'string' ? Buffer.from(raw, 'latin1') : raw;
  const sent = (await transport.sendMail({ envelope: { from, to }, raw: bytes })) as { response: string };
  return /queued as (\S+)/.exec(sent.response)?.[1] ?? '';
}

async function readMailboxes(home: string): Promise<Map<string, Map<string, string>>> {
  const boxes = new Map<string, Map<string, string>>();
  for (const user of users) {
    const folder = path.join(home, user, 'Maildir/new');
    const names = await readdir(folder).catch(() => []);
    const texts = await Promise.all(names.sort().map((name) => readFile(path.join(folder, name), 'latin1')));
    boxes.set(user, new Map(names.map((name, index) => [name, texts[index] ?? ''])));
  }
  return boxes;
}

/** Nothing in hold, incoming or active, twice in a row: a message is in two of them, or in none, while it moves. */
async function waitUntilSettled(spool: string): Promise<void> {
  let quiet = 0;
  await waitFor(
    'empty queues',
    async () => {
      const left: string[] = [];
      for (const queue of ['hold', 'incoming', 'active'])
        left.push(...(await readdir(path.join(spool, queue)).catch(() => [])).map((name) => `${queue}/${name}`));
      quiet = left.length === 0 ? quiet + 1 : 0;
      return quiet >= 3 ? { kind: 'there', value: undefined } : { kind: 'not-yet', seen: left.join(' ') };
    },
    { clock: systemClock, timeoutMs: 180_000, everyMs: 15 },
  );
}

function createTestResolver(listed: readonly string[]): Resolver {
  const none = (): Promise<Answer<never>> => Promise.resolve({ kind: 'nxdomain' });
  return {
    a: (name) =>
      listed.includes(name)
        ? Promise.resolve({ kind: 'found', records: ['127.0.0.2'] })
        : Promise.resolve({ kind: 'nxdomain' }),
    aaaa: none,
    mx: none,
    txt: none,
    cname: none,
    ns: none,
    ptr: none,
  };
}
