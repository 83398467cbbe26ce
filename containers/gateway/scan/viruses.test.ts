/**
 * Viruses in every wrapping, file names and file types, on the wire.
 */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../test-gateway.ts';
import { bodyOf, field, only } from '../test-look.ts';
import { eicar, mixed, tar, uuencode, zip, type Attachment } from '../test-messages.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const setUp = async (settings: string): Promise<void> => {
  await gateway.configure(settings);
  await gateway.newLines();
};
beforeEach(() => setUp(''));

const text = 'Have a look.';
const withFiles = (...files: readonly Attachment[]): { rest: string; subject: string } => ({
  rest: mixed(text, files),
  subject: 'Files',
});
const nested = (depth: number, name = 'eicar.txt'): Buffer =>
  depth === 0
    ? Buffer.from(eicar)
    : zip([{ name: depth === 1 ? name : `level${depth - 1}.zip`, content: nested(depth - 1, name) }]);

describe('EICAR is found', () => {
  const forward = `Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n${mixed('inner text', [{ name: 'e.txt', content: eicar }])}`;
  test.each<[string, { rest: string; subject: string }]>([
    ['base64', withFiles({ name: 'eicar.txt', content: eicar })],
    ['quoted-printable', withFiles({ name: 'eicar.txt', content: eicar, encoding: 'quoted-printable' })],
    ['plain', withFiles({ name: 'eicar.txt', content: eicar, encoding: '7bit' })],
    ['with white space behind it', withFiles({ name: 'eicar.txt', content: `${eicar}\r\n   \r\n` })],
    ['renamed', withFiles({ name: 'holiday.jpg', content: eicar, type: 'image/jpeg' })],
    ['in a zip', withFiles({ name: 'e.zip', content: nested(1) })],
    ['in a zip in a zip', withFiles({ name: 'e2.zip', content: nested(2) })],
    ['eight zips deep', withFiles({ name: 'e8.zip', content: nested(8) })],
    ['in a zip that does not call itself so', withFiles({ name: 'letter.txt', content: nested(1) })],
    [
      'in a zip behind other bytes',
      withFiles({ name: 'e.dat', content: Buffer.concat([Buffer.from('GIF89a....'), nested(1)]) }),
    ],
    ['in gzip', withFiles({ name: 'eicar.txt.gz', content: gzipSync(eicar) })],
    ['in a gzipped tar', withFiles({ name: 'e.tgz', content: gzipSync(tar('eicar.txt', eicar)) })],
    ['uuencoded in the text', { rest: `\r\n${text}\r\n${uuencode('eicar.txt', eicar)}`, subject: 'Files' }],
    [
      'uuencoded as an encoding',
      withFiles({
        name: 'x',
        content: uuencode('eicar.txt', eicar),
        encoding: '7bit',
        headers: ['Content-Type: text/plain; name=x.txt', 'Content-Transfer-Encoding: x-uuencode'],
      }),
    ],
    [
      'in a forwarded message',
      {
        rest: mixed(text, [
          {
            name: 'm',
            content: forward.slice(forward.indexOf('Subject')),
            encoding: '7bit',
            headers: ['Content-Type: message/rfc822'],
          },
        ]),
        subject: 'Files',
      },
    ],
    ['as the text itself', { rest: `\r\n${eicar}\r\n`, subject: 'Files' }],
    [
      'in base64 with padding in the middle',
      withFiles({
        name: 'e.txt',
        content: `${Buffer.from(eicar.slice(0, 1)).toString('base64')}\r\n${Buffer.from(eicar.slice(1)).toString('base64')}`,
        encoding: '7bit',
        headers: ['Content-Type: text/plain; name=e.txt', 'Content-Transfer-Encoding: base64'],
      }),
    ],
    [
      'with a comment behind the encoding',
      withFiles({
        name: 'e.txt',
        content: Buffer.from(eicar).toString('base64'),
        encoding: '7bit',
        headers: ['Content-Type: text/plain; name=e.txt', 'Content-Transfer-Encoding: base64 (as ever)'],
      }),
    ],
  ])('%s', async (_form, mail) => {
    const delivered = only((await gateway.pass(mail))['afnog']);
    expect(field(delivered, 'Subject')).toBe('{Virus?} Files');
    expect(field(delivered, 'X-lab-MailScanner')).toBe('Found to be infected');
    expect(delivered).not.toContain(eicar);
    expect(delivered).not.toContain(Buffer.from(eicar).toString('base64').slice(4, 60));
    expect(delivered).toContain('lab-Attachment-Warning.txt');
    expect((await gateway.newLines()).join('\n')).toMatch(
      /Clamd::INFECTED:: Eicar-Test-Signature :: \.\/[0-9A-F]+\.A[0-9A-F]{4}\//,
    );
  });

  test.each([
    ['a text that mentions it', { rest: `\r\nThe test file is ${eicar}\r\n` }],
    ['one that goes on too long', withFiles({ name: 'e.txt', content: `${eicar}${' '.repeat(61)}` })],
    ['one with a letter before it', withFiles({ name: 'e.txt', content: `x${eicar}` })],
  ])('not in %s', async (_form, mail) => {
    expect(field(only((await gateway.pass(mail))['afnog']), 'X-lab-MailScanner')).toBe('Found to be clean');
  });
});

