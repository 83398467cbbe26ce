/**
 * MailScanner.conf and rulesets as they are read, and what is said of a bad line.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../test-gateway.ts';
import { field, only } from '../test-look.ts';
import { eicar, gtube, mixed } from '../test-messages.ts';

let gateway: TestGateway;
const command = path.join(import.meta.dirname, '../tools/bin/MailScanner');
const baseListed = '6.0.0.127.bl.test';

beforeAll(async () => {
  gateway = await startTestGateway({ listed: [baseListed, '6.0.0.127.other.test', 'bad.test.dom.test'] });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const setUp = async (settings: string, files: Readonly<Record<string, string>> = {}): Promise<string> => {
  await gateway.newLines();
  await gateway.configure(settings, files);
  return (await gateway.newLines()).join('\n');
};
beforeEach(() => setUp(''));

const lint = async (...args: readonly string[]): Promise<{ code: number; output: string }> => {
  const env = { ...process.env, MAIL_CONFIG: `${gateway.folder}/etc/postfix`, GATEHOUSE_NODE: process.execPath };
  await gateway.write('/.gatehouse-host', '');
  const run = promisify(execFile)(command, args.length > 0 ? [...args] : ['--lint'], { env });
  return run.then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      output: error.stdout + error.stderr,
    }),
  );
};

/** The subject tag that tells which rule was taken. */
const rules = (...lines: readonly string[]): Promise<string> =>
  setUp('Scanned Modify Subject = start\nScanned Subject Text = %rules-dir%/tag.rules\n', {
    '/etc/MailScanner/rules/tag.rules': `${lines.join('\n')}\n`,
  });
const tagFor = async (mail: { from?: string; to?: string | readonly string[]; client?: string }): Promise<string> => {
  const delivered = Object.values(await gateway.pass(mail)).flat()[0] ?? '';
  return (field(delivered, 'Subject') ?? '').replace(/ ?Lunch$/, '');
};

describe('rulesets', () => {
  test.each([
    ['From: sender@far.test', true],
    ['From: *@far.test', true],
    ['From:\tfar.test', true],
    ['from far.test', true],
    ['From: sender@*', true],
    ['From: *@*.test', true],
    ['From: *@*.far.test', false],
    ['From: /^sen.*test$/', true],
    ['From: 127.0.0.5', true],
    ['From: 127.0.0.', true],
    ['From: 127.0', true],
    ['From: 127.0.0.4/30', true],
    ['From: 127.0.0.4/255.255.255.252', true],
    ['From: 10.0.0.0/8', false],
    ['From: /^127\\.0\\.0\\.[4-6]$/', true],
    ['From: host:', true],
    ['From: host:*.far.test', false],
    ['From: one.test', false],
    ['To: one.test', true],
    ['To: afnog@one.test', true],
    ['FromOrTo: one.test', true],
    ['FromAndTo: one.test', false],
    ['From: far.test and To: one.test', true],
    ['From: far.test and To: two.test', false],
    ['FromOrTo: default', true],
  ])('%s: %s', async (condition, matches) => {
    await rules(`${condition} YES`, 'FromOrTo: default NO');
    expect(await tagFor({ client: '127.0.0.5' })).toBe(matches ? 'YES' : 'NO');
  });

  test('the null sender', async () => {
    await rules('From: /^$/ NULL', 'FromOrTo: default OTHER');
    expect(await tagFor({ from: '' })).toBe('NULL');
    expect(await tagFor({})).toBe('OTHER');
  });

  test('first match wins, and the default only when nothing else matched, wherever it stands', async () => {
    await rules('# comment', 'FromOrTo: default DEFAULT', 'From: far.test FIRST', '', 'To: one.test SECOND');
    expect(await tagFor({})).toBe('FIRST');
    expect(await tagFor({ from: 'x@other.test' })).toBe('SECOND');
    expect(await tagFor({ from: 'x@other.test', to: 'bob@two.test' })).toBe('DEFAULT');
  });

  test('nothing matches and no default: the shipped value', async () => {
    await rules('From: nobody.test X');
    expect(await tagFor({})).toBe('{Scanned}');
  });

  test('an "all" option joins every match: one yes is enough', async () => {
    await setUp('Virus Scanning = %rules-dir%/virus.rules\n', {
      '/etc/MailScanner/rules/virus.rules': 'From: far.test no\nTo: bob@two.test yes\nFromOrTo: default no\n',
    });
    const infected = { rest: mixed('x', [{ name: 'e.txt', content: eicar }]) };
    expect(only((await gateway.pass(infected))['afnog'])).toContain('Found to be clean');
    expect(only((await gateway.pass({ ...infected, to: 'bob@two.test' }))['bob'])).toContain('Found to be infected');
  });

  test('several recipients: the first rule that fits any of them, or the default', async () => {
    const lines = ['To: bob@two.test BOB', 'To: two.test TWO', 'FromOrTo: default DEFAULT'];
    await rules(...lines);
    expect(await tagFor({ to: ['afnog@one.test', 'bob@two.test'] })).toBe('BOB');
    const byDefault =
      'Scanned Modify Subject = start\nScanned Subject Text = %rules-dir%/tag.rules\nUse Default Rules With Multiple Recipients = yes\n';
    await setUp(byDefault);
    expect(await tagFor({ to: ['afnog@one.test', 'bob@two.test'] })).toBe('DEFAULT');
    expect(await tagFor({ to: ['keeper@two.test', 'bob@two.test'] })).toBe('TWO');
    expect(await tagFor({ to: 'bob@two.test' })).toBe('BOB');
  });

  test('files of rules by ruleset: a stricter list for some', async () => {
    await setUp('Filename Rules = %rules-dir%/names.rules\n', {
      '/etc/MailScanner/rules/names.rules':
        'To: two.test /etc/MailScanner/strict.conf\nFromOrTo: default /etc/MailScanner/filename.rules.conf\n',
      '/etc/MailScanner/strict.conf': 'deny\t.\tNothing\tNo attachments here\n',
    });
    const mail = { rest: mixed('x', [{ name: 'notes.txt', content: 'x' }]) };
    expect(only((await gateway.pass(mail))['afnog'])).toContain('Found to be clean');
    expect(only((await gateway.pass({ ...mail, to: 'bob@two.test' }))['bob'])).toContain('Found to be infected');
  });

  test('spam actions by ruleset', async () => {
    await setUp('High Scoring Spam Actions = %rules-dir%/spam.rules\n', {
      '/etc/MailScanner/rules/spam.rules': 'To: two.test deliver header "X-For: two"\nFromOrTo: default delete\n',
    });
    const mail = { rest: `\r\n${gtube}\r\n` };
    expect((await gateway.pass(mail))['afnog']).toEqual([]);
    expect(field(only((await gateway.pass({ ...mail, to: 'bob@two.test' }))['bob']), 'X-For')).toBe('two');
  });
});

