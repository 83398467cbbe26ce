/**
 * IMAP with mail that comes, goes and changes: several sessions, deliveries, files moved by hand, restarts.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ImapFlow } from 'imapflow';
import { describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import { startTestMailbox, type TestMailbox } from '../test-mailbox.ts';

const mail = (subject: string): string => `From: a@b.test\nSubject: ${subject}\n\nbody of ${subject}\n`;

const uidsOf = (answer: string): number[] => [...answer.matchAll(/UID (\d+)/g)].map((match) => Number(match[1]));

async function fill(box: TestMailbox, count: number): Promise<void> {
  for (let number = 1; number <= count; number++)
    await box.deliver(`10000000${String(number).padStart(2, '0')}.M${number}P1.h`, mail(`m${number}`));
}

async function validity(box: TestMailbox, name = 'INBOX'): Promise<string> {
  const client = await box.imap();
  const answer = await client.command(`STATUS "${name}" (UIDVALIDITY UIDNEXT)`);
  client.close();
  return /\((.*)\)/.exec(answer)?.[1] ?? answer;
}

describe('opening a mailbox', () => {
  test('says in this order what is in it; new mail is recent for the first who looks', async () => {
    await using box = await startTestMailbox();
    await fill(box, 3);
    const examining = await box.imap();
    expect(await examining.command('EXAMINE INBOX')).toMatch(/\* 3 RECENT[^]*READ-ONLY/);
    const first = await box.imap();
    const answer = await first.command('SELECT INBOX');
    expect(answer.replace(/UIDVALIDITY \d+/, 'UIDVALIDITY n').split('\n')).toEqual([
      '* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)',
      '* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] Flags permitted.',
      '* 3 EXISTS',
      '* 3 RECENT',
      '* OK [UNSEEN 1] First unseen.',
      '* OK [UIDVALIDITY n] UIDs valid',
      '* OK [UIDNEXT 4] Predicted next UID',
      'OK [READ-WRITE] Select completed.',
    ]);
    expect(await first.command('SEARCH NEW')).toMatch(/^\* SEARCH 1 2 3\n/);
    const second = await box.imap();
    expect(await second.command('SELECT INBOX')).toContain('* 0 RECENT');
    expect(await second.command('SEARCH OLD')).toMatch(/^\* SEARCH 1 2 3\n/);
    expect(await readdir(path.join(box.maildir, 'new'))).toEqual([]);
  });

  test('only to look changes nothing', async () => {
    await using box = await startTestMailbox();
    await fill(box, 1);
    const client = await box.imap();
    await client.command('EXAMINE INBOX');
    expect(await client.command('FETCH 1 BODY[TEXT]')).toContain('body of m1');
    for (const command of ['STORE 1 +FLAGS (\\Deleted)', 'EXPUNGE', 'UID EXPUNGE 1', 'MOVE 1 INBOX'])
      expect(await client.command(command)).toMatch(/^NO /);
    expect(await client.command('CLOSE')).toBe('OK Close completed.');
    expect(await readdir(path.join(box.maildir, 'new'))).toEqual(['1000000001.M1P1.h']);
  });

  test('whose messages have no header: the whole is body', async () => {
    await using box = await startTestMailbox();
    await box.deliver('1.h', 'just\ntext\n');
    const client = await box.imap();
    await client.command('SELECT INBOX');
    expect(await client.command('FETCH 1 (ENVELOPE BODY BODY[HEADER] BODY.PEEK[1])')).toBe(
      '* 1 FETCH (FLAGS (\\Seen \\Recent) ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) BODY ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 12 2) BODY[HEADER] {0}\n BODY[1] {12}\njust\ntext\n)\nOK Fetch completed.',
    );
  });
});

describe('unique ids', () => {
  test('outlive restarts, deliveries, moves to cur/, removed files; they never come back', async () => {
    await using box = await startTestMailbox();
    const empty = await validity(box);
    await box.restart();
    expect(await validity(box)).toBe(empty); // also of a mailbox that never held anything
    await fill(box, 3);
    const client = await box.imap();
    await client.command('SELECT INBOX');
    expect(uidsOf(await client.command('FETCH 1:* UID'))).toEqual([1, 2, 3]);
    const [, , third = ''] = (await readdir(path.join(box.maildir, 'cur'))).sort();
    await rm(path.join(box.maildir, 'cur', third));
    await box.deliver('2000000000.M1P1.h', mail('later'));
    await box.restart();
    const again = await box.imap();
    expect(await again.command('SELECT INBOX')).toContain('[UIDNEXT 5]');
    expect(uidsOf(await again.command('FETCH 1:* UID'))).toEqual([1, 2, 4]);
    await writeFile(path.join(box.maildir, 'cur', third), mail('put back'));
    expect(await again.command('NOOP')).toContain('* 4 EXISTS');
    expect(uidsOf(await again.command('FETCH 1:* UID'))).toEqual([1, 2, 4, 5]);
    expect((await validity(box)).split(' ')[3]).toBe(empty.split(' ')[3]);
  });

  test('follow the order of arrival, microseconds as numbers', async () => {
    await using box = await startTestMailbox();
    await box.deliver('1000000001.M123456P1.h', mail('second'));
    await box.deliver('1000000001.M9999P1.h', mail('first'));
    const client = await box.imap();
    await client.command('SELECT INBOX');
    const answer = await client.command('FETCH 1:2 BODY.PEEK[HEADER.FIELDS (SUBJECT)]');
    expect([...answer.matchAll(/Subject: (\w+)/g)].map((match) => match[1])).toEqual(['first', 'second']);
  });

  test('a folder deleted and made again has another UIDVALIDITY, also within the second', async () => {
    await using box = await startTestMailbox();
    const client = await box.imap();
    await client.command('CREATE Work');
    const before = await validity(box, 'Work');
    await client.command('DELETE Work');
    await client.command('CREATE Work');
    expect((await validity(box, 'Work')).split(' ')[3]).not.toBe(before.split(' ')[3]);
  });

  test('a list that cannot be read gives a new UIDVALIDITY; one that Dovecot wrote is taken over', async () => {
    await using box = await startTestMailbox();
    await fill(box, 2);
    const file = path.join(box.maildir, 'dovecot-uidlist');
    await writeFile(file, '3 V77 N10 G0123\n5 W30 S29 :1000000001.M1P1.h\n');
    expect(await validity(box)).toBe('UIDNEXT 11 UIDVALIDITY 77');
    await box.host.control('dovecot', 'stop');
    await writeFile(file, '\0\0garbage\n1 :1000000001.M1P1.h\n');
    await box.host.control('dovecot', 'start');
    expect(await validity(box)).toMatch(/^UIDNEXT 3 UIDVALIDITY (?!77$)\d+$/);
  });
});

describe('two sessions on one mailbox', () => {
  test('tell each other of flags, new mail and removals; numbers shift only when it is said', async () => {
    await using box = await startTestMailbox();
    await fill(box, 4);
    const [one, two] = [await box.imap(), await box.imap()];
    await one.command('SELECT INBOX');
    await two.command('SELECT INBOX');
    await one.command('STORE 2 +FLAGS (\\Flagged)');
    expect(await two.command('NOOP')).toBe('* 2 FETCH (UID 2 FLAGS (\\Flagged))\nOK NOOP completed.');
    // Both change the same message without having heard of each other: nothing is lost.
    await one.command('STORE 3 +FLAGS.SILENT (\\Answered)');
    expect(await two.command('STORE 3 +FLAGS (\\Seen)')).toContain('* 3 FETCH (FLAGS (\\Answered \\Seen))');
    await one.command('STORE 1,3 +FLAGS.SILENT (\\Deleted)');
    expect(await one.command('EXPUNGE')).toMatch(/^\* 3 EXPUNGE\n\* 1 EXPUNGE\n(\* \d RECENT\n)?OK/);
    expect(await two.command('FETCH 4 UID')).toMatch(/^\* 4 FETCH \(UID 4\)\n[^E]*OK/); // RFC 3501 section 7.4.1: no EXPUNGE here
    expect(await two.command('FETCH 1 BODY.PEEK[]')).toMatch(/NO \[EXPUNGEISSUED\]/);
    expect(await two.command('NOOP')).toMatch(/^\* 3 EXPUNGE\n\* 1 EXPUNGE\nOK/);
    expect(uidsOf(await two.command('FETCH 1:* UID'))).toEqual([2, 4]);
  });

  test('a deletion reaches the file though another session renamed it', async () => {
    await using box = await startTestMailbox();
    await fill(box, 1);
    const [one, two] = [await box.imap(), await box.imap()];
    await one.command('SELECT INBOX');
    await two.command('SELECT INBOX');
    await one.command('STORE 1 +FLAGS (\\Deleted)');
    await two.command('STORE 1 +FLAGS (\\Seen)');
    await one.command('EXPUNGE');
    expect(await readdir(path.join(box.maildir, 'cur'))).toEqual([]);
  });

  test('a file renamed or removed by hand is noticed', async () => {
    await using box = await startTestMailbox();
    await fill(box, 2);
    const client = await box.imap();
    await client.command('SELECT INBOX');
    const cur = path.join(box.maildir, 'cur');
    await rename(path.join(cur, '1000000001.M1P1.h:2,'), path.join(cur, '1000000001.M1P1.h:2,FS'));
    expect(await client.command('FETCH 1 BODY.PEEK[TEXT]')).toContain('body of m1');
    await rm(path.join(cur, '1000000001.M1P1.h:2,FS'));
    await client.command('NOOP');
    expect(await client.command('SEARCH ALL')).toMatch(/^\* SEARCH 1\n/);
  });

  test('a folder removed under a session ends that session and is not made again', async () => {
    await using box = await startTestMailbox();
    const [one, two] = [await box.imap(), await box.imap()];
    await one.command('CREATE Work');
    await two.command('SELECT Work');
    await one.command('DELETE Work');
    two.write('a NOOP\r\n');
    expect(await two.line()).toBe('* BYE Mailbox was deleted under us.');
    expect(await readdir(box.maildir)).not.toContain('.Work');
  });
});

describe('IDLE', () => {
  test('tells of mail as it comes and of flags as they change, until DONE', async () => {
    await using box = await startTestMailbox();
    const [waiting, other] = [await box.imap(), await box.imap()];
    await waiting.command('SELECT INBOX');
    await other.command('SELECT INBOX');
    waiting.write('a IDLE\r\n');
    expect(await waiting.line()).toBe('+ idling');
    await box.deliver('1000000001.M1P1.h', mail('arrives'));
    expect(await waiting.line()).toBe('* 1 EXISTS');
    expect(await waiting.line()).toBe('* 1 RECENT');
    await other.command('NOOP');
    await other.command('STORE 1 +FLAGS (\\Flagged)');
    expect(await waiting.line()).toBe('* 1 FETCH (UID 1 FLAGS (\\Flagged \\Recent))');
    waiting.write('DONE\r\n');
    expect(await waiting.answerTo('a')).toBe('OK Idle completed.');
    waiting.write('b IDLE\r\n');
    expect(await waiting.line()).toBe('+ idling');
    waiting.write('NOOP\r\n');
    expect(await waiting.answerTo('b')).toBe('BAD Expected DONE.');
  });

  test('wakes imapflow', async () => {
    await using box = await startTestMailbox();
    const client = new ImapFlow({
      host: '127.0.0.1',
      port: box.port('imap'),
      secure: false,
      tls: { rejectUnauthorized: false },
      auth: { user: 'afnog', pass: 'secret' },
      logger: false,
    });
    await client.connect();
    expect(client.secureConnection).toBe(true); // it took STARTTLS by itself
    await client.mailboxOpen('INBOX');
    const came = Promise.withResolvers<number>();
    client.on('exists', ({ count }: { count: number }) => came.resolve(count));
    void client.idle();
    await box.deliver('1000000001.M1P1.h', mail('for imapflow'));
    expect(await came.promise).toBe(1);
    const message = await client.fetchOne('*', { envelope: true, bodyStructure: true, source: true, flags: true });
    expect(message && message.envelope?.subject).toBe('for imapflow');
    expect(message && message.source?.toString()).toContain('\r\nbody of for imapflow\r\n');
    await client.append('INBOX', 'Subject: kept\r\n\r\ntext\r\n', ['\\Seen', '$Forwarded']);
    expect(await client.search({ keyword: '$Forwarded' })).toEqual([2]);
    await client.mailboxCreate('Archiv/Tüte'.replace('/', '.'));
    expect((await client.list()).map(({ path: name }) => name)).toEqual(['INBOX', 'Archiv', 'Archiv.Tüte']);
    await client.messageMove('1', 'Archiv.Tüte');
    expect(await client.status('Archiv.Tüte', { messages: true })).toMatchObject({ messages: 1 });
    await client.logout();
  });
});

describe('APPEND and COPY', () => {
  test('keep flags, keywords, date and bytes, and say the new ids', async () => {
    await using box = await startTestMailbox();
    const client = await box.imap();
    await client.command('CREATE Kept');
    const text = 'Subject: x\r\n\r\n.dot\r\nlast';
    const answer = await client.command(
      `APPEND Kept (\\Seen \\Flagged $Work) " 1-Jan-2020 23:30:00 -0500" {${text.length}+}\r\n${text}`,
    );
    expect(answer).toMatch(/^OK \[APPENDUID \d+ 1\] Append completed\.$/);
    await client.command('SELECT Kept');
    const shown = '(FLAGS (\\Flagged \\Seen $Work) INTERNALDATE "02-Jan-2020 04:30:00 +0000" RFC822.SIZE 24)';
    expect(await client.command('FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE)')).toContain(shown);
    expect(await client.command('COPY 1 INBOX')).toMatch(/^OK \[COPYUID \d+ 1 1\]/);
    expect(await client.command('COPY 1 Kept')).toMatch(/EXISTS[^]*OK \[COPYUID \d+ 1 2\]/);
    expect(await client.command('MOVE 1 INBOX')).toMatch(/^\* OK \[COPYUID \d+ 1 2\] Moved UIDs\.\n\* 1 EXPUNGE\nOK/);
    expect(await client.command('SELECT INBOX')).toContain('* 2 EXISTS');
    expect(await client.command('FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE)')).toContain(shown);
    expect(await client.command('FETCH 1 BODY.PEEK[]')).toContain('\n.dot\nlast)');
    expect(await client.command('SEARCH KEYWORD $work UNKEYWORD other')).toMatch(/^\* SEARCH 1 2\n/);
    await box.restart();
    const later = await box.imap();
    await later.command('SELECT INBOX');
    expect(await later.command('FETCH 1 FLAGS')).toContain('FLAGS (\\Flagged \\Seen $Work)');
  });

  test('refuse what is no message, no date or too large, and go on', async () => {
    await using box = await startTestMailbox();
    const client = await box.imap();
    expect(await client.command('APPEND INBOX "yesterday" {3+}\r\nabc')).toMatch(/^BAD .*Invalid internal date/);
    expect(await client.command('APPEND INBOX (\\Foo) {3+}\r\nabc')).toMatch(/^BAD .*Invalid system flag/);
    expect(await client.command('APPEND INBOX {33554433}')).toMatch(/^NO \[LIMIT\]/);
    expect(await client.command('STATUS INBOX (MESSAGES)')).toContain('MESSAGES 0');
  });

  test('a large message comes and goes whole', async () => {
    await using box = await startTestMailbox();
    const client = await box.imap();
    const text = `Subject: large\r\n\r\n${`${'x'.repeat(998)}\r\n`.repeat(5000)}`;
    expect(await client.command(`APPEND INBOX {${text.length}+}\r\n${text}`)).toMatch(/^OK \[APPENDUID/);
    await client.command('SELECT INBOX');
    const answer = await client.command('FETCH 1 (RFC822.SIZE BODY.PEEK[])');
    expect(answer).toContain(`RFC822.SIZE ${text.length} BODY[] {${text.length}}`);
    expect(answer.length).toBeGreaterThan(4_990_000);
  });
});

test('a delivery by the mail system appears with its bytes counted as CR LF', async () => {
  await using box = await startTestMailbox();
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({ host: '127.0.0.1', port: box.port(':0'), ignoreTLS: true });
  await transport.sendMail({ from: 'x@y.test', to: 'afnog@one.test', subject: 'by SMTP', text: 'line\nline\n' });
  const client = await box.imap();
  await client.command('SELECT INBOX');
  await waitFor(
    'the delivered message',
    async () => {
      const seen = await client.command('NOOP');
      const found = await client.command('SEARCH SUBJECT "by smtp"');
      return found.startsWith('* SEARCH 1\n') ? { kind: 'there', value: undefined } : { kind: 'not-yet', seen };
    },
    { clock: systemClock, timeoutMs: 10_000 },
  );
  const answer = await client.command('FETCH 1 (RFC822.SIZE BODY.PEEK[])');
  const [, size, literal] = /RFC822\.SIZE (\d+) BODY\[\] \{(\d+)\}/.exec(answer) ?? [];
  expect(size).toBe(literal);
  const [file = ''] = await readdir(path.join(box.maildir, 'cur'));
  const stored = await readFile(path.join(box.maildir, 'cur', file), 'latin1');
  expect(Number(size)).toBe(stored.replaceAll('\n', '\r\n').length);
});

test('stray things in the Maildir are no folders and no messages', async () => {
  await using box = await startTestMailbox();
  await writeFile(path.join(box.maildir, '.DS_Store'), '');
  await mkdir(path.join(box.maildir, '.bad"name'));
  await writeFile(path.join(box.maildir, 'cur', '.hidden'), '');
  const client = await box.imap();
  expect(await client.command('LIST "" *')).toBe('* LIST (\\HasNoChildren) "." "INBOX"\nOK List completed.');
  expect(await client.command('STATUS INBOX (MESSAGES)')).toContain('MESSAGES 0');
});