describe('what becomes of it', () => {
  test('the lines of the log, in their order', async () => {
    const queueId = await gateway.send(withFiles({ name: 'eicar.com', content: eicar }));
    await gateway.settle();
    const lines = (await gateway.newLines()).map((line) =>
      line.replace(new RegExp(`${queueId}\\.A[0-9A-F]{4}`, 'g'), 'ID'),
    );
    expect(lines.map((line) => line.replace(/\b\d{8}\b|[\d.]+ seconds/g, 'N'))).toEqual([
      expect.stringMatching(/^New Batch: Scanning 1 messages, \d+ bytes$/) as string,
      'Filename Checks: Windows/DOS Executable (ID eicar.com)',
      'Other Checks: Found 1 problems',
      'Virus and Content Scanning: Starting',
      'Clamd::INFECTED:: Eicar-Test-Signature :: ./ID/eicar.com',
      'Virus Scanning: Clamd found 1 infections',
      'Infected message ID came from 127.0.0.1',
      'Virus Scanning: Found 1 viruses',
      'Spam Checks: Starting',
      'Saved infected "eicar.com" to /var/spool/MailScanner/quarantine/N/ID',
      expect.stringMatching(/^Requeue: ID to [0-9A-F]+$/) as string,
      'Cleaned: Delivered 1 cleaned messages',
      'Notices: Warned about 1 messages',
      'Deleted 1 messages from processing-database',
      'Batch (1 message) processed in N',
    ]);
  });

  test('the other parts and the text stay; the warning says what, why and where', async () => {
    const delivered = only(
      (await gateway.pass(withFiles({ name: 'eicar.txt', content: eicar }, { name: 'notes.txt', content: 'notes' })))[
        'afnog'
      ],
    );
    expect(bodyOf(delivered)).toContain(
      'Warning: This message has had one or more attachments removed\nWarning: (eicar.txt).\nWarning: Please read the "lab-Attachment-Warning.txt" attachment(s) for more information.\n\nHave a look.',
    );
    expect(delivered).toContain(Buffer.from('notes').toString('base64'));
    const warning = delivered.slice(delivered.indexOf('name="lab-Attachment'));
    expect(warning).toContain('Content-Disposition: attachment; filename="lab-Attachment-Warning.txt"');
    const plain = warning.replaceAll('=\n', '');
    expect(plain).toMatch(
      /At \w{3} [ \d]\d [\d:]{8} the virus scanner said:\n {3}Clamd: eicar\.txt was infected: Eicar-Test-Signature/,
    );
    expect(plain).toMatch(
      /Note to Help Desk: Look on gw\.one\.test in \/var\/spool\/MailScanner\/quarantine\/\d{8}\/\S+ \(message \S+\)\./,
    );
    expect(plain).toContain('The Lab');
  });

  test('the quarantine holds the file, and the archive it came in; the whole message when asked', async () => {
    const queueId = await gateway.send(withFiles({ name: 'e2.zip', content: nested(2) }));
    await gateway.settle();
    const names = async (): Promise<string[]> =>
      (await gateway.quarantine()).filter((name) => name.includes(queueId)).map((name) => name.replace(/^.*\//, ''));
    expect(await names()).toEqual(['2eicar.txt', 'e2.zip']);
    await setUp('Quarantine Whole Message = yes\n');
    const second = await gateway.send(withFiles({ name: 'eicar.txt', content: eicar }));
    await gateway.settle();
    const stored = (await gateway.quarantine()).filter((name) => name.includes(second));
    expect(stored.map((name) => name.replace(/^.*\//, ''))).toEqual(['eicar.txt', 'message']);
    expect(await gateway.readQuarantine(stored[0] ?? '')).toBe(eicar);
    expect(await gateway.readQuarantine(stored[1] ?? '')).toContain(`Subject: Files`);
    await setUp('Quarantine Infections = no\n');
    const third = await gateway.send(withFiles({ name: 'eicar.txt', content: eicar }));
    await gateway.settle();
    expect((await gateway.quarantine()).filter((name) => name.includes(third))).toEqual([]);
  });

  test('modes are those of a real quarantine', async () => {
    const { stat } = await import('node:fs/promises');
    const queueId = await gateway.send(withFiles({ name: 'eicar.txt', content: eicar }));
    await gateway.settle();
    const name = (await gateway.quarantine()).find((each) => each.includes(queueId)) ?? '';
    const { readdir } = await import('node:fs/promises');
    const base = `${gateway.folder}/var/spool/MailScanner/quarantine`;
    const file = `${base}/${(await readdir(base))[0]}/${name}`;
    expect((await stat(file)).mode & 0o777).toBe(0o660);
    expect((await stat(file.replace(/\/[^/]*$/, ''))).mode & 0o777).toBe(0o770);
  });

  test('silent viruses vanish: nothing delivered, nothing stored, a notice without a place', async () => {
    await setUp('Non-Forging Viruses = Joke/\nLog Silent Viruses = yes\n');
    const queueId = await gateway.send(withFiles({ name: 'eicar.txt', content: eicar }));
    const before = await gateway.pass();
    await gateway.settle();
    expect((await gateway.quarantine()).filter((name) => name.includes(queueId))).toEqual([]);
    expect(before['afnog']).toEqual([]);
    expect((await gateway.newLines()).join('\n')).toContain(
      'Viruses marked as silent: Clamd: eicar.txt was infected: Eicar-Test-Signature',
    );
    await setUp('Non-Forging Viruses = Joke/\nStill Deliver Silent Viruses = yes\nQuarantine Silent Viruses = yes\n');
    expect(only((await gateway.pass(withFiles({ name: 'eicar.txt', content: eicar })))['afnog'])).not.toContain(eicar);
  });

  test('Deliver Cleaned Messages = no delivers nothing', async () => {
    await setUp('Deliver Cleaned Messages = no\n');
    expect((await gateway.pass(withFiles({ name: 'eicar.txt', content: eicar })))['afnog']).toEqual([]);
  });

  test.each(['Virus Scanning = no\n', 'Virus Scanners = none\n'])('%j lets it pass', async (settings) => {
    await setUp(settings);
    const delivered = only(
      (await gateway.pass(withFiles({ name: 'eicar.txt', content: eicar, encoding: '7bit' })))['afnog'],
    );
    expect(delivered).toContain(eicar);
  });
});

describe('password-protected archives', () => {
  const locked = withFiles({
    name: 'pw.zip',
    content: zip([{ name: 'secret.txt', content: 'x'.repeat(50), isEncrypted: true }]),
  });

  test('are blocked as shipped', async () => {
    const delivered = only((await gateway.pass(locked))['afnog']);
    expect(field(delivered, 'Subject')).toBe('{Dangerous Content?} Files');
    expect((await gateway.newLines()).join('\n')).toMatch(
      /Password-protected archive \(pw\.zip\) in [0-9A-F]+\.A[0-9A-F]{4}/,
    );
    expect(field(only((await gateway.pass(locked))['postmaster']), 'Subject')).toBe(
      'Password-protected Archive Detected',
    );
  });

  test('pass when allowed, but for the names in them', async () => {
    await setUp('Allow Password-Protected Archives = yes\n');
    expect(field(only((await gateway.pass(locked))['afnog']), 'Subject')).toBe('Files');
    const program = withFiles({
      name: 'pw.zip',
      content: zip([{ name: 'setup.exe', content: 'x'.repeat(50), isEncrypted: true }]),
    });
    expect(field(only((await gateway.pass(program))['afnog']), 'Subject')).toBe('{Filename?} Files');
    await setUp('Allow Password-Protected Archives = yes\nCheck Filenames In Password-Protected Archives = no\n');
    expect(field(only((await gateway.pass(program))['afnog']), 'Subject')).toBe('Files');
  });
});
