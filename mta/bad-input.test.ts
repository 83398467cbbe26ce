/**
 * Typing mistakes in main.cf, master.cf, aliases and tables: Postfix's words with file and line, a cure where it has none, and everything else keeps running.
 */
import { readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import { checkTables } from './config/check-tables.ts';
import { checkValues } from './config/check-values.ts';
import { FatalConfigError } from './config/config.ts';
import { createPostfixConfig } from './config/postfix-config.ts';
import { readMainCf } from './config/read-main-cf.ts';
import { readMasterCf } from './config/read-master-cf.ts';
import { parseAliases } from './config/tables/map-text.ts';
import { startTestHost, type TestHost } from './test-host.ts';

const main = (text: string) => readMainCf(text, '/etc/postfix/main.cf');
const master = (text: string) => readMasterCf(text, '/etc/postfix/master.cf');

/** Postfix's `fatal:` text and our cure. */
function fatalOf(read: () => unknown): { message: string; cure: string } {
  try {
    read();
  } catch (error) {
    if (error instanceof FatalConfigError) return { message: error.message, cure: error.cure ?? '' };
    throw error;
  }
  throw new Error('nothing was wrong');
}

const accepts = async (host: TestHost): Promise<string> => {
  const client = await host.connect();
  await client.reply();
  const replies = await client.all('EHLO x.test', 'MAIL FROM:<a@two.test>', 'RCPT TO:<afnog@one.test>');
  client.close();
  return replies.at(-1) ?? '';
};

const logged = (host: TestHost, text: string): Promise<string> =>
  waitFor(
    `"${text}" in the log`,
    async () => {
      const log = await host.log();
      return log.includes(text) ? { kind: 'there', value: log } : { kind: 'not-yet', seen: log.slice(-500) };
    },
    { clock: systemClock, timeoutMs: 5000 },
  );

describe('main.cf', () => {
  test.each([
    ['x = 1\nmyhostname a.test\n', 'line 2: missing \'=\' after attribute name: "myhostname a.test"'],
    ['\n\n= x\n', 'line 3: missing attribute name: "= x"'],
    ['my host = a\n', 'line 1: missing \'=\' after attribute name: "my host = a"'],
  ])('%j is fatal', (text, words) => {
    const { message, cure } = fatalOf(() => main(text));
    expect(message).toBe(`/etc/postfix/main.cf, ${words}`);
    expect(cure).toContain('name = value');
  });

  test.each([
    [
      ' one orphan\n\ttwo\nx = 1\n',
      '/etc/postfix/main.cf: logical line must not start with whitespace: " one orphan two"',
    ],
    ['a = 1\n# c\n\n  more\na = 2\n', '/etc/postfix/main.cf, line 5: overriding earlier entry: a=1 more'],
  ])('%j is a warning with a cure', (text, words) => {
    const [warning] = main(text).warnings;
    expect(warning?.text).toBe(words);
    expect(warning?.cure).toBeTruthy();
  });

  test('values of the wrong kind are named one by one', () => {
    const { entries } = main(
      'myhostname = mail.one.test\nsmtpd_helo_required = maybe\nmessage_size_limit = 10MB\nqueue_run_delay = 5x\nmydestination = one.test # mine\nrelay_domains = ${x\n',
    );
    const values = new Map([...entries].map(([name, { value }]) => [name, value]));
    const surroundings = {
      root: { path: '/', resolve: String, display: String },
      hostname: 'mail.one.test',
      interfaces: [],
    };
    const faults = checkValues(createPostfixConfig('/etc/postfix', values, [], surroundings));
    expect(faults.map((fault) => fault.message)).toEqual([
      'bad boolean configuration: smtpd_helo_required = maybe',
      'bad numerical configuration: message_size_limit = 10MB',
      'parameter queue_run_delay: bad time value or unit: 5x',
      'mydestination: comment at end of line is not supported: # mine',
      'truncated macro reference: "${x"',
    ]);
    expect(faults.every((fault) => fault.cure)).toBe(true);
  });

  test('a reload with a broken file keeps the old configuration at work', async () => {
    await using host = await startTestHost();
    const file = path.join(host.folder, 'etc/postfix/main.cf');
    await writeFile(file, 'myhostname mail.one.test\n');
    await expect(host.mta.reload()).rejects.toThrow("line 1: missing '=' after attribute name");
    await logged(
      host,
      'fatal: /etc/postfix/main.cf, line 1: missing \'=\' after attribute name: "myhostname mail.one.test"',
    );
    expect(await accepts(host)).toBe('250 2.1.5 Ok');
  });
});

describe('master.cf', () => {
  const line = 'smtp inet n - n - - smtpd';
  test.each([
    [`# c\n${line}\nsmtp inet n - n - -\n`, 'file /etc/postfix/master.cf: line 3: bad field count'],
    [`${line}\n-o smtpd_banner=x\n`, 'file /etc/postfix/master.cf: line 2: bad field count'],
    ['smtp bogus n - n - - smtpd\n', 'invalid type field "bogus" in "smtp bogus n - n - - smtpd"'],
    ['smtp inet q - n - - smtpd\n', 'invalid private field "q" in "smtp inet q - n - - smtpd"'],
    ['smtp inet n - x - - smtpd\n', 'invalid chroot field "x" in "smtp inet n - x - - smtpd"'],
    ['smtp inet n - n zz - smtpd\n', 'invalid wakeup field "zz" in "smtp inet n - n zz - smtpd"'],
    ['smtp inet n - n - -1 smtpd\n', 'invalid process_limit field "-1" in "smtp inet n - n - -1 smtpd"'],
    [`${line} -o {a=b\n`, 'file /etc/postfix/master.cf: line 1: missing \'}\' in "{a=b"'],
  ])('%j is fatal', (text, words) => {
    const { message, cure } = fatalOf(() => master(text));
    expect(message).toBe(words);
    expect(cure).not.toBe('');
  });

  test('an indented first line and a service listed twice are warnings', () => {
    expect(master(` ${line}\n`).warnings.map(({ text }) => text)).toEqual([
      '/etc/postfix/master.cf: logical line must not start with whitespace: " smtp inet n - n - - smtpd"',
    ]);
    expect(master(`${line}\n${line}\n`).warnings[0]?.cure).toBe('line 1 has no effect: remove one of the two');
  });

  test('an -o with blanks around = stops that service alone', async () => {
    await using host = await startTestHost({
      masterCf:
        '127.0.0.2:0 inet n - y - - smtpd\n  -o smtpd_tls_security_level = encrypt\n127.0.0.3:0 inet n - y - - nosuchprogram\n',
    });
    const waiting = net.connect(host.mta.addresses().find(({ address }) => address === '127.0.0.2')?.socket ?? host);
    const log = await logged(host, 'bad command startup');
    waiting.destroy();
    expect(log).toContain('postfix/smtpd');
    expect(log).toContain(
      'fatal: invalid "-o smtpd_tls_security_level" option value: missing \'=\' after attribute name',
    );
    expect(log).toContain('/smtpd: bad command startup -- throttling');
    expect(await accepts(host)).toBe('250 2.1.5 Ok');
    await host.mta.reload();
    expect(await accepts(host)).toBe('250 2.1.5 Ok');
  });

  test('a reload after which the service is another program closes its door, as a start does', async () => {
    await using host = await startTestHost();
    const file = path.join(host.folder, 'etc/postfix/master.cf');
    await writeFile(file, (await readFile(file, 'utf8')).replace(/( inet .*)smtpd$/m, '$1smtpdd'));
    await host.mta.reload();
    expect(host.mta.addresses()).toEqual([]);
    expect(await logged(host, '/smtpdd')).toContain('No such file or directory');
  });

  test('a transport with such an -o leaves its mail in the active queue', async () => {
    await using host = await startTestHost({
      mainCf: 'transport_maps = inline:{far.test=broken:}\n',
      masterCf: 'broken unix - - y - - smtp -o smtp_helo_name = x\n',
    });
    const client = await host.connect();
    await client.reply();
    await client.all('EHLO x.test', 'MAIL FROM:<a@two.test>', 'RCPT TO:<x@far.test>', 'DATA');
    expect(await client.say('Subject: t\r\n\r\nb\r\n.')).toMatch(/queued as/);
    client.close();
    const log = await logged(host, 'sbin/smtp: bad command startup -- throttling');
    expect(log).toContain('fatal: invalid "-o smtp_helo_name" option value: missing \'=\' after attribute name');
    expect(await host.mta.queue.ids('active')).toHaveLength(1);
  });
});

describe('aliases and tables', () => {
  test('aliases: each bad line has its number and a cure, the others count', () => {
    const { entries, problems } = parseAliases(
      'root: afnog\nnocolon afnog\nempty:\nroot: twice\nx@y: z\nlast: afnog\n',
      '/etc/aliases',
    );
    expect([...entries.keys()]).toEqual(['root', 'last']);
    expect(problems.map(({ text }) => text)).toEqual([
      '/etc/aliases, line 2: need name:value pair',
      '/etc/aliases, line 3: need name:value pair',
      '/etc/aliases.db: duplicate entry: "root"',
      '/etc/aliases, line 5: name must be local',
    ]);
    expect(problems.every(({ cure }) => cure !== '')).toBe(true);
  });

  test('bad lines of tables are said at start, and the good ones work', async () => {
    await using host = await startTestHost({
      mainCf:
        'header_checks = regexp:/etc/postfix/header_checks\nsmtpd_client_restrictions = check_client_access cidr:/etc/postfix/clients\nvirtual_alias_maps = texthash:/etc/postfix/virtual\n',
      files: {
        '/etc/postfix/header_checks': '/^Subject: bad/ REJECT no\n/unclosed OK\n',
        '/etc/postfix/clients': '10.0.0.1/8 REJECT\n198.18.0.0/16 OK\n',
        '/etc/postfix/virtual': 'info@one.test afnog@one.test\nonlykey\n',
      },
    });
    const log = await logged(host, '/etc/postfix/virtual, line 2');
    expect(log).toMatch(
      /postfix\/postfix-script\[\d+\]: warning: regexp map \/etc\/postfix\/header_checks, line 2: no closing regexp delimiter "\/": skipping this rule/,
    );
    expect(log).toMatch(
      /postfix\/postfix-script\[\d+\]: warning: cidr map \/etc\/postfix\/clients, line 1: non-null host address bits in "10\.0\.0\.1\/8", perhaps you should use "10\.0\.0\.0\/8" instead: skipping this rule/,
    );
    expect(log).toMatch(/warning: \/etc\/postfix\/virtual, line 2: expected format: key whitespace value/);
    const client = await host.connect();
    await client.reply();
    await client.all('EHLO x.test', 'MAIL FROM:<a@two.test>', 'RCPT TO:<info@one.test>', 'DATA');
    expect(await client.say('Subject: bad\r\n\r\nb\r\n.')).toBe('550 5.7.1 no');
    client.close();
  });

  test('a table that is not there is said with the command that makes it; clients are put off, and nothing is refused for good', async () => {
    await using host = await startTestHost({ mainCf: 'transport_maps = hash:/etc/postfix/transport\n' });
    const words =
      'hash:/etc/postfix/transport is unavailable. open database /etc/postfix/transport.db: No such file or directory';
    await logged(host, `warning: ${words}`);
    expect(await accepts(host)).toBe('451 4.3.0 <afnog@one.test>: Temporary lookup failure');
    const log = await logged(host, 'transport_maps lookup failure');
    expect(log).toMatch(
      /trivial-rewrite\[\d+\]: warning: hash:\/etc\/postfix\/transport lookup error for "afnog@one.test"/,
    );
    const entries = new Map([
      ['myhostname', 'mail.one.test'],
      ['transport_maps', 'hash:/etc/postfix/transport'],
      ['virtual_alias_maps', 'bogus:/etc/x'],
    ]);
    const surroundings = {
      root: { path: '/', resolve: String, display: String },
      hostname: 'mail.one.test',
      interfaces: [],
    };
    const warnings = await checkTables(createPostfixConfig('/etc/postfix', entries, [], surroundings));
    expect(warnings.map(({ text, cure }) => [text, cure])).toEqual([
      [words, 'write /etc/postfix/transport, then run postmap hash:/etc/postfix/transport'],
      [
        'bogus:/etc/x is unavailable. unsupported dictionary type: bogus',
        'virtual_alias_maps: the types are those of "postconf -m"',
      ],
    ]);
  });
});
