/**
 * Hostile content: nothing crashes, everything is bounded, what is not understood does not pass.
 */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway, type TestMail } from '../test-gateway.ts';
import { field, only } from '../test-look.ts';
import { eicar, mixed, zip, type Attachment } from '../test-messages.ts';

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
const raw = (...lines: readonly string[]): TestMail => ({
  raw: ['Subject: Files', 'From: <sender@far.test>', 'Date: d', 'Message-ID: <1@far.test>', ...lines, ''].join('\r\n'),
});
/** The one delivered message. The gateway is well afterwards: benign mail goes through. */
const pass = async (mail: TestMail): Promise<string> => {
  const delivered = only((await gateway.pass(mail))['afnog']);
  expect(only((await gateway.pass({ subject: 'well' }))['afnog'])).toContain('Found to be clean');
  return delivered;
};
const subjectOf = async (mail: TestMail): Promise<string | undefined> => field(await pass(mail), 'Subject');

describe('archive bombs', () => {
  const zeros = Buffer.alloc(30_000_000);
  test.each<[string, () => Attachment]>([
    ['a huge member', () => ({ name: 'a.zip', content: zip([{ name: 'a.txt', content: Buffer.alloc(120_000_000) }]) })],
    [
      'a member that claims to be small',
      () => ({ name: 'a.zip', content: zip([{ name: 'a.txt', content: zeros, claimedBytes: 10 }]) }),
    ],
    [
      'many members that are large together',
      () => ({ name: 'a.zip', content: zip([1, 2, 3, 4].map((n) => ({ name: `${n}.txt`, content: zeros }))) }),
    ],
    [
      'thousands of members',
      () => ({
        name: 'a.zip',
        content: zip(Array.from({ length: 3000 }, (_, n) => ({ name: `${n}.txt`, content: '' }))),
      }),
    ],
    [
      'a bomb in an archive',
      () => ({
        name: 'a.zip',
        content: zip([
          {
            name: 'b.zip',
            content: zip([{ name: 'c.zip', content: zip([{ name: 'd.txt', content: Buffer.alloc(120_000_000) }]) }]),
          },
        ]),
      }),
    ],
    ['a gzip bomb', () => ({ name: 'a.gz', content: gzipSync(Buffer.alloc(120_000_000)) })],
    [
      'twenty archives in one another',
      () => ({
        name: 'a.zip',
        content: Array.from({ length: 20 }).reduce<Buffer>(
          (inner, _, n) => zip([{ name: `${n}.zip`, content: inner }]),
          Buffer.from(eicar),
        ),
      }),
    ],
    [
      'a truncated archive',
      () => ({ name: 'a.zip', content: zip([{ name: 'a.txt', content: eicar.repeat(50) }]).subarray(0, 70) }),
    ],
    [
      'an archive with garbage in its middle',
      () => ({
        name: 'a.zip',
        content: ((bytes) => (bytes.fill(0xff, 35, 60), bytes))(
          zip([{ name: 'a.txt', content: `${eicar}${' '.repeat(20)}` }]),
        ),
      }),
    ],
    ['a truncated gzip', () => ({ name: 'a.gz', content: gzipSync(eicar.repeat(5)).subarray(0, 30) })],
  ])(
    '%s is blocked',
    async (_what, make) => {
      const delivered = await pass(withFile(make()));
      expect(field(delivered, 'Subject')).toBe('{Dangerous Content?} Files');
      expect(delivered.length).toBeLessThan(10_000);
    },
    60_000,
  );

  test('members named to climb out are stored inside', async () => {
    const content = zip([
      { name: '../../../../../tmp/climb.exe', content: 'MZ' },
      { name: '/etc/passwd.exe', content: 'MZ' },
      { name: '..\\..\\boot.exe', content: 'MZ' },
      { name: '..', content: 'MZ' },
      { name: '.', content: 'MZ' },
    ]);
    const queueId = await gateway.send(withFile({ name: 'a.zip', content }));
    await gateway.settle();
    const stored = (await gateway.quarantine())
      .filter((name) => name.includes(queueId))
      .map((name) => name.replace(/^[^/]*\//, ''));
    expect(stored.sort()).toEqual(['1climb.exe', '2passwd.exe', '3boot.exe', '4unnamed', '5unnamed', 'a.zip']);
  });

  test('many files of one name, and one that is called "message"', async () => {
    await setUp('Quarantine Whole Message = yes\nDeny Filenames = .\n');
    const files = ['message', 'message', 'x', 'x'].map((name) => ({ name, content: name }));
    const queueId = await gateway.send({ rest: mixed('text', files) });
    await gateway.settle();
    const stored = (await gateway.quarantine()).filter((name) => name.includes(queueId));
    expect(stored).toHaveLength(5);
  });
});

describe('broken MIME', () => {
  const eicarPart = [
    'Content-Type: application/octet-stream; name=e.txt',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(eicar).toString('base64'),
  ];
  const multipart = 'MIME-Version: 1.0';

  test.each<[string, readonly string[], string]>([
    [
      'a boundary that is never closed',
      [multipart, 'Content-Type: multipart/mixed; boundary=b', '', '--b', ...eicarPart],
      '{Virus?} Files',
    ],
    [
      'no boundary',
      [multipart, 'Content-Type: multipart/mixed', '', '--b', ...eicarPart, '--b--'],
      '{Dangerous Content?} Files',
    ],
    [
      'an empty boundary',
      [multipart, 'Content-Type: multipart/mixed; boundary=""', '', '--', ...eicarPart, '----'],
      '{Dangerous Content?} Files',
    ],
    [
      'a part behind the closing boundary',
      [
        multipart,
        'Content-Type: multipart/mixed; boundary=b',
        '',
        '--b',
        '',
        'text',
        '--b--',
        '--b',
        ...eicarPart,
        '--b--',
      ],
      '{Dangerous Content?} Files',
    ],
    [
      'two types, the second a multipart',
      [
        multipart,
        'Content-Type: text/plain',
        'Content-Type: multipart/mixed; boundary=b',
        '',
        '--b',
        ...eicarPart,
        '--b--',
      ],
      '{Dangerous Content?} Files',
    ],
    [
      'two encodings',
      [
        multipart,
        'Content-Type: multipart/mixed; boundary=b',
        '',
        '--b',
        'Content-Type: text/plain; name=e.txt',
        'Content-Transfer-Encoding: 7bit',
        'Content-Transfer-Encoding: base64',
        '',
        Buffer.from(eicar).toString('base64'),
        '--b--',
      ],
      '{Dangerous Content?} Files',
    ],
    [
      'a part whose header is broken by a line',
      [multipart, 'Content-Type: multipart/mixed; boundary=b', '', '--b', 'this is no field', ...eicarPart, '--b--'],
      '{Dangerous Content?} Files',
    ],
    [
      'the boundary in the header',
      [
        multipart,
        'Content-Type: multipart/mixed; boundary=b',
        'X-Trick: --b',
        ' --b',
        '',
        '--b',
        ...eicarPart,
        '--b--',
      ],
      '{Virus?} Files',
    ],
    [
      'an attachment that calls itself inline text',
      [
        multipart,
        'Content-Type: multipart/mixed; boundary=b',
        '',
        '--b',
        'Content-Type: text/plain',
        'Content-Disposition: inline',
        'Content-Transfer-Encoding: base64',
        '',
        Buffer.from(eicar).toString('base64'),
        '--b--',
      ],
      '{Virus?} Files',
    ],
    [
      'a type that is none',
      [
        multipart,
        'Content-Type: ;;;=/',
        'Content-Transfer-Encoding: base64',
        '',
        Buffer.from(eicar).toString('base64'),
      ],
      '{Virus?} Files',
    ],
    [
      'no type at all, base64 said in odd letters',
      [multipart, 'Content-Transfer-Encoding:  BaSe64 ', '', Buffer.from(eicar).toString('base64')],
      '{Virus?} Files',
    ],
    [
      'a folded and quoted boundary',
      [multipart, 'Content-Type: multipart/mixed;', '\tboundary="b \\"c"', '', '--b "c', ...eicarPart, '--b "c--'],
      '{Virus?} Files',
    ],
  ])('%s', async (_what, lines, subject) => {
    const delivered = await pass(raw(...lines));
    expect(field(delivered, 'Subject')).toBe(subject);
    expect(delivered).not.toContain(Buffer.from(eicar).toString('base64').slice(0, 60));
  });

  test.each([19, 25, 1000])('nested %i deep does not hide a virus', async (depth) => {
    const open = Array.from({ length: depth }, (_, n) => [
      `Content-Type: multipart/mixed; boundary=b${n}`,
      '',
      `--b${n}`,
    ]).flat();
    const delivered = await pass(raw(multipart, ...open, ...eicarPart));
    expect(field(delivered, 'Subject')).toMatch(/^\{(Virus|Dangerous Content)\?\} Files$/);
    expect(delivered).not.toContain(Buffer.from(eicar).toString('base64').slice(0, 60));
  });

  test('thousands of parts', async () => {
    const parts = Array.from({ length: 3000 }, () => ['--b', '', 'x']).flat();
    expect(
      await subjectOf(
        raw(multipart, 'Content-Type: multipart/mixed; boundary=b', '', ...parts, '--b', ...eicarPart, '--b--'),
      ),
    ).toBe('{Dangerous Content?} Files');
  });

  test('NUL bytes, 8-bit headers, a huge header, long lines, no header end: benign stays benign', async () => {
    expect(await subjectOf(raw('X-Nul: a\u0000b', '', 'body \u0000 text'))).toBe('Files');
    expect(await subjectOf(raw('X-Latin: caf\xe9 \xff\xfe', '', 'caf\xe9'))).toBe('Files');
    expect(
      await subjectOf(raw(`X-Big: ${Array.from({ length: 900 }, () => 'word '.repeat(18)).join('\r\n ')}`, '', 'body')),
    ).toBe('Files');
    expect(await subjectOf(raw('', 'x'.repeat(900_000)))).toBe('Files');
    expect(await subjectOf(raw())).toBe('Files');
  });

  test('a virus behind NUL bytes in the header is found', async () => {
    const lines = [
      multipart,
      'Content-Type: multipart/mixed; boundary=b',
      'X-Nul: a\u0000b',
      '',
      '--b',
      ...eicarPart,
      '--b--',
    ];
    expect(await subjectOf(raw(...lines))).toBe('{Virus?} Files');
  });
});

describe('patterns that do not come to an end', () => {
  const bad = '(a+)+$';
  const text = `${'a'.repeat(60)}!`;

  test('in file rules: the message is blocked, the rule named', async () => {
    await setUp('Filename Rules = /etc/MailScanner/slow.conf\n', {
      '/etc/MailScanner/slow.conf': `deny\t^${bad}\tx\tx\n`,
    });
    expect(await subjectOf(withFile({ name: text, content: 'x' }))).toBe('{Dangerous Content?} Files');
    expect((await gateway.newLines()).join('\n')).toMatch(
      /a pattern of filename\.rules\.conf on a+! takes too long \(cure: /,
    );
  });

  test('in spam rules: the message goes on as with a timeout, the rule is named', async () => {
    await setUp('SpamAssassin Site Rules Dir = /etc/rules\nSpamAssassin Timeout = 1\nLog Non Spam = yes\n', {
      '/etc/rules/local.cf': `body SLOW /^${bad}/m\n`,
    });
    expect(await subjectOf({ subject: 'Files', rest: `\r\nhello\r\n\r\n${text}\r\n` })).toBe('Files');
    const log = (await gateway.newLines()).join('\n');
    expect(log).toMatch(/SpamAssassin timed out and was killed: rule SLOW takes too long \(cure: /);
    expect(log).toContain('is not spam, SpamAssassin (timed out)');
  });

  test('in a ruleset: the message stays held, then goes into quarantine; others pass', async () => {
    await setUp('Spam Actions = %rules-dir%/slow.rules\nMaximum Processing Attempts = 3\n', {
      '/etc/MailScanner/rules/slow.rules': `From: /^${bad}/ delete\nFromOrTo: default deliver\n`,
    });
    const spam: TestMail = { from: `${text}@far.test`, rest: '\r\ncheap pills! you have won!\r\n' };
    const queueId = await gateway.send(spam);
    await gateway.settle();
    const log = (await gateway.newLines()).join('\n');
    expect(log).toMatch(/stays in hold: pattern \/\^\(a\+\)\+\$\/ of a ruleset takes too long/);
    expect(log).toMatch(/skipping message \S+ as it has been attempted too many times/);
    expect((await gateway.quarantine()).filter((name) => name.includes(queueId))).toEqual([
      expect.stringMatching(/\/message$/),
    ]);
    expect(only((await gateway.pass({}))['afnog'])).toContain('Found to be clean');
  });
});
