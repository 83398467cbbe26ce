/**
 * The lab's Internet takes mail from whoever sends it, and nobody's flood costs others their mail, the memory or the disk.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import nodemailer from 'nodemailer';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { listen } from '#util/listen.ts';
import { directWire } from '#util/wire.ts';
import { startSink, type Sink } from './sink.ts';

let folder = '';
let port = 0;
let sink: Sink;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-sink-'));
  const probe = net.createServer();
  await listen(probe, { host: '127.0.0.1', port: 0 });
  ({ port } = probe.address() as net.AddressInfo);
  await new Promise((resolve) => probe.close(resolve));
  const wire = { ...directWire, toSocket: (host: string) => ({ host, port }) };
  sink = await startSink([{ id: 'far', name: 'far.test', address: '127.0.0.1' }], folder, wire, systemClock);
});
afterEach(async () => {
  await sink.stop();
  await rm(folder, { recursive: true });
});

function send(client: string, text: string): Promise<unknown> {
  const transport = nodemailer.createTransport({ host: '127.0.0.1', port, localAddress: client, ignoreTLS: true });
  return transport.sendMail({ from: 'a@near.test', to: 'b@far.test', text });
}
const large = (bytes: number): string => `${'x'.repeat(76)}\n`.repeat(bytes / 77);
const kept = async (): Promise<string[]> => (await readdir(folder)).sort();

test('a message is kept with its envelope and its client', async () => {
  await send('127.0.0.2', 'canary');
  const [name = ''] = await kept();
  expect(JSON.parse(await readFile(path.join(folder, name), 'utf8'))).toMatchObject({
    actor: 'far',
    clientAddress: '127.0.0.2',
    reversePath: 'a@near.test',
    recipients: ['b@far.test'],
    content: expect.stringContaining('canary') as string,
  });
});

test('a message that is too large is refused, whatever size was said; it takes no memory and no disk', async () => {
  await expect(send('127.0.0.2', large(30_000_000))).rejects.toMatchObject({ responseCode: 552 });
  expect(await kept()).toEqual([]);
});

test('a client on many connections at once is put off, and another is not', async () => {
  const flood = Promise.allSettled(Array.from({ length: 4 }, () => send('127.0.0.2', large(15_000_000))));
  await send('127.0.0.3', 'canary');
  const codes = (await flood).map((each) => (each.status === 'rejected' ? each.reason.responseCode : 250));
  expect(codes).toContain(250);
  expect(codes).toContain(452);
  await send('127.0.0.2', 'again');
});

test('of a client that sends much its oldest mail goes, and that of others stays', async () => {
  await send('127.0.0.3', 'canary');
  for (let count = 0; count < 4; count++) await send('127.0.0.2', large(15_000_000));
  const names = await kept();
  expect(names.filter((name) => name.includes('-127.0.0.3-'))).toHaveLength(1);
  expect(names.filter((name) => name.includes('-127.0.0.2-'))).toHaveLength(3);
});
