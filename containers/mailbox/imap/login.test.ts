/**
 * Getting in and out of IMAP: capabilities, the ways to log in, TLS, and who says nonsense.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { soundConf, startTestMailbox, type TestMailbox } from '../test-mailbox.ts';

let box: TestMailbox;
beforeAll(async () => {
  box = await startTestMailbox();
});
afterAll(() => box[Symbol.asyncDispose]());

const ok = /^OK \[CAPABILITY [^\]]+\] Logged in$/;
const plain = (text: string): string => Buffer.from(text).toString('base64');

describe('logging in', () => {
  test.each([
    ['atoms', 'LOGIN afnog secret'],
    ['quoted strings', 'login "afnog" "sec\\\\ret"', false],
    ['quoted strings with the right password', 'login "afnog" "secret"'],
    ['non-synchronizing literals', 'LOGIN {5+}\r\nafnog {6+}\r\nsecret'],
    ['SASL PLAIN with an initial response', `AUTHENTICATE PLAIN ${plain('\0afnog\0secret')}`],
    ['SASL PLAIN for oneself', `AUTHENTICATE plain ${plain('afnog\0afnog\0secret')}`],
    ['a wrong password', 'LOGIN afnog wrong', false],
    ['an unknown user', 'LOGIN nobody secret', false],
    ['no password', 'LOGIN afnog ""', false],
  ])('with %s', async (_name, command, works = true) => {
    const client = await box.talk('imap');
    const answer = await client.command(command);
    if (works) expect(answer).toMatch(ok);
    else expect(answer).toBe('NO [AUTHENTICATIONFAILED] Authentication failed.');
    client.close();
  });

  test('with literals that wait for our word', async () => {
    const client = await box.talk('imap');
    client.write('a LOGIN {5}\r\n');
    expect(await client.line()).toBe('+ OK');
    client.write('afnog {6}\r\n');
    expect(await client.line()).toBe('+ OK');
    client.write('secret\r\n');
    expect(await client.answerTo('a')).toMatch(ok);
  });

  test('with SASL PLAIN step by step, aborted, and as somebody else', async () => {
    const client = await box.talk('imap');
    client.write('a AUTHENTICATE PLAIN\r\n');
    expect(await client.line()).toBe('+ ');
    client.write('*\r\n');
    expect(await client.answerTo('a')).toBe('BAD Authentication aborted by client.');
    expect(await client.command(`AUTHENTICATE PLAIN ${plain('root\0afnog\0secret')}`)).toMatch(/^BAD Invalid base64/);
    expect(await client.command('AUTHENTICATE CRAM-MD5')).toMatch(/^NO Unsupported/);
    client.write('b AUTHENTICATE PLAIN\r\n');
    expect(await client.line()).toBe('+ ');
    client.write(`${plain('\0afnog\0secret')}\r\n`);
    expect(await client.answerTo('b')).toMatch(ok);
    expect(await client.command('LOGIN afnog secret')).toMatch(/^BAD/);
  });

  test('is in the log in the shape that Dovecot gives it', async () => {
    const client = await box.talk('imaps');
    await client.command('LOGIN afnog secret');
    // The answer does not wait for the log.
    await expect
      .poll(() => box.log())
      .toMatch(
        /dovecot\[?\d*\]?: imap-login: Login: user=<afnog>, method=PLAIN, rip=127\.0\.0\.1, lip=127\.0\.0\.1, TLS/,
      );
    expect(await box.log()).toMatch(/imap-login: Aborted login \(auth failed, 1 attempts in \d+ secs\): user=<nobody>/);
  });
});

describe('capabilities', () => {
  test('are announced in the greeting, before and after login', async () => {
    const client = await box.talk('imap');
    expect(await client.command('CAPABILITY')).toBe(
      '* CAPABILITY IMAP4rev1 SASL-IR LITERAL+ ID IDLE STARTTLS AUTH=PLAIN\nOK Pre-login capabilities listed, post-login capabilities have more.',
    );
    const login = await client.command('LOGIN afnog secret');
    expect(login).toContain('IMAP4rev1 SASL-IR LITERAL+ ID IDLE NAMESPACE CHILDREN UIDPLUS UNSELECT MOVE]');
    expect(await client.command('CAPABILITY')).toMatch(/^\* CAPABILITY IMAP4rev1 .*MOVE\nOK Capability completed\.$/);
    expect(await client.command('NAMESPACE')).toBe('* NAMESPACE (("" ".")) NIL NIL\nOK Namespace completed.');
    expect(await client.command('ID NIL')).toBe('* ID ("name" "Dovecot")\nOK ID completed.');
    expect(await client.command('STARTTLS')).toMatch(/^BAD/); // RFC 3501 section 6.2.1: only before login
    expect(await client.command('LOGOUT')).toMatch(/^\* BYE Logging out\nOK Logout completed\.$/);
    expect(await client.line()).toBe('(closed)');
  });
});

describe('STARTTLS', () => {
  test('secures the session; commands sent ahead in plain text are never obeyed', async () => {
    const client = await box.talk('imap');
    client.write('a STARTTLS\r\nb LOGIN afnog secret\r\n');
    expect(await client.line()).toBe('a OK Begin TLS negotiation now.');
    await client.startTls();
    expect(await client.command('CAPABILITY')).toMatch(
      /^\* CAPABILITY IMAP4rev1 SASL-IR LITERAL\+ ID IDLE AUTH=PLAIN\n/,
    );
    expect(await client.command('LIST "" *')).toMatch(/^BAD/);
    expect(await client.command('LOGIN afnog secret')).toMatch(ok);
  });

  test('that is never finished costs only that connection', async () => {
    const client = await box.talk('imap');
    client.write('a STARTTLS\r\n');
    expect(await client.line()).toMatch(/^a OK/);
    client.write('this is no handshake\r\n'.repeat(20));
    expect(await client.line()).toMatch(/\(closed\)$/);
    expect(await (await box.talk('imaps')).command('LOGIN afnog secret')).toMatch(ok);
  });

  test('is the only way in where plain text is not allowed', async () => {
    await using strict = await startTestMailbox(soundConf.replace('auth = no', 'auth = yes'));
    const client = await strict.talk('imap');
    expect(await client.command('CAPABILITY')).toContain('STARTTLS LOGINDISABLED');
    const refusal = 'NO [PRIVACYREQUIRED] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.';
    expect(await client.command('LOGIN afnog secret')).toBe(refusal);
    expect(await client.command('STARTTLS')).toMatch(/^OK/);
    await client.startTls();
    expect(await client.command('CAPABILITY')).toContain('AUTH=PLAIN');
    expect(await client.command('LOGIN afnog secret')).toMatch(ok);
  });
});

describe('who says nonsense', () => {
  test('hears BAD, and is shown out after three times before login', async () => {
    const client = await box.talk('imap');
    expect(await client.command('XYZZY')).toBe('BAD Error in IMAP command XYZZY: Unknown command.');
    expect(await client.command('LIST "" *')).toBe('BAD Error in IMAP command LIST: Please login first.');
    client.write('\x00\xff garbage\r\n');
    expect(await client.line()).toMatch(/BAD/);
    expect(await client.line()).toBe('* BYE Too many invalid IMAP commands.');
    expect(await client.line()).toBe('(closed)');
  });

  test.each([
    ['an endless line', `a LOGIN ${'x'.repeat(300_000)}`, '* BYE Input buffer full, aborting'],
    ['a huge literal before login', 'a LOGIN {99999999}\r\n', '* BYE Literal size too large'],
    ['a huge literal that does not wait', 'a LOGIN {99999999+}\r\n', '* BYE Literal size too large'],
    ['a literal of absurd size', 'a LOGIN {99999999999999999999}\r\n', '* BYE Literal size too large'],
    ['many literals', `a LOGIN ${'{1000+}\r\n'.concat('x'.repeat(1000)).repeat(20)}`, '* BYE'],
  ])('%s ends the session, not the server', async (_name, bytes, answer) => {
    const client = await box.talk('imap');
    client.write(bytes);
    expect(await client.line()).toContain(answer);
    expect(await client.line()).toMatch(/\(closed\)$/);
    expect(await (await box.talk('imap')).command('LOGIN afnog secret')).toMatch(ok);
  });

  test('logged in: wrong syntax is BAD, bounded in depth and size, and the session goes on', async () => {
    const client = await box.imap();
    for (const wrong of [
      'LIST',
      'LIST "" (',
      'LIST "" )',
      `LIST "" ${'('.repeat(3000)}`,
      `LIST "" "${'*a'.repeat(3000)}"`,
      'LOGIN',
      'SELECT "unclosed',
      'UID',
      'UID FOO',
      'STATUS INBOX',
      'STATUS INBOX (FOO)',
      'APPEND INBOX "quoted"',
      'FETCH 1 FLAGS',
    ])
      expect(await client.command(wrong), wrong.slice(0, 30)).toMatch(/^BAD /);
    expect(await client.command('NOOP')).toBe('OK NOOP completed.');
    client.write('x SELECT {70000+}\r\n');
    expect(await client.line()).toBe('* BYE Literal size too large');
  });

  test('a pattern made to be slow is answered like any other', async () => {
    const client = await box.imap();
    await client.command(`CREATE ${'a'.repeat(150)}`);
    expect(await client.command(`LIST "" "${'*a'.repeat(70)}*b"`)).toBe('OK List completed.');
    expect(await client.command(`LIST "" "${'*a'.repeat(70)}*"`)).toMatch(/a{150}"\nOK/);
    await client.command(`DELETE ${'a'.repeat(150)}`);
  });
});
