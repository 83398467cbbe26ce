/**
 * Killing the mail system at any instant loses no accepted message, and repeats at most the deliveries that were in flight.
 *
 * Real programs (`postfix -c DIR start-fg`), SIGKILL at seeded random points under load, one canary a message. What was accepted (250 after the dot) must be in
 * the local Maildir and at the next host; a copy too many is allowed only for a message that lay in `active` when the process died.
 * GATEHOUSE_KILLS sets how often (200), GATEHOUSE_SEED repeats a run.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { SMTPServer } from 'smtp-server';
import { expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { pause, waitFor, type Look } from '#util/deadline.ts';
import { TestClient } from './test-host.ts';

const kills = Number(process.env['GATEHOUSE_KILLS'] ?? 200);
const seed = Number(process.env['GATEHOUSE_SEED'] ?? Date.now() % 1_000_000);
const hosts = 4;
const sendersPerHost = 3;
const longestLifeMs = 250;
const postfix = path.join(import.meta.dirname, 'tools', 'postfix.ts');
/** Two hundred starts load the same code. What is compiled is kept by a life that ends in order. */
const cache = path.join(import.meta.dirname, '..', 'node_modules', '.cache', 'gatehouse');
const canaries = /canary-[a-z0-9-]+/;

/** Small linear generator: the same numbers for the same seed. */
function createRandom(start: number): () => number {
  let state = start + 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

interface Ledger {
  readonly accepted: Set<string>;
  /** How often a message lay in `active` after a kill. */
  readonly inFlight: Map<string, number>;
  readonly atNextHost: Map<string, number>;
}

const count = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) + 1);

