/**
 * The scanner on the wire: spam, actions, header fields, notices.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../test-gateway.ts';
import { bodyOf, field, headerOf, only } from '../test-look.ts';
import { eicar, gtube, mixed } from '../test-messages.ts';

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

const spamMail = { subject: 'Offer', rest: `\r\n${gtube}\r\n` };
/** 3.5 + 3.0 points: spam, not high. */
const lowSpam = { subject: 'Offer', rest: '\r\ncheap pills! you have won!\r\n' };

describe('benign mail', () => {
  test('keeps every byte; the documented fields come behind its own', async () => {
    const rest = mixed('Café at noon?\t \r\n\r\n-- \r\n.dots\r\n..two', [
      { name: 'notes.txt', content: 'some notes\n', type: 'text/plain' },
    ]);
    const delivered = only((await gateway.pass({ rest }))['afnog']);
    expect(bodyOf(delivered)).toBe(rest.slice(rest.indexOf('\r\n\r\n') + 4).replaceAll('\r\n', '\n'));
    const fields = headerOf(delivered).split('\n');
    const at = fields.findIndex((line) => line.startsWith('X-lab'));
    expect(fields.slice(at - 1)).toEqual([
      'Content-Type: multipart/mixed; boundary="b0undary"',
      'X-lab-MailScanner-Information: Please contact the ISP for more information',
      expect.stringMatching(/^X-lab-MailScanner-ID: [0-9A-F]+\.A[0-9A-F]{4}$/) as string,
      'X-lab-MailScanner: Found to be clean',
      'X-lab-MailScanner-From: sender@far.test',
      'X-Spam-Status: No',
      '',
    ]);
    expect(field(delivered, 'Subject')).toBe('Lunch');
  });

  test('goes on under a new queue id, told in the log', async () => {
    await setUp('Log Non Spam = yes\nLog Delivery And Non-Delivery = yes\nLog Speed = yes\n');
    const queueId = await gateway.send({});
    await gateway.settle();
    const lines = (await gateway.newLines()).map((line) =>
      line
        .replace(new RegExp(`${queueId}\\.A[0-9A-F]{4}`), 'ID')
        .replace(/[\d.]+ seconds/, 'S seconds')
        .replace(/at \d+ bytes/, 'at N bytes'),
    );
    expect(lines).toEqual([
      expect.stringMatching(/^New Batch: Scanning 1 messages, \d+ bytes$/) as string,
      'Virus and Content Scanning: Starting',
      'Virus Scanning completed at N bytes per second',
      'Spam Checks: Starting',
      'Spam Checks completed at N bytes per second',
      'Message ID from 127.0.0.1 (sender@far.test) to one.test is not spam, SpamAssassin (not cached, score=0, required 6, autolearn=disabled)',
      expect.stringMatching(/^Requeue: ID to [0-9A-F]+$/) as string,
      'Delivery of nonspam: message ID from sender@far.test to afnog@one.test with subject Lunch',
      'Uninfected: Delivered 1 messages',
      'Deleted 1 messages from processing-database',
      expect.stringMatching(/^Batch completed at N bytes per second \(\d+ \/ 1\)$/) as string,
      'Batch (1 message) processed in S seconds',
    ]);
  });

  test('is not scanned at all with Scan Messages = no, and says so', async () => {
    await setUp('Scan Messages = no\n');
    const delivered = only((await gateway.pass(spamMail))['afnog']);
    expect(field(delivered, 'X-lab-MailScanner')).toMatch(/^Not scanned: /);
    expect(bodyOf(delivered)).toContain(gtube);
  });
});

