/**
 * POP3 as a mail reader uses it. The answers are those of a genuine Dovecot 2.3 to the same lines.
 */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { soundConf, startTestMailbox, type Talk, type TestMailbox } from '../test-mailbox.ts';

const first = 'Subject: one\n\n.dot\n..two dots\nthird\n';
const second = 'Subject: two\r\n\r\nno end of line';

async function filled(): Promise<TestMailbox> {
  const box = await startTestMailbox();
  await box.deliver('1000000001.M1P1.h', first);
  await box.deliver('1000000002.M2P1.h', second);
  await box.deliver('1000000003.M3P1.h', '');
  return box;
}

async function loggedIn(box: TestMailbox): Promise<Talk> {
  const client = await box.talk('pop3');
  await client.say('USER afnog');
  expect(await client.say('PASS secret')).toBe('+OK Logged in.');
  return client;
}

const plain = Buffer.from('\0afnog\0secret').toString('base64');

describe('before login', () => {
  test('capabilities, and what may be said', async () => {
    await using box = await filled();
    const client = await box.talk('pop3');
    expect(await client.say('CAPA', true)).toBe(
      [
        '+OK',
        'CAPA',
        'TOP',
        'UIDL',
        'RESP-CODES',
        'PIPELINING',
        'AUTH-RESP-CODE',
        'STLS',
        'USER',
        'SASL PLAIN',
        '.',
        '',
      ].join('\r\n'),
    );
    expect(await client.say('STAT')).toBe('-ERR Unknown command.');
    expect(await client.say('APOP afnog 0123456789abcdef')).toBe('-ERR APOP not enabled.');
    expect(await client.say('PASS secret')).toBe('-ERR No username given.');
    expect(await client.say('AUTH', true)).toBe('+OK\r\nPLAIN\r\n.\r\n');
    expect(await client.say('AUTH FOO')).toBe('-ERR [AUTH] Unsupported authentication mechanism.');
    expect(await client.say('USER afnog')).toBe('+OK');
    expect(await client.say('PASS wrong')).toBe('-ERR [AUTH] Authentication failed.');
    expect(await client.say('PASS secret')).toBe('-ERR No username given.');
    expect(await client.say('QUIT')).toBe('+OK Logging out');
    expect(await client.line()).toBe('(closed)');
  });

  test('AUTH PLAIN at once and step by step; passwords may hold blanks', async () => {
    await using box = await filled();
    expect(await (await box.talk('pop3s')).say(`AUTH PLAIN ${plain}`)).toBe('+OK Logged in.');
    const client = await box.talk('pop3');
    expect(await client.say('AUTH PLAIN')).toBe('+ ');
    expect(await client.say(plain)).toBe('+OK Logged in.');
    const other = await box.talk('pop3');
    await other.say('USER afnog');
    expect(await other.say('PASS secret ')).toBe('-ERR [AUTH] Authentication failed.');
  });

  test('STLS secures the session and forgets what was said before it', async () => {
    await using box = await startTestMailbox(soundConf.replace('auth = no', 'auth = yes'));
    const client = await box.talk('pop3');
    expect(await client.say('USER afnog')).toMatch(/^-ERR \[AUTH\] Plaintext authentication disallowed/);
    expect(await client.say('CAPA', true)).not.toMatch(/USER|SASL/);
    client.write('STLS\r\nUSER afnog\r\n');
    expect(await client.line()).toBe('+OK Begin TLS negotiation now.');
    await client.startTls();
    expect(await client.say('PASS secret')).toBe('-ERR No username given.');
    expect(await client.say('CAPA', true)).toMatch(/AUTH-RESP-CODE\r\nUSER\r\nSASL PLAIN\r\n\.\r\n$/);
    expect(await client.say('STLS')).toMatch(/^-ERR/);
    await client.say('USER afnog');
    expect(await client.say('PASS secret')).toBe('+OK Logged in.');
  });

  test.each([
    ['an endless line', 'x'.repeat(300_000), /^-ERR Input buffer full/],
    ['nonsense without end', 'FOO\r\n'.repeat(50), /^-ERR Unknown command/],
    ['bytes', '\0\xff\x80\r\n'.repeat(20), /^-ERR/],
  ])('%s ends the session, not the server', async (_name, bytes, answer) => {
    await using box = await filled();
    const client = await box.talk('pop3');
    client.write(bytes);
    const lines: string[] = [];
    while (!lines.at(-1)?.endsWith('(closed)')) lines.push(await client.line());
    expect(lines[0]).toMatch(answer);
    expect(lines.length).toBeLessThan(15);
    await loggedIn(box);
  });
});