async function startNextHost(atNextHost: Map<string, number>): Promise<{ port: number; close(): void }> {
  const server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    onData(stream, _session, done) {
      let text = '';
      stream.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
      stream.on('end', () => {
        count(atNextHost, canaries.exec(text)?.[0] ?? 'none');
        done();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.server.address() as net.AddressInfo;
  return { port: address.port, close: () => server.close(() => undefined) };
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A private configuration, as one would make it for a Postfix of one's own. */
async function layHost(nextHost: number): Promise<{ folder: string; port: number }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-kill-'));
  const port = await freePort();
  const files: Record<string, string> = {
    '.gatehouse-host': '',
    'etc/postfix/main.cf': `compatibility_level = 3.6
myhostname = mail.one.test
mydestination = one.test
mynetworks = 127.0.0.0/8
home_mailbox = Maildir/
alias_maps =
smtpd_peername_lookup = no
relayhost = [127.0.0.1]:${nextHost}
`,
    'etc/postfix/master.cf': `127.0.0.1:${port} inet n - y - - smtpd
smtp unix - - y - - smtp
relay unix - - y - - smtp
local unix - n n - - local
error unix - - y - - error
retry unix - - y - - error
`,
    'etc/passwd': 'afnog:x:1000:1000:Af Nog:/home/afnog:/bin/sh\n',
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
  return { folder, port };
}

async function startPostfix(folder: string, port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [postfix, '-c', path.join(folder, 'etc/postfix'), 'start-fg'], {
    stdio: 'ignore',
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
  });
  await waitFor(
    'the mail system',
    () =>
      new Promise<Look<undefined>>((resolve) => {
        const socket = net.connect(port, '127.0.0.1');
        socket.once('connect', () => (socket.destroy(), resolve({ kind: 'there', value: undefined })));
        socket.once('error', (error) => resolve({ kind: 'not-yet', seen: error.message }));
      }),
    { clock: systemClock, timeoutMs: 20_000, everyMs: 5 },
  );
  return child;
}

/** Sends one message after another, to a local and to a remote recipient, until told to stop. A lost connection is life. */
async function sendUntil(stopped: () => boolean, name: string, port: number, { accepted }: Ledger): Promise<void> {
  for (let number = 0; !stopped();) {
    const client = await TestClient.connect(port).catch(() => undefined);
    if (!client) {
      await pause(systemClock, 5);
      continue;
    }
    await client.reply();
    await client.say('EHLO client.test');
    while (!client.closed && !stopped()) {
      const canary = `canary-${name}-${(number += 1)}`;
      const recipients = ['afnog@one.test', 'someone@far.test'];
      const replies = await client.all(
        'MAIL FROM:<sender@client.test>',
        ...recipients.map((each) => `RCPT TO:<${each}>`),
        'DATA',
      );
      if (!replies.at(-1)?.startsWith('354')) break;
      const last = await client.say(`Subject: ${canary}\r\n\r\n${'text '.repeat(200)}\r\n.`);
      if (last.startsWith('250')) accepted.add(canary);
    }
    client.close();
  }
}

/** One message in, to both recipients, and an end in order: later lives find the code of all stages compiled. */
async function liveOnce(folder: string, port: number, ledger: Ledger): Promise<void> {
  const child = await startPostfix(folder, port);
  let isOver = false;
  const sender = sendUntil(() => isOver, 'first', port, ledger);
  await waitFor(
    'the first delivery',
    async () =>
      ledger.atNextHost.size > 0 && (await canariesIn(path.join(folder, 'home/afnog/Maildir/new'))).length > 0
        ? { kind: 'there', value: undefined }
        : { kind: 'not-yet', seen: 'nothing arrived' },
    { clock: systemClock, timeoutMs: 20_000, everyMs: 20 },
  );
  isOver = true;
  await sender;
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('exit', resolve));
}

async function canariesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(names.map((each) => readFile(path.join(folder, each), 'latin1').catch(() => '')));
  return texts.flatMap((text) => canaries.exec(text)?.[0] ?? []);
}

async function killAndKill(
  name: string,
  times: number,
  random: () => number,
): Promise<Ledger & { local: Map<string, number> }> {
  const ledger: Ledger = { accepted: new Set(), inFlight: new Map(), atNextHost: new Map() };
  const next = await startNextHost(ledger.atNextHost);
  const { folder, port } = await layHost(next.port);
  const queue = (state: string): string => path.join(folder, 'var/spool/postfix', state);
  await liveOnce(folder, port, ledger);
  const before = ledger.accepted.size;
  let done = false;
  const senders = Array.from({ length: sendersPerHost }, (_, index) =>
    sendUntil(() => done, `${name}${index}`, port, ledger),
  );
  // On a busy machine a life may end before mail comes: then there are more of them.
  for (let time = 0; time < times || ledger.accepted.size <= times + before; time += 1) {
    const child = await startPostfix(folder, port);
    await pause(systemClock, random() * longestLifeMs);
    if (child.exitCode !== null)
      throw new Error(`seed ${seed}: the mail system ended by itself, with ${child.exitCode}`);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    for (const canary of await canariesIn(queue('active'))) count(ledger.inFlight, canary);
  }
  done = true;
  const child = await startPostfix(folder, port);
  await Promise.all(senders);
  await waitFor(
    'an empty queue',
    async () => {
      const left = (
        await Promise.all(
          ['incoming', 'active', 'deferred'].map((state) =>
            readdir(queue(state), { recursive: true, withFileTypes: true }),
          ),
        )
      ).flat();
      const files = left.filter((entry) => entry.isFile());
      return files.length === 0
        ? { kind: 'there', value: undefined }
        : {
            kind: 'not-yet',
            seen: files
              .map((entry) => `${entry.parentPath}/${entry.name}`)
              .slice(0, 5)
              .join(' '),
          };
    },
    { clock: systemClock, timeoutMs: 60_000 },
  );
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('exit', resolve));
  const local = new Map<string, number>();
  for (const canary of await canariesIn(path.join(folder, 'home/afnog/Maildir/new'))) count(local, canary);
  next.close();
  await rm(folder, { recursive: true, force: true });
  return { ...ledger, local };
}

test(
  'no accepted message is lost and only those in flight are repeated, whenever the process is killed',
  { timeout: 300_000 },
  async () => {
    const random = createRandom(seed);
    const share = Math.ceil(kills / hosts);
    const ledgers = await Promise.all(
      Array.from({ length: hosts }, (_, index) => killAndKill(`h${index}s`, share, random)),
    );
    const accepted = ledgers.reduce((total, ledger) => total + ledger.accepted.size, 0);
    expect(accepted, `seed ${seed}: too little load to prove anything`).toBeGreaterThan(kills);
    for (const { accepted: all, local, atNextHost, inFlight } of ledgers) {
      for (const copies of [local, atNextHost]) {
        expect(
          [...all].filter((canary) => !copies.has(canary)),
          `seed ${seed}: lost`,
        ).toEqual([]);
        const repeated = [...copies].filter(([canary, times]) => times > 1 + (inFlight.get(canary) ?? 0));
        expect(repeated, `seed ${seed}: repeated without having been in flight`).toEqual([]);
      }
    }
    process.stdout.write(
      `killed ${share * hosts} times (seed ${seed}), ${accepted} messages accepted, all accounted for\n`,
    );
  },
);
