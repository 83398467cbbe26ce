/**
 * What comes out of a message: parts, archives, names; and what is refused to be unpacked.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway, type TestMail } from '../test-gateway.ts';
import { field, only } from '../test-look.ts';
import { mixed, tar, zip, type Attachment } from '../test-messages.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const setUp = async (settings: string, files: Readonly<Record<string, string>> = {}): Promise<void> => {
  await gateway.configure(settings, files);
  await gateway.newLines();
};
beforeEach(() => setUp(''));

const withFile = (file: Attachment): TestMail => ({ rest: mixed('text', [file]), subject: 'Files' });
const named = (name: string, content: Buffer | string = 'just text\n'): TestMail => withFile({ name, content });
const headers = (...lines: readonly string[]): TestMail =>
  withFile({ name: '', content: 'just text\n', encoding: '7bit', headers: lines });
const subjectOf = async (mail: TestMail): Promise<string> =>
  field(only((await gateway.pass(mail))['afnog']), 'Subject') ?? '';

describe('file names', () => {
  test.each([
    ['setup.exe', 'Windows/DOS Executable'],
    ['SETUP.EXE', 'Windows/DOS Executable'],
    ['photo.pif', 'Possible shortcut attack'],
    ['love-letter.txt.vbs', 'Possible program or script'],
    ['invoice.pdf.html', 'Found possible filename hiding'],
    [`cute.txt${' '.repeat(20)}.exe`, 'Filename contains lots of white space'],
    [`${'long'.repeat(60)}.txt`, 'Very long filename'],
    ['x.{00020424-0000-0000-C000-000000000046}', 'Filename hides its type behind a class id'],
    ['setup.exe.', 'Windows/DOS Executable'],
    ['../../../etc/cron.d/setup.exe', 'Windows/DOS Executable'],
    ['C:\\\\Windows\\\\setup.exe', 'Windows/DOS Executable'],
  ])('%s is stopped', async (name, logText) => {
    expect(await subjectOf(named(name))).toBe('{Filename?} Files');
    const hit = (await gateway.newLines()).find((line) => line.startsWith('Filename Checks: '));
    expect(hit).toMatch(new RegExp(`^Filename Checks: ${logText} \\([0-9A-F]+\\.A[0-9A-F]{4} [^/]*\\)$`));
  });

  test.each(['report.txt', 'invoice.pdf.txt', 'picture.jpeg', 'résumé.pdf', 'Makefile'])('%s passes', async (name) => {
    expect(await subjectOf(named(name))).toBe('Files');
  });

  test.each<[string, readonly string[]]>([
    ['RFC 2231', ["Content-Disposition: attachment; filename*=utf-8''setup%2Eexe"]],
    ['RFC 2231, continued', ['Content-Disposition: attachment; filename*0="setup";', ' filename*1=".exe"']],
    [
      'RFC 2231, continued and encoded',
      ["Content-Disposition: attachment; filename*0*=utf-8''set%75p;", ' filename*1*=%2eexe'],
    ],
    ['RFC 2047 in a parameter', ['Content-Disposition: attachment; filename="=?utf-8?B?c2V0dXAuZXhl?="']],
    ['RFC 2047, quoted-printable', ['Content-Type: application/x; name="=?utf-8?Q?setup=2Eexe?="']],
    [
      'type and disposition that contradict',
      ['Content-Type: text/plain; name=setup.exe', 'Content-Disposition: attachment; filename=notes.txt'],
    ],
    [
      'the plain and the extended form that contradict',
      ["Content-Disposition: attachment; filename=notes.txt; filename*=utf-8''setup.exe"],
    ],
    ['the parameter twice', ['Content-Disposition: attachment; filename=notes.txt; filename=setup.exe']],
    [
      'full-width letters',
      ["Content-Disposition: attachment; filename*=utf-8''setup%EF%BC%8E%EF%BD%85%EF%BD%98%EF%BD%85"],
    ],
    ['an invisible mark in the ending', ["Content-Disposition: attachment; filename*=utf-8''setup.e%E2%80%8Bxe"]],
    ['right-to-left override', ["Content-Disposition: attachment; filename*=utf-8''photo%E2%80%AEgpj.exe"]],
    ['a NUL', ["Content-Disposition: attachment; filename*=utf-8''setup.exe%00.txt"]],
  ])('setup.exe by %s is stopped', async (_form, lines) => {
    expect(await subjectOf(headers(...lines))).toBe('{Filename?} Files');
  });

  test('names cannot forge a log line or leave the quarantine', async () => {
    const mail = headers("Content-Disposition: attachment; filename*=utf-8''..%2F..%2F%0ANov%2024%20evil%1B[2J.exe");
    const queueId = await gateway.send(mail);
    await gateway.settle();
    expect((await gateway.newLines()).filter((line) => line.startsWith('Nov') || line.includes('\u001b'))).toEqual([]);
    const stored = (await gateway.quarantine()).filter((name) => name.includes(queueId));
    expect(stored).toEqual([expect.stringMatching(/^[0-9A-F]+\.A[0-9A-F]{4}\/_Nov 24 evil_\[2J\.exe$/)]);
  });

  test('Allow and Deny Filenames come before the file', async () => {
    await setUp('Allow Filenames = \\.exe$\nDeny Filenames = \\.txt$\n');
    expect(await subjectOf(named('setup.exe'))).toBe('Files');
    expect(await subjectOf(named('notes.txt'))).toBe('{Filename?} Files');
  });

  test('Log Permitted Filenames', async () => {
    await setUp('Log Permitted Filenames = yes\nLog Permitted Filetypes = yes\n');
    await subjectOf(named('notes.txt'));
    await subjectOf(named('Makefile', Buffer.from([0, 1, 2])));
    const lines = (await gateway.newLines())
      .filter((line) => line.includes('Allowing'))
      .map((line) => line.replace(/[0-9A-F]+\.A[0-9A-F]{4}/, 'ID'));
    expect(lines).toEqual([
      'Filename Checks: Allowing ID notes.txt',
      'Filetype Checks: Allowing ID notes.txt',
      'Filename Checks: Allowing ID Makefile (no rule matched)',
      'Filetype Checks: Allowing ID Makefile (no match found)',
    ]);
  });
});

describe('the actions of a rule', () => {
  const rules = {
    '/etc/MailScanner/own.conf':
      'rename\t\\.fdf$\tForm\tForm\nrename to harmless.txt\t\\.htm$\tPage\tPage\ndeny+delete\t\\.tmp$\tTemp\tNo temporary files\nkeeper@two.test bob@one.test\t\\.cv$\tApplication\t-\nallow\t.\t-\t-\n',
  };
  const own = 'Filename Rules = /etc/MailScanner/own.conf\n';

  test('rename keeps the file under another name, all else as it was', async () => {
    await setUp(`${own}Default Rename Pattern = __FILENAME__.locked\n`, rules);
    const form = only((await gateway.pass(named('form.fdf')))['afnog']);
    expect(form).toContain('filename="form.fdf.locked"');
    expect(form).not.toContain('"form.fdf"');
    expect(form).toContain(Buffer.from('just text\n').toString('base64'));
    expect(field(form, 'Subject')).toBe('Files');
    expect(only((await gateway.pass(named('a.htm')))['afnog'])).toContain('filename="harmless.txt"');
  });

  test('deny+delete stores nothing', async () => {
    await setUp(own, rules);
    const queueId = await gateway.send(named('a.tmp'));
    await gateway.settle();
    expect((await gateway.quarantine()).filter((name) => name.includes(queueId))).toEqual([]);
  });

  test('addresses get the message instead of the recipient', async () => {
    await setUp(own, rules);
    const delivered = await gateway.pass(named('my.cv'));
    expect(delivered['afnog']).toEqual([]);
    expect(only(delivered['keeper'])).toContain('my.cv');
    expect(only(delivered['bob'])).toContain('my.cv');
  });
});

describe('file types', () => {
  const program = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(100)]);

  test('a program behind a harmless name is stopped', async () => {
    expect(await subjectOf(named('innocent.txt', program))).toBe('{Filename?} Files');
    expect((await gateway.newLines()).join('\n')).toMatch(
      /Filetype Checks: No executables \([0-9A-F]+\.A[0-9A-F]{4} innocent\.txt\)/,
    );
    expect(await subjectOf(named('lib.dat', Buffer.from('\u007fELF.....', 'latin1')))).toBe('{Filename?} Files');
    expect(await subjectOf(named('run', '#!/bin/sh\necho\n'))).toBe('Files');
  });

  test('a nameless part is looked at too', async () => {
    const mail = withFile({
      name: '',
      content: program,
      headers: ['Content-Type: application/octet-stream', 'Content-Transfer-Encoding: base64'],
    });
    expect(await subjectOf(mail)).toBe('{Filename?} Files');
  });

  test('five fields: the third is for the MIME type', async () => {
    await setUp('Filetype Rules = /etc/MailScanner/types.conf\n', {
      '/etc/MailScanner/types.conf': 'deny\t-nothing-\t^image/\tNo pictures\tNo pictures please\nallow\t.\t-\t-\n',
    });
    expect(await subjectOf(named('p.dat', 'GIF89a'))).toBe('{Filename?} Files');
    expect(await subjectOf(named('p.dat', 'text'))).toBe('Files');
  });
});

describe('archives', () => {
  test('names and types inside count, by the archives rules; the archive goes', async () => {
    const delivered = only(
      (
        await gateway.pass(
          named(
            'a.zip',
            zip([
              { name: 'notes.txt', content: 'x' },
              { name: 'setup.exe', content: 'MZ' },
            ]),
          ),
        )
      )['afnog'],
    );
    expect(field(delivered, 'Subject')).toBe('{Filename?} Files');
    expect(delivered).not.toContain('UEsD');
    expect((await gateway.newLines()).join('\n')).toMatch(
      /Filename Checks: Windows\/DOS Executable \(\S+ 2setup\.exe\)/,
    );
    await setUp(
      'Archives: Filename Rules = /etc/MailScanner/open.conf\nArchives: Filetype Rules = /etc/MailScanner/open.conf\n',
      {
        '/etc/MailScanner/open.conf': 'allow\t.\t-\t-\n',
      },
    );
    expect(await subjectOf(named('a.zip', zip([{ name: 'setup.exe', content: 'MZ' }])))).toBe('Files');
    expect(await subjectOf(named('setup.exe'))).toBe('{Filename?} Files');
  });

  test('Archives Are says whose members have rules of their own', async () => {
    await setUp('Archives: Filename Rules = /etc/MailScanner/open.conf\n', {
      '/etc/MailScanner/open.conf': 'allow\t.\t-\t-\n',
    });
    const mail = named('a.tar', tar('setup.exe', 'text'));
    expect(await subjectOf(mail)).toBe('{Filename?} Files');
    await setUp('Archives: Filename Rules = /etc/MailScanner/open.conf\nArchives Are = zip tar\n');
    expect(await subjectOf(mail)).toBe('Files');
  });

  test('depth 0 keeps them closed, a small depth stops deeper ones', async () => {
    const deep = zip([{ name: 'b.zip', content: zip([{ name: 'setup.exe', content: 'MZ' }]) }]);
    await setUp('Maximum Archive Depth = 0\n');
    expect(await subjectOf(named('a.zip', deep))).toBe('Files');
    await setUp('Maximum Archive Depth = 1\n');
    expect(await subjectOf(named('a.zip', deep))).toBe('{Dangerous Content?} Files');
  });
});

describe('sizes and other content', () => {
  test.each([
    ['Maximum Message Size = 1k\n', '{Size} Files'],
    ['Maximum Attachment Size = 100\n', '{Size} Files'],
    ['Maximum Attachment Size = 0\n', '{Size} Files'],
    ['Minimum Attachment Size = 5k\n', '{Size} Files'],
    ['Maximum Attachments Per Message = 0\n', '{Dangerous Content?} Files'],
    ['Maximum Message Size = 1m\nMaximum Attachment Size = 10k\n', 'Files'],
    ['Dangerous Content Scanning = no\nMaximum Message Size = 1k\n', 'Files'],
  ])('%j: %s', async (settings, subject) => {
    await setUp(settings);
    expect(await subjectOf(named('notes.txt', 'x'.repeat(2000)))).toBe(subject);
  });

  test('parts of a message, and bodies that are elsewhere', async () => {
    const partial: TestMail = {
      subject: 'Files',
      rest: 'MIME-Version: 1.0\r\nContent-Type: message/partial; id=1; number=1; total=2\r\n\r\nx\r\n',
    };
    expect(await subjectOf(partial)).toBe('{Dangerous Content?} Files');
    await setUp('Allow Partial Messages = yes\n');
    expect(await subjectOf(partial)).toBe('Files');
    const external = headers('Content-Type: message/external-body; access-type=URL; URL="http://x.test/"');
    expect(await subjectOf(external)).toBe('{Dangerous Content?} Files');
  });
});