describe('spam', () => {
  test('beyond the high score is stored, not delivered', async () => {
    await setUp('Log Spam = yes\nLog Delivery And Non-Delivery = yes\n');
    const queueId = await gateway.send(spamMail);
    const delivered = await gateway.pass();
    expect(Object.values(delivered).flat()).toEqual([]);
    const stored = (await gateway.quarantine()).filter((name) => name.includes(queueId));
    expect(stored).toEqual([expect.stringMatching(new RegExp(`^spam/${queueId}\\.A`))]);
    expect(await gateway.readQuarantine(stored[0] ?? '')).toContain(gtube);
    const id = stored[0]?.slice('spam/'.length);
    expect(await gateway.newLines()).toEqual(
      expect.arrayContaining([
        'Spam Checks: Found 1 spam messages',
        `Message ${id} from 127.0.0.1 (sender@far.test) to one.test is spam, SpamAssassin (not cached, score=1000, required 6, autolearn=disabled, GTUBE 1000.00)`,
        `Spam Actions: message ${id} actions are store`,
        `Non-delivery of spam: message ${id} from sender@far.test to afnog@one.test with subject Offer`,
      ]),
    );
  });

  test('over the required score is delivered with tag, report and stars', async () => {
    const delivered = only((await gateway.pass(lowSpam))['afnog']);
    expect(field(delivered, 'Subject')).toBe('{Spam?} Offer');
    expect(field(delivered, 'X-lab-MailScanner-SpamCheck')?.replace(/\n\t/g, ' ')).toBe(
      'spam, SpamAssassin (not cached, score=6.5, required 6, autolearn=disabled, LAB_CHEAP_PILLS 3.50, LAB_LOTTERY 3.00)',
    );
    expect(field(delivered, 'X-lab-MailScanner-SpamScore')).toBe('ssssss');
    expect(field(delivered, 'X-Spam-Status')).toBe('Yes');
    expect(headerOf(delivered).match(/^X-(lab|Spam)[^:]+/gm)).toEqual([
      'X-lab-MailScanner-Information',
      'X-lab-MailScanner-ID',
      'X-lab-MailScanner',
      'X-lab-MailScanner-SpamCheck',
      'X-lab-MailScanner-SpamScore',
      'X-lab-MailScanner-From',
      'X-Spam-Status',
    ]);
  });

  test.each([
    ['Spam Modify Subject = end\n', 'Offer {Spam?}'],
    ['Spam Modify Subject = no\n', 'Offer'],
    ['Spam Subject Text = [SPAM %org-name%]\n', '[SPAM lab] Offer'],
    ['Scanned Modify Subject = end\n', '{Spam?} Offer {Scanned}'],
    [
      'High SpamAssassin Score = 6.5\nHigh Scoring Spam Actions = deliver\nHigh Scoring Spam Subject Text = {Sure!}\n',
      '{Sure!} Offer',
    ],
  ])('%j makes the subject %j', async (settings, subject) => {
    await setUp(settings);
    expect(field(only((await gateway.pass(lowSpam))['afnog']), 'Subject')).toBe(subject);
  });

  test('a message without a subject gets one for its tag', async () => {
    const delivered = only(
      (await gateway.pass({ raw: 'From: <a@far.test>\r\nDate: x\r\n\r\ncheap pills! you have won!\r\n' }))['afnog'],
    );
    expect(field(delivered, 'Subject')).toBe('{Spam?}');
  });

  test.each([
    ['Spam Checks = no\n', /^\{Spam/, false],
    ['Use SpamAssassin = no\n', /^\{Spam/, false],
    ['Max Spam Check Size = 10\n', /^\{Spam/, false],
    ['Required SpamAssassin Score = 7\n', /^\{Spam/, false],
    ['Is Definitely Not Spam = yes\n', /^\{Spam/, false],
  ])('%j leaves it untagged', async (settings, tag) => {
    await setUp(settings);
    expect(field(only((await gateway.pass(lowSpam))['afnog']), 'Subject')).not.toMatch(tag);
  });

  test('what is blocked by list is spam without points; what is allowed is never spam', async () => {
    await setUp('Is Definitely Spam = yes\nLog Spam = yes\n');
    expect(field(only((await gateway.pass({}))['afnog']), 'X-lab-MailScanner-SpamCheck')).toMatch(
      /^spam \(blacklisted\), SpamAssassin/,
    );
    await setUp('Is Definitely Spam = yes\nDefinite Spam Is High Scoring = yes\n');
    expect((await gateway.pass({}))['afnog']).toEqual([]);
    await setUp('Is Definitely Spam = yes\nIs Definitely Not Spam = yes\nLog Non Spam = yes\n');
    expect(only((await gateway.pass(spamMail))['afnog'])).not.toContain('SpamScore');
    expect((await gateway.newLines()).join('\n')).toMatch(
      /is whitelisted\n.* is not spam \(whitelisted\), SpamAssassin/,
    );
  });

  test('Always Include SpamAssassin Report, numbers for stars, no scores', async () => {
    await setUp(
      'Always Include SpamAssassin Report = yes\nSpamScore Number Instead Of Stars = yes\nInclude Scores In SpamAssassin Report = no\nRequired SpamAssassin Score = 50\n',
    );
    const delivered = only((await gateway.pass(lowSpam))['afnog']);
    expect(field(delivered, 'X-lab-MailScanner-SpamCheck')?.replace(/\n\t/g, ' ')).toBe(
      'not spam, SpamAssassin (not cached, score=6.5, required 50, autolearn=disabled, LAB_CHEAP_PILLS, LAB_LOTTERY)',
    );
    expect(field(delivered, 'X-lab-MailScanner-SpamScore')).toBe('6.5');
  });
});

describe('spam actions', () => {
  const html = {
    subject: 'Offer',
    rest: 'MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<style>p{}</style><p>cheap pills!</p><script>x()</script> you have won &lt;3 <img src=http://t.test/w.gif>\r\n',
  };

  test('delete', async () => {
    await setUp('Spam Actions = deliver delete\n');
    expect(Object.values(await gateway.pass(lowSpam)).flat()).toEqual([]);
  });

  test('forward goes to others, with the words filled in, and not to the recipient', async () => {
    await setUp('Spam Actions = forward keeper@two.test _FROMUSER_@one.test header "X-Was-For: _TO_"\n');
    const delivered = await gateway.pass(lowSpam);
    expect(delivered['afnog']).toEqual([]);
    expect(field(only(delivered['keeper']), 'X-Was-For')).toBe('afnog@one.test');
    expect(only(delivered['sender'])).toContain('you have won');
  });

  test('store-nonspam and a folder of its own', async () => {
    await setUp('Spam Actions = store-nonspam store-/var/spool/bad\n');
    const queueId = await gateway.send(lowSpam);
    await gateway.settle();
    expect(await gateway.quarantine()).toEqual(
      expect.arrayContaining([expect.stringMatching(new RegExp(`^nonspam/${queueId}\\.A`))]),
    );
    const { readdir } = await import('node:fs/promises');
    expect(await readdir(`${gateway.folder}/var/spool/bad`)).toEqual([expect.stringContaining(queueId)]);
  });

  test('store of mail that is no spam', async () => {
    await setUp('Non Spam Actions = deliver store\n');
    const queueId = await gateway.send({});
    await gateway.settle();
    expect(await gateway.quarantine()).toEqual(
      expect.arrayContaining([expect.stringMatching(new RegExp(`^nonspam/${queueId}\\.A`))]),
    );
  });

  test('striphtml leaves the text', async () => {
    await setUp('Spam Actions = deliver striphtml\n');
    const delivered = only((await gateway.pass(html))['afnog']);
    expect(field(delivered, 'Content-Type')).toBe('text/plain; charset="utf-8"');
    const text = Buffer.from(bodyOf(delivered), 'base64').toString();
    expect(text).toContain('cheap pills!');
    expect(text).toContain('you have won <3');
    expect(text).not.toMatch(/<p|script|x\(\)|img/);
  });

  test('attachment wraps the original whole', async () => {
    await setUp('Spam Actions = deliver attachment\n');
    const delivered = only((await gateway.pass(html))['afnog']);
    expect(field(delivered, 'Subject')).toBe('{Spam?} Offer');
    expect(delivered).toContain('Content-Type: message/rfc822\nContent-Disposition: attachment\n\nReceived: ');
    expect(delivered).toContain('Score 6.5, limit 6.\n 3.5 LAB_CHEAP_PILLS');
    expect(delivered).toContain('<script>x()</script>');
  });

  test('notify tells the recipient', async () => {
    await setUp('Spam Actions = store notify\n');
    const notice = only((await gateway.pass(lowSpam))['afnog']);
    expect(field(notice, 'Subject')).toBe('{Spam not delivered} Offer');
    expect(field(notice, 'Return-Path')).toBe('<>');
    expect(notice).not.toContain('you have won');
  });

  test('bounce needs a second permission', async () => {
    await setUp('Spam Actions = bounce\n');
    expect(Object.values(await gateway.pass(lowSpam)).flat()).toEqual([]);
    expect((await gateway.newLines()).join('\n')).toContain('action bounce needs Enable Spam Bounce = yes');
    await setUp('Spam Actions = bounce\nEnable Spam Bounce = yes\n');
    const bounce = only((await gateway.pass(lowSpam))['sender']);
    expect(field(bounce, 'Subject')).toBe('Rejected as spam: Offer');
    expect(Object.values(await gateway.pass({ ...lowSpam, from: '' })).flat()).toEqual([]);
  });
});

describe('headers', () => {
  test('another names, at the top, with recipients', async () => {
    await setUp(
      'Mail Header = X-Checked:\nPlace New Headers At Top Of Message = yes\nAdd Envelope To Header = yes\nAdd Envelope From Header = no\nInformation Header =\nRemove These Headers = X-Secret:\n',
    );
    const raw = 'X-Secret: 1\r\nSubject: s\r\nFrom: <a@far.test>\r\nDate: d\r\n\r\nbody\r\n';
    const delivered = only((await gateway.pass({ raw }))['afnog']);
    const names = headerOf(delivered)
      .split('\n')
      .filter((line) => /^\S/.test(line))
      .map((line) => line.replace(/:.*/, ''));
    expect(names.slice(names.indexOf('X-lab-MailScanner-ID'), names.indexOf('X-lab-MailScanner-ID') + 4)).toEqual([
      'X-lab-MailScanner-ID',
      'X-Checked',
      'X-lab-MailScanner-To',
      'X-Spam-Status',
    ]);
    expect(names.indexOf('X-Checked')).toBeLessThan(names.indexOf('Subject'));
    expect(names).not.toContain('X-Secret');
  });

  test.each([
    ['append', ['Found to be lovely, Found to be clean']],
    ['add', ['Found to be lovely', 'Found to be clean']],
    ['replace', ['Found to be clean']],
  ])('Multiple Headers = %s', async (mode, values) => {
    await setUp(`Multiple Headers = ${mode}\n`);
    const raw = 'X-lab-MailScanner: Found to be lovely\r\nSubject: s\r\nFrom: <a@far.test>\r\nDate: d\r\n\r\nbody\r\n';
    const delivered = only((await gateway.pass({ raw }))['afnog']);
    expect([...headerOf(delivered).matchAll(/^X-lab-MailScanner: (.*)$/gm)].map((match) => match[1])).toEqual(values);
  });
});

describe('notices', () => {
  const bad = { rest: mixed('hello', [{ name: 'eicar.com', content: eicar }]), subject: 'Game' };

  test('one mail a batch to Notices To, with the facts', async () => {
    await setUp(
      'Notices To = postmaster keeper@two.test\nNotices From = The Gate\nNotices Include Full Headers = yes\n',
    );
    const delivered = await gateway.pass(bad);
    const notice = only(delivered['postmaster']);
    expect(field(notice, 'From')).toBe('"The Gate" <postmaster@gw.one.test>');
    expect(field(notice, 'Subject')).toBe('Bad Filename Detected : Virus Detected');
    expect(field(notice, 'Return-Path')).toBe('<>');
    expect(bodyOf(notice)).toMatch(
      /^The following e-mails were found to have: Bad Filename Detected : Virus Detected\n\n {4}Sender: sender@far\.test\nIP Address: 127\.0\.0\.1\n Recipient: afnog@one\.test\n {3}Subject: Game\n MessageID: [0-9A-F]+\.A[0-9A-F]{4}\nQuarantine: \/var\/spool\/MailScanner\/quarantine\/\d{8}\/[0-9A-F]+\.A[0-9A-F]{4}\n {4}Report: Clamd: eicar\.com was infected: Eicar-Test-Signature\n {4}Report: MailScanner: Executable .* \(eicar\.com\)\n\nFull headers are:\n Received: /,
    );
    expect(only(delivered['keeper'])).toBeTruthy();
    expect((await gateway.newLines()).join('\n')).toContain('Notices: Warned about 1 messages');
  });

  test('none with Send Notices = no', async () => {
    await setUp('Send Notices = no\n');
    expect((await gateway.pass(bad))['postmaster']).toEqual([]);
  });

  test('the sender is told only as configured, and never a list or nobody', async () => {
    const name = { rest: mixed('hello', [{ name: 'setup.exe', content: 'MZ' }]), subject: 'Game' };
    await setUp('Notify Senders = yes\n');
    const warning = only((await gateway.pass(name))['sender']);
    expect(field(warning, 'Subject')).toBe('Warning: Bad filename detected');
    expect(field(warning, 'Return-Path')).toBe('<>');
    expect(warning).toContain('(setup.exe)');
    expect((await gateway.newLines()).join('\n')).toContain('Sender Warnings: Delivered 1 warnings to virus senders');
    await setUp('Notify Senders = yes\nNotify Senders Of Blocked Filenames Or Filetypes = no\n');
    expect((await gateway.pass(name))['sender']).toEqual([]);
    await setUp('Notify Senders = yes\n');
    expect((await gateway.pass({ ...name, rest: `Precedence: bulk\r\n${name.rest}` }))['sender']).toEqual([]);
    expect((await gateway.pass({ ...name, from: '' }))['sender']).toEqual([]);
  });
});
