/**
 * mail-path - messages a second through one mail host of ours into a Maildir, accepted by SMTP, each flushed before it is acknowledged.
 *
 * Baseline in the same run: a bare receiver (the library `smtp-server`) that writes each message to a file of its own and flushes it, with the same client.
 * The mail host does more: it writes each message twice (queue, mailbox), logs, and asks its configuration at every step.
 */
import { mkdir, mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { SMTPServer } from 'smtp-server';
import { systemClock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import type { Figure } from './figure.ts';

const messages = 2000;
const clients = 10;
const sizeBytes = 4096;
const postfix = path.join(import.meta.dirname, '..', 'mta', 'tools', 'postfix.ts');

export async function benchMailPath(runs: number): Promise<Figure[]> {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    bare.push(await rateOf(startBareReceiver));
    ours.push(await rateOf(startMailHost));
  }
  return [
    {
      name: `SMTP to Maildir, ${messages} messages of 4 KiB, ${clients} clients`,
      unit: 'messages/s',
      values: ours,
      baseline: { what: 'a bare receiver that flushes each message', values: bare },
      note: 'until the last message lies in the mailbox',
    },
  ];
}

interface Receiver extends AsyncDisposable {
  readonly port: number;
  /** Messages that lie where they belong. */
  arrived(): Promise<number>;
}

async function rateOf(start: (folder: string) => Promise<Receiver>): Promise<number> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-bench-'));
  try {
    await using receiver = await start(folder);
    const startedMs = performance.now();
    await Promise.all(Array.from({ length: clients }, () => sendMany(receiver.port, messages / clients)));
    await waitFor(
      'the last message',
      async () => {
        const arrived = await receiver.arrived();
        return arrived >= messages
          ? { kind: 'there', value: arrived }
          : { kind: 'not-yet', seen: `${arrived} arrived` };
      },
      { clock: systemClock, timeoutMs: 120_000, everyMs: 20 },
    );
    return messages / ((performance.now() - startedMs) / 1000);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One connection, one message after another. */
async function sendMany(port: number, count: number): Promise<void> {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  socket.setEncoding('latin1');
  let text = '';
  let wake = (): void => undefined;
  socket.on('data', (chunk: string) => {
    text += chunk;
    wake();
  });
  const reply = async (): Promise<void> => {
    let whole: RegExpExecArray | null;
    while (!(whole = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/.exec(text)))
      await new Promise<void>((resolve) => (wake = resolve));
    text = text.slice(whole[0].length);
    if (!/^[23]/.test(whole[0])) throw new Error(`refused: ${whole[0]}`);
  };
  const say = async (line: string): Promise<void> => {
    socket.write(`${line}\r\n`);
    await reply();
  };
  await reply();
  await say('EHLO bench.test');
  const content = `Subject: benchmark\r\n\r\n${'benchmark text, sixty-four bytes a line with its line end at last\r\n'.repeat(sizeBytes / 64)}.`;
  for (let sent = 0; sent < count; sent += 1) {
    await say('MAIL FROM:<sender@client.test>');
    await say('RCPT TO:<afnog@one.test>');
    await say('DATA');
    await say(content);
  }
  await say('QUIT');
  socket.destroy();
}

async function startBareReceiver(folder: string): Promise<Receiver> {
  let arrived = 0;
  const server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    disableReverseLookup: true,
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        void (async () => {
          const file = await open(path.join(folder, String((arrived += 1))), 'wx');
          await file.write(Buffer.concat(chunks));
          await file.sync();
          await file.close();
          done();
        })().catch(done);
      });
    },
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as net.AddressInfo).port,
    arrived: async () => arrived,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(resolve)),
  };
}

async function startMailHost(folder: string): Promise<Receiver> {
  const port = await freePort();
  const files: Record<string, string> = {
    '.gatehouse-host': '',
    'etc/postfix/main.cf':
      'compatibility_level = 3.6\nmyhostname = mail.one.test\nmydestination = one.test\nhome_mailbox = Maildir/\nalias_maps =\nsmtpd_peername_lookup = no\n',
    'etc/postfix/master.cf': `127.0.0.1:${port} inet n - y - - smtpd\nlocal unix - n n - - local\n`,
    'etc/passwd': 'afnog:x:1000:1000:Af Nog:/home/afnog:/bin/sh\n',
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
  const child = spawn(process.execPath, [postfix, '-c', path.join(folder, 'etc/postfix'), 'start-fg'], {
    stdio: 'ignore',
  });
  await waitFor(
    'the mail host',
    async () => ((await answers(port)) ? { kind: 'there', value: port } : { kind: 'not-yet', seen: 'no answer' }),
    {
      clock: systemClock,
      timeoutMs: 20_000,
    },
  );
  return {
    port,
    arrived: async () => (await readdir(path.join(folder, 'home/afnog/Maildir/new')).catch(() => [])).length,
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
