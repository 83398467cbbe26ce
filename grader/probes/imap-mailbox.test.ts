/**
 * A host that answers on the IMAP port as no IMAP server would costs the judge neither its memory nor its time.
 */
import net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { listen } from '#util/listen.ts';
import { directWire } from '#util/wire.ts';
import { lookInMailbox } from './imap-mailbox.ts';

const block = 'x'.repeat(100_000);
let server: net.Server;
let sentBytes = 0;
afterEach(() => void server.close());

/** Answers each command, tag in front; an answer that goes on is sent for as long as somebody reads. */
async function serve(answers: Readonly<Record<string, { first: string; on?: string }>>): Promise<number> {
  sentBytes = 0;
  server = net.createServer((socket) => {
    const flood = (text: string): void => {
      sentBytes += text.length;
      socket.write(text, () => void (socket.destroyed || setImmediate(flood, text)));
    };
    const say = (words: string, tag: string): void => {
      const { first, on } = answers[words] ?? { first: `${tag} OK\r\n` };
      socket.write(first.replaceAll('TAG', tag));
      if (on !== undefined) flood(on);
    };
    socket.on('error', () => undefined);
    say('greeting', '*');
    socket.on('data', (line) => {
      const [tag = '', ...words] = String(line).trim().split(' ');
      say(words.find((word) => word in answers) ?? '', tag);
    });
  });
  await listen(server, { host: '127.0.0.1', port: 0 });
  return (server.address() as net.AddressInfo).port;
}

const found = {
  EXAMINE: { first: '* 1 EXISTS\r\n* OK [UIDVALIDITY 1]\r\nTAG OK [READ-ONLY]\r\n' },
  SEARCH: { first: '* SEARCH 1\r\nTAG OK\r\n' },
};
const message = 'Subject: canary\r\n\r\n';

async function look(answers: Parameters<typeof serve>[0]) {
  const port = await serve(answers);
  const wire = { ...directWire, toSocket: (host: string) => ({ host, port }) };
  return lookInMailbox({ wire, address: '127.0.0.1', user: 'u', password: 'p', isTls: false }, 'canary', systemClock);
}

test('a message is found', async () => {
  const fetched = { first: `* 1 FETCH (UID 1 BODY[]<0> {${message.length}}\r\n${message})\r\nTAG OK\r\n` };
  expect(await look({ ...found, FETCH: fetched })).toMatchObject({ kind: 'messages', messages: [{}] });
});

test.each([
  ['a line without end', { greeting: { first: '* OK ', on: block } }],
  ['a list without end', { ...found, SEARCH: { first: '* SEARCH ', on: '1 '.repeat(50_000) } }],
  ['a message without end', { ...found, FETCH: { first: '* 1 FETCH (UID 1 BODY[] {900000000}\r\n', on: block } }],
  [
    'messages without end',
    { ...found, FETCH: { first: '', on: `* 1 FETCH (UID 1 BODY[] {${block.length}}\r\n${block})\r\n` } },
  ],
])('%s is left', { timeout: 10_000 }, async (_, answers) => {
  expect(await look(answers)).toMatchObject({ kind: 'unreachable' });
  expect(sentBytes).toBeLessThan(50_000_000);
});