describe('MailScanner.conf', () => {
  test('names without case and punctuation, variables, the last one wins, trailing comments', async () => {
    await setUp(
      '%mark% = {One} # first\nSCANNED-modify_subject = end # here\nScanned Subject Text = {Zero}\nscannedsubjecttext = %MARK%!\n',
    );
    expect(field(only((await gateway.pass({}))['afnog']), 'Subject')).toBe('Lunch {One}!');
  });

  test('included files are read after, by name', async () => {
    const log = await setUp('Scanned Modify Subject = start\nScanned Subject Text = {test}\n', {
      '/etc/MailScanner/conf.d/zz.conf': 'Scanned Subject Text = {zz}\n',
    });
    expect(log).toContain('Reading configuration file /etc/MailScanner/conf.d/zz.conf');
    expect(field(only((await gateway.pass({}))['afnog']), 'Subject')).toBe('{zz} Lunch');
    await gateway.write('/etc/MailScanner/conf.d/zz.conf', '');
  });

  test('spam lists by name, and how many make it high', async () => {
    const files = { '/etc/MailScanner/spam.lists.conf': '# lists\nBL bl.test.\nOTHER other.test.\nDOM dom.test.\n' };
    await setUp('Spam List = BL OTHER\n', files);
    const listed = only((await gateway.pass({ client: '127.0.0.6' }))['afnog']);
    expect(field(listed, 'X-lab-MailScanner-SpamCheck')).toMatch(/^spam, BL, OTHER, SpamAssassin \(/);
    expect(field(only((await gateway.pass({ client: '127.0.0.5' }))['afnog']), 'Subject')).toBe('Lunch');
    await setUp('Spam List = BL OTHER\nSpam Lists To Reach High Score = 2\n');
    expect((await gateway.pass({ client: '127.0.0.6' }))['afnog']).toEqual([]);
    await setUp('Spam Domain List = DOM\n');
    expect(field(only((await gateway.pass({ from: 'x@bad.test' }))['afnog']), 'X-lab-MailScanner-SpamCheck')).toMatch(
      /^spam, DOM, /,
    );
  });
});

describe('a typo is named with file, line and cure, in the log and by --lint; the rest counts', () => {
  test.each<[string, string, Readonly<Record<string, string>>, RegExp]>([
    [
      'an unknown option',
      'Scanned Modfy Subject = end\n',
      {},
      /Unrecognised keyword "Scanned Modfy Subject" at line 1 \(\/etc\/MailScanner\/conf\.d\/test\.conf, line 1; cure: did you mean "Scanned Modify Subject"\?\)/,
    ],
    [
      'a line without =',
      '# x\nnonsense\n',
      {},
      /Possible syntax error on line 2 of \/etc\/MailScanner\/conf\.d\/test\.conf: "nonsense" \(.*line 2; cure: write: Option Name = value\)/,
    ],
    [
      'a word that is neither yes nor no',
      '\nSpam Checks = maybe\n',
      {},
      /Syntax error in line 2, value "maybe" for spamchecks \(.*, line 2; cure: write yes or no\)/,
    ],
    [
      'a number that is none',
      'Required SpamAssassin Score = six\n',
      {},
      /value "six" for requiredspamassassinscore .*cure: write a number/,
    ],
    [
      'an unknown action',
      'Spam Actions = delivr\n',
      {},
      /value "delivr" for spamactions .*cure: "delivr" is no action; write deliver/,
    ],
    [
      'a header action without a colon',
      'Spam Actions = deliver header "X-Spam Yes"\n',
      {},
      /cure: "header X-Spam Yes" is no action/,
    ],
    [
      'a custom function',
      'Is Definitely Spam = &SQLBlacklist\n',
      {},
      /custom functions are not available here .*cure: give a value, or a ruleset/,
    ],
    [
      'a ruleset that is missing',
      'Spam Actions = %rules-dir%/none.rules\n',
      {},
      /Could not read ruleset file \/etc\/MailScanner\/rules\/none\.rules .*cure: create the file/,
    ],
    [
      'a direction',
      'Spam Actions = %rules-dir%/bad.rules\n',
      { '/etc/MailScanner/rules/bad.rules': '# x\nFor: one.test delete\n' },
      /Syntax error in line 2 of ruleset: direction "For" .*rules\/bad\.rules, line 2; cure: write: From:/,
    ],
    [
      'a value in a ruleset',
      'Spam Actions = %rules-dir%/bad.rules\n',
      { '/etc/MailScanner/rules/bad.rules': 'To: one.test delte\nFromOrTo: default deliver\n' },
      /Syntax error in line 1 of ruleset: value "delte" .*rules\/bad\.rules, line 1; cure: "delte" is no action/,
    ],
    [
      'a network in a ruleset',
      'Spam Actions = %rules-dir%/bad.rules\n',
      { '/etc/MailScanner/rules/bad.rules': 'From: 10.0.0.0/33 delete\n' },
      /"10\.0\.0\.0\/33" is no network/,
    ],
    [
      'blanks for TABs',
      'Filename Rules = /etc/MailScanner/bad.conf\n',
      { '/etc/MailScanner/bad.conf': '# x\ndeny    \\.exe$   Program   No programs\n' },
      /Possible syntax error on line 2 of \/etc\/MailScanner\/bad\.conf .*cure: separate the fields with TAB/,
    ],
    [
      'a pattern',
      'Filename Rules = /etc/MailScanner/bad.conf\n',
      { '/etc/MailScanner/bad.conf': 'deny\t*.exe\tx\tx\n' },
      /line 1 of \/etc\/MailScanner\/bad\.conf .*cure: the pattern is no regular expression/,
    ],
    [
      'an action in file rules',
      'Filetype Rules = /etc/MailScanner/bad.conf\n',
      { '/etc/MailScanner/bad.conf': 'denny\tELF\tx\tx\n' },
      /cure: the action is allow, deny/,
    ],
    [
      'a rules file that is missing',
      'Filetype Rules = /etc/MailScanner/none.conf\n',
      {},
      /Cannot read Filetype Rules file \/etc\/MailScanner\/none\.conf, using the shipped filetype\.rules\.conf \(.*test\.conf, line 1; cure: create/,
    ],
    [
      'an unknown spam list',
      'Spam List = NONE\n',
      {},
      /Spam List: no list "NONE" in \/etc\/MailScanner\/spam\.lists\.conf \(.*line 1; cure: add a line/,
    ],
    [
      'a spam rule',
      'SpamAssassin Site Rules Dir = /etc/rules\n',
      { '/etc/rules/local.cf': '# x\nbody MINE buy now\nmeta ALL (A &&\nbadrule X\n' },
      /config: failed to parse line in \/etc\/rules\/local\.cf \(line 2\): body MINE buy now .*cure: write: body MINE \/pattern\/[^]*line 3[^]*line 4\): badrule X .*"badrule" is no keyword/,
    ],
  ])('%s', async (_what, settings, files, expected) => {
    const log = await setUp(settings, files);
    expect(log).toMatch(expected);
    const { code, output } = await lint();
    expect(output).toMatch(expected);
    expect(code).toBe(1);
    // GTUBE is still found, a program is still stopped, benign mail still passes.
    expect((await gateway.pass({ rest: `\r\n${gtube}\r\n` }))['afnog']).toEqual([]);
    expect(only((await gateway.pass({}))['afnog'])).toContain('Found to be clean');
    const program = { rest: mixed('x', [{ name: 'e.com', content: eicar }]) };
    expect(only((await gateway.pass(program))['afnog'])).toContain('Found to be infected');
  });

  test('an option of the genuine program without effect here is no fault', async () => {
    const log = await setUp('Sign Clean Messages = yes\n');
    expect(log).toContain(
      'Option "Sign Clean Messages" has no effect here (/etc/MailScanner/conf.d/test.conf, line 1)',
    );
    expect((await lint()).code).toBe(0);
  });
});

describe('a scanner that cannot work', () => {
  test('leaves mail held, says why, and goes on when it can; nothing is lost or unscanned', async () => {
    const log = await setUp('Virus Scanners = sophoss\n');
    expect(log).toMatch(
      /Virus scanner "sophoss" not found in virus\.scanners\.conf: mail stays in hold \(.*, line 1; cure: check the spelling/,
    );
    const ids = [await gateway.send({}), await gateway.send({ rest: mixed('x', [{ name: 'e.txt', content: eicar }]) })];
    const { waitFor } = await import('#util/deadline.ts');
    const { systemClock } = await import('#util/clock.ts');
    let said = '';
    await waitFor(
      'several tries',
      async () => {
        said += `${(await gateway.newLines()).join('\n')}\n`;
        const tries = said.split('message batch was abandoned and retried!').length - 1;
        return tries > 8 ? { kind: 'there', value: undefined } : { kind: 'not-yet', seen: `${tries} tries` };
      },
      { clock: systemClock, timeoutMs: 10_000 },
    );
    const { readdir } = await import('node:fs/promises');
    expect((await readdir(`${gateway.folder}/var/spool/postfix/hold`)).sort()).toEqual(ids.sort());
    await gateway.configure('');
    const delivered = await gateway.pass();
    expect(delivered['afnog']?.map((message) => field(message, 'X-lab-MailScanner')).sort()).toEqual([
      'Found to be clean',
      'Found to be infected',
    ]);
  });
});

describe('the MailScanner command', () => {
  test('--lint in its shape, exit status 0', async () => {
    await gateway.write('/etc/group', 'postfix:x:107:\n');
    const { code, output } = await lint();
    expect(output).toMatch(
      /^Reading configuration file \/etc\/MailScanner\/MailScanner\.conf\n(Reading .*\n)+\nChecking version numbers\.\.\.\nVersion number in MailScanner\.conf \(5\.5\.3\) is correct\.\n\nMailScanner setting GID to postfix \(107\)\nMailScanner setting UID to postfix \(unknown\)\n\nChecking for SpamAssassin errors \(if you use it\)\.\.\.\nSpamAssassin reported no errors\.\nConnected to Processing Attempts Database\nThere are 0 messages in the Processing Attempts Database\nUsing locktype = posix\nMailScanner\.conf says "Virus Scanners = auto"\nFound these virus scanners installed: clamd\n={75}\nFilename Checks: Windows\/DOS Executable \(1 eicar\.com\)\nOther Checks: Found 1 problems\nVirus and Content Scanning: Starting\nClamd::INFECTED:: Eicar-Test-Signature :: \.\/1\/eicar\.com\nVirus Scanning: Clamd found 1 infections\nInfected message 1 came from 10\.1\.1\.1\nVirus Scanning: Found 1 viruses\n={75}\nVirus Scanner test reports:\nClamd said "eicar\.com was infected: Eicar-Test-Signature"\n$/,
    );
    expect(code).toBe(0);
  });

  test('--value asks the rules, --changed lists, --processing counts, --version', async () => {
    await setUp('Required SpamAssassin Score = %rules-dir%/score.rules\nQueue Scan Interval = 2\n', {
      '/etc/MailScanner/rules/score.rules': 'To: two.test 3\nFromOrTo: default 7\n',
    });
    expect((await lint('--value=Required-SpamAssassin-Score', '--to=a@two.test', '--from=b@c.test')).output).toBe(
      'Looked up internal option name "requiredspamassassinscore"\nWith sender = b@c.test\n  recipient = a@two.test\nClient IP = \nVirus = \nResult is "3"\n',
    );
    expect((await lint('--changed')).output).toMatch(/^queuescaninterval +6 +2$/m);
    expect((await lint('--processing')).output).toContain('Number of messages: 0');
    expect((await lint('--version')).output).toContain('MailScanner version');
    expect((await lint('--nonsense')).output).toContain('usage: MailScanner --lint');
  });
});
