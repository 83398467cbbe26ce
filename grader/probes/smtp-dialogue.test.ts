/**
 * A host that drips, talks without end or speaks another language: each is an outcome with its words, in bounded time.
 */
import net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createManualClock, systemClock } from '#util/clock.ts';
import { createEvidence } from '../evidence.ts';
import { playDialogue } from './smtp-dialogue.ts';

let server: net.Server | undefined;
const sockets = new Set<net.Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server?.close();
});

/** What is found at a host that does `speak` with whoever comes. */
async function greetedBy(speak: (socket: net.Socket) => void, clock = systemClock): Promise<unknown> {
  server = net.createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    speak(socket);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const { port } = server.address() as net.AddressInfo;
  const dial = (): net.Socket => net.connect(port, '127.0.0.1');
  const evidence = createEvidence(clock);
  return playDialogue({ dial, clock, from: '198.19.1.25', to: '198.18.1.10', port: 25, evidence }, []);
}

test('a greeting that comes byte after byte has its time, as a whole', async () => {
  const clock = createManualClock(0);
  const drip = (socket: net.Socket): void => {
    const next = (): void => {
      // Each byte arrives before the time for one is up.
      if (!socket.destroyed) socket.write('2', () => setImmediate(() => (clock.advance(500), next())));
    };
    next();
  };
  expect(await greetedBy(drip, clock)).toMatchObject({ reason: 'no reply within 10000 ms' });
});

test.each([
  ['another language', 'SSH-2.0-OpenSSH_9.2\r\n', 'no SMTP reply: SSH-2.0-OpenSSH_9.2'],
  ['another language after a good line', '220-mx.test\r\nhello\r\n', 'no SMTP reply: hello'],
  ['a reply without an end', '220-mx.test\r\n'.repeat(10_000), 'its reply has no end'],
])('%s', async (_name, text, reason) => {
  expect(await greetedBy((socket) => void socket.write(text))).toMatchObject({
    kind: 'no-conversation',
    stage: 'greeting',
    reason,
  });
});

test('a greeting of several lines, or of a bare number, is one', async () => {
  const outcome = await greetedBy((socket) => void socket.write('220-mx.test\n220-be kind\r\n220\r\n'));
  expect(outcome).toMatchObject({ kind: 'conversed', exchanges: [{ reply: { code: 220 } }] });
});
