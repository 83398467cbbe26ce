/**
 * Mail made to confuse or to exhaust, and clients that do not play along.
 */
import { readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { ImapFlow } from 'imapflow';
import { describe, expect, test } from 'vitest';
import { startTestMailbox, type TestMailbox } from '../test-mailbox.ts';

const messages = path.join(import.meta.dirname, '..', 'testdata', 'messages');
const everything = '(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE BODY.PEEK[] BODY.PEEK[1.1.MIME])';

/** Always the same numbers. */
function numbers(seed: number): (below: number) => number {
  return (below) => (seed = (seed * 48271) % 2147483647) % below;
}

async function deliverAll(box: TestMailbox, contents: readonly (string | Buffer)[]): Promise<void> {
  for (const [index, content] of contents.entries())
    await box.deliver(`1${String(index).padStart(9, '0')}.M1P1.h`, content);
}

const nested = (depth: number): string => {
  let text = 'deep\n';
  for (let level = 0; level < depth; level++)
    text = `Content-Type: multipart/mixed; boundary=b${level}\n\n--b${level}\n${text}--b${level}--\n`;
  return text;
};

describe('messages', () => {
  test.each([
    ['nested without end', nested(400)],
    ['messages in messages', 'Content-Type: message/rfc822\n\n'.repeat(400)],
    ['of thousands of parts', `Content-Type: multipart/mixed; boundary=b\n\n${'--b\n\nx\n'.repeat(20_000)}--b--\n`],
    ['to thousands of people', `To: ${'a@b.test, '.repeat(20_000)}\nCc: ${'('.repeat(20_000)}\n\nx\n`],
    ['with an endless header line', `Subject: ${'x'.repeat(2_000_000)}\n\nx\n`],
    ['with thousands of header lines', `${'X-A: b\n'.repeat(50_000)}\nx\n`],
    ['with thousands of parameters', `Content-Type: text/plain${'; a*1*="x'.repeat(20_000)}\n\nx\n`],
    ['with quotes that never close', 'From: "a\nSubject: "\\\nContent-Type: text/plain; name="\\\n\nx'],
    ['that try to end the answer', 'Subject: x") UID 99\r\r\nTo: "a\r\n* 5 EXPUNGE"\n\n)\r\n* BYE\r\n'],
  ])('%s are answered, and the session goes on', async (_name, content) => {
    await using box = await startTestMailbox();
    await box.deliver('1.h', content);
    const client = await box.imap();
    await client.command('SELECT INBOX');
    const answer = await client.command(`FETCH 1 ${everything}`);
    expect(answer).toMatch(/^\* 1 FETCH \(UID 1 FLAGS/);
    expect(answer).toMatch(/\nOK Fetch completed\.$/);
    expect(await client.command('SEARCH TEXT nosuch OR SUBJECT x BODY x')).toMatch(/OK Search/);
  });

  test('with bytes changed at random are understood by a client whose parser is not ours', async () => {
    await using box = await startTestMailbox();
    const sound = readdirSync(messages).map((name) => readFileSync(path.join(messages, name)));
    const random = numbers(20261125);
    const hostile = '\0\r\n"\\(){}[]<>:;=?*%\x80\xff,';
    const contents = Array.from({ length: 300 }, () => {
      const bytes = Buffer.from(sound[random(sound.length)] ?? '');
      for (let changes = 1 + random(8); changes > 0 && bytes.length > 0; changes--)
        bytes[random(bytes.length)] = hostile.charCodeAt(random(hostile.length));
      return bytes;
    });
    await deliverAll(box, contents);
    const client = new ImapFlow({
      host: '127.0.0.1',
      port: box.port('imaps'),
      secure: true,
      tls: { rejectUnauthorized: false },
      auth: { user: 'afnog', pass: 'secret' },
      logger: false,
    });
    await client.connect();
    await client.mailboxOpen('INBOX');
    let seen = 0;
    const asked = { uid: true, envelope: true, bodyStructure: true, source: true, size: true, internalDate: true };
    for await (const message of client.fetch('1:*', asked)) {
      seen += 1;
      expect(message.uid).toBe(seen);
      expect(message.source?.length).toBe(message.size);
      expect(message.bodyStructure?.type).toMatch(/\S/);
    }
    expect(seen).toBe(contents.length);
    await client.logout();
  });
});

describe('clients', () => {
  test('that ask for much and read nothing are held up: the others are served, and little is kept for them', async () => {
    await using box = await startTestMailbox();
    await box.deliver('1.h', `Subject: large\n\n${`${'x'.repeat(998)}\n`.repeat(2000)}`);
    const socket = net.connect(box.port('imap'), '127.0.0.1');
    socket.pause();
    socket.write('a LOGIN afnog secret\r\nb SELECT INBOX\r\n');
    for (let count = 0; count < 500; count++) socket.write(`c${count} FETCH 1 BODY.PEEK[]\r\n`); // 1 GB of answers
    const before = process.memoryUsage().rss;
    for (let round = 0; round < 20; round++) {
      const client = await box.imap();
      await client.command('SELECT INBOX');
      expect(await client.command('FETCH 1 RFC822.SIZE')).toContain('RFC822.SIZE 2000');
      client.close();
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(400_000_000);
    socket.destroy();
  });

  test('that send noise, pipelined and cut anywhere, never stop the server', async () => {
    await using box = await startTestMailbox();
    const random = numbers(7);
    const words = ['a', 'LOGIN', 'afnog', 'secret', 'SELECT', 'INBOX', 'FETCH', '1:*', 'BODY[]', '(', ')', '"', '{3}', '{3+}', '\0', '\\Seen', 'UID', 'STORE', '+FLAGS', 'IDLE', 'DONE', 'AUTHENTICATE', 'PLAIN', '=', '*', 'SEARCH', 'OR', 'NOT', 'LIST', '%', 'APPEND', 'STARTTLS', ' ']; // prettier-ignore
    for (let round = 0; round < 40; round++) {
      const socket = net.connect(box.port(round % 2 === 0 ? 'imap' : 'pop3'), '127.0.0.1').on('error', () => undefined);
      if (round % 4 === 0) socket.write('x LOGIN afnog secret\r\n');
      for (let count = 0; count < 200; count++)
        socket.write(`${words[random(words.length)] ?? ''}${random(4) === 0 ? '\r\n' : ' '}`, 'latin1');
      socket.end();
      socket.resume();
      await new Promise((resolve) => socket.once('close', resolve).once('end', resolve));
    }
    expect(await (await box.imap()).command('NOOP')).toBe('OK NOOP completed.');
  });
});