describe('reading mail', () => {
  test('counts octets with CR LF, stuffs dots, cuts with TOP', async () => {
    await using box = await filled();
    const client = await loggedIn(box);
    expect(await client.say('CAPA', true)).toBe(
      ['+OK', 'CAPA', 'TOP', 'UIDL', 'RESP-CODES', 'PIPELINING', 'AUTH-RESP-CODE', '.', ''].join('\r\n'),
    );
    const sizes = [first.replaceAll('\n', '\r\n').length, second.length, 0];
    expect(await client.say('STAT')).toBe(`+OK 3 ${sizes.reduce((sum, size) => sum + size)}`);
    expect(await client.say('LIST', true)).toBe(
      `+OK 3 messages:\r\n${sizes.map((size, index) => `${index + 1} ${size}\r\n`).join('')}.\r\n`,
    );
    expect(await client.say('LIST 2')).toBe(`+OK 2 ${sizes[1]}`);
    expect(await client.say('RETR 1', true)).toBe(
      `+OK ${sizes[0]} octets\r\nSubject: one\r\n\r\n..dot\r\n...two dots\r\nthird\r\n.\r\n`,
    );
    expect(await client.say('RETR 2', true)).toBe(`+OK ${sizes[1]} octets\r\n${second}\r\n.\r\n`);
    expect(await client.say('RETR 3', true)).toBe('+OK 0 octets\r\n.\r\n');
    expect(await client.say('TOP 1 0', true)).toBe('+OK\r\nSubject: one\r\n\r\n.\r\n');
    expect(await client.say('TOP 1 2', true)).toBe('+OK\r\nSubject: one\r\n\r\n..dot\r\n...two dots\r\n.\r\n');
    expect(await client.say('TOP 1 99', true)).toContain('third\r\n.\r\n');
    for (const [wrong, answer] of [
      ['LIST 99', "-ERR There's no message 99."],
      ['LIST x', '-ERR Invalid message number: x'],
      ['LIST 0', "-ERR There's no message 0."],
      ['RETR', '-ERR Invalid message number: '],
      ['RETR -1', '-ERR Invalid message number: -1'],
      ['TOP 1', '-ERR Invalid size: TOP takes a number of lines'],
      ['DELE 4', "-ERR There's no message 4."],
      ['LAST', '-ERR Unknown command: LAST'],
      ['USER afnog', '-ERR Unknown command: USER'],
    ])
      expect(await client.say(wrong ?? '')).toBe(answer);
    expect(await client.say('NOOP')).toBe('+OK');
  });

  test('unique ids stay the same from session to session, after a restart and in the shape Dovecot has', async () => {
    await using box = await filled();
    const ids = await (await loggedIn(box)).say('UIDL', true);
    expect(ids).toMatch(/^\+OK\r\n1 00000001[0-9a-f]{8}\r\n2 00000002[0-9a-f]{8}\r\n3 00000003[0-9a-f]{8}\r\n\.\r\n$/);
    await box.restart();
    const client = await loggedIn(box);
    expect(await client.say('UIDL', true)).toBe(ids);
    expect(await client.say('UIDL 2')).toBe(`+OK ${ids.split('\r\n')[2]}`);
  });

  test('pipelined commands are answered in order', async () => {
    await using box = await filled();
    const client = await box.talk('pop3');
    client.write('USER afnog\r\nPASS secret\r\nSTAT\r\nDELE 1\r\nQUIT\r\n');
    const lines = [];
    for (let count = 0; count < 6; count++) lines.push(await client.line());
    expect(lines).toEqual([
      '+OK',
      '+OK Logged in.',
      expect.stringMatching(/^\+OK 3 /),
      '+OK Marked to be deleted.',
      '+OK Logging out, messages deleted.',
      '(closed)',
    ]);
  });
});

describe('deleting', () => {
  test('counts at QUIT only; RSET takes it back; who is cut off loses nothing', async () => {
    await using box = await filled();
    const cutOff = await loggedIn(box);
    await cutOff.say('DELE 1');
    expect(await cutOff.say('DELE 1')).toBe('-ERR Message is deleted.');
    expect(await cutOff.say('RETR 1')).toBe('-ERR Message is deleted.');
    expect(await cutOff.say('LIST 1')).toBe('-ERR Message is deleted.');
    expect(await cutOff.say('STAT')).toMatch(/^\+OK 2 /);
    expect(await cutOff.say('LIST', true)).toMatch(/^\+OK 2 messages:\r\n2 /);
    cutOff.close();
    const client = await loggedIn(box);
    expect(await client.say('STAT')).toMatch(/^\+OK 3 /);
    await client.say('DELE 1');
    await client.say('RSET');
    await client.say('RETR 1', true);
    await client.say('DELE 2');
    expect(await client.say('QUIT')).toBe('+OK Logging out, messages deleted.');
    const imap = await box.imap();
    await imap.command('SELECT INBOX');
    const left = await imap.command('FETCH 1:* (UID FLAGS)');
    expect(left).toMatch(/UID 1 FLAGS \(\\Seen.*\n.*UID 3 FLAGS \((\\Recent)?\)/); // what was retrieved is seen
  });

  test('two sessions at once: each keeps its own view, a message gone meanwhile is said to be gone', async () => {
    await using box = await filled();
    const [one, two] = [await loggedIn(box), await loggedIn(box)];
    await one.say('DELE 1');
    await one.say('QUIT');
    expect(await two.say('STAT')).toMatch(/^\+OK 3 /);
    expect(await two.say('RETR 1')).toBe('-ERR [SYS/TEMP] The message has been removed meanwhile.');
    await two.say('DELE 2');
    const imap = await box.imap();
    await imap.command('SELECT INBOX');
    await imap.command('STORE 1 +FLAGS (\\Flagged)'); // renames the file that is about to be deleted
    await two.say('QUIT');
    expect(await imap.command('NOOP')).toContain('* 1 EXPUNGE');
    await rm(path.join(box.maildir, 'cur'), { recursive: true });
    await rm(path.join(box.maildir, 'new'), { recursive: true });
    expect(await (await loggedIn(box)).say('STAT')).toBe('+OK 0 0');
    expect(await readdir(box.maildir)).toContain('cur');
  });
});
