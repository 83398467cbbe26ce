/**
 * dovecot.conf at the host's face: which doors open, and what happens when the file is wrong.
 */
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { soundConf, startTestMailbox, type TestMailbox } from './test-mailbox.ts';

const doors = (box: TestMailbox): string[] =>
  box.host
    .addresses()
    .map(({ service, port }) => `${service} ${port}`)
    .filter((text) => /^(imap|pop)/.test(text));

const listener = (service: string, name: string, port: number): string =>
  `service ${service} {\n  inet_listener ${name} {\n    port = ${port}\n  }\n}\n`;

describe('the doors', () => {
  test('are the four usual ones', async () => {
    await using box = await startTestMailbox();
    expect(doors(box)).toEqual(['imap 143', 'imaps 993', 'pop3 110', 'pop3s 995']);
  });

  test.each([
    ['only IMAP', soundConf.replace('imap pop3', 'imap'), ['imap 143', 'imaps 993']],
    ['no TLS', soundConf.replace('ssl = yes', 'ssl = no'), ['imap 143', 'pop3 110']],
    [
      'only with TLS, as the workshop asks',
      soundConf + listener('imap-login', 'imap', 0) + listener('pop3-login', 'pop3', 0),
      ['imaps 993', 'pop3s 995'],
    ],
    [
      'a moved port',
      soundConf + listener('imap-login', 'imap', 1143),
      ['imap 1143', 'imaps 993', 'pop3 110', 'pop3s 995'],
    ],
  ])('%s', async (_name, conf, expected) => {
    await using box = await startTestMailbox(conf);
    expect(doors(box)).toEqual(expected);
  });

  test('ssl = required refuses passwords in plain text', async () => {
    await using box = await startTestMailbox(soundConf.replace('ssl = yes', 'ssl = required'));
    expect(await (await box.talk('imap')).command('LOGIN afnog secret')).toMatch(/^NO \[PRIVACYREQUIRED\]/);
    expect(await (await box.talk('imaps')).command('LOGIN afnog secret')).toMatch(/^OK /);
  });
});

// What doveconf 2.3.19 says of the same files; only the file's name differs.
const faults: readonly (readonly [name: string, conf: string, words: string, cure: RegExp])[] = [
  ['a misspelt setting', 'protcols = imap\n', 'FILE line 1: Unknown setting: protcols', /did you mean protocols/],
  ['a wrong choice', 'ssl = maybe\n', 'FILE line 1: Invalid value: maybe', /yes, no, required/],
  [
    'neither yes nor no',
    '\n# comment\ndisable_plaintext_auth = perhaps\n',
    'FILE line 3: Invalid boolean value: perhaps (use yes or no)',
    /yes, no/,
  ],
  [
    'an unknown protocol',
    'protocols = imap pop4\n',
    'FILE: protocols: Unknown protocol: pop4',
    /line 1.*imap and pop3/,
  ],
  [
    'an open section',
    'passdb {\n  driver = passwd-file\n',
    "FILE: Missing '}' (section started at FILE:1)",
    /passdb \{.*line 1/,
  ],
  ['a } too many', '}\n', "FILE line 1: Unexpected '}'", /remove/],
  ['no =', 'mail_location maildir:~/Maildir\n', "FILE line 1: Expecting '{'", /NAME = VALUE/],
  [
    'a misspelt setting of a listener',
    listener('imap-login', 'imap', 0).replace('port', 'prt'),
    'FILE line 3: Unknown setting: service { inet_listener { prt',
    /did you mean port/,
  ],
  ['a port that is none', listener('imap-login', 'imap', 70000), 'FILE line 3: Invalid port number 70000', /65535/],
  ['a misspelt section', 'servce imap-login {\n}\n', 'FILE line 1: Unknown setting: servce { servce', /spelling/],
  ['a misspelt setting of passdb', 'passdb {\n argz=x\n}\n', 'FILE line 2: Unknown setting: passdb { argz', /args/],
  ['an include that leads nowhere', '!include nothere.conf\n', 'FILE line 1: No matches', /include_try/],
];

describe('a fault in dovecot.conf', () => {
  test.each(faults)(
    '%s: said in doveconf’s words, with the cure; mail is still taken',
    async (_name, conf, words, cure) => {
      await using box = await startTestMailbox(conf);
      const [postfix, dovecot] = ['postfix', 'dovecot'].map((name) =>
        box.host.services().find((service) => service.name === name),
      );
      expect(postfix?.state).toBe('running');
      expect(dovecot?.state).toBe('failed');
      const expected = `doveconf: Fatal: Error in configuration file ${words.replaceAll('FILE', '/etc/dovecot/dovecot.conf')}`;
      expect(dovecot?.reason).toContain(`${expected}; cure: `);
      expect(dovecot?.reason).toMatch(cure);
      await expect.poll(() => box.log()).toContain(expected);
      await box.writeConf(soundConf);
      expect(await box.host.control('dovecot', 'restart')).toMatchObject({ exitCode: 0 });
      expect(await (await box.talk('imap')).command('LOGIN afnog secret')).toMatch(/^OK/);
    },
  );

  test('leaves what runs as it is when reloading', async () => {
    await using box = await startTestMailbox();
    const client = await box.imap();
    await box.writeConf(`${soundConf}ssll = yes\n`);
    const outcome = await box.host.control('dovecot', 'reload');
    expect(outcome.exitCode).toBe(1);
    expect(outcome.output).toMatch(/dovecot\.conf line 14: Unknown setting: ssll; cure: did you mean ssl\?/);
    expect(await client.command('NOOP')).toBe('OK NOOP completed.');
    expect(await (await box.talk('imaps')).command('LOGIN afnog secret')).toMatch(/^OK/);
  });

  test.each([
    [
      'a certificate that is not there',
      '<\\/etc\\/ssl\\/cert.pem',
      '</etc/ssl/nothere.pem',
      /ssl_cert: Can't open file \/etc\/ssl\/nothere.pem: No such file/,
    ],
    ['no < before it', '<\\/etc\\/ssl\\/cert.pem', '/etc/ssl/cert.pem', /line 5: .*ssl_cert = <\/etc\/ssl\/cert.pem/],
    ['a file that holds none', '<\\/etc\\/ssl\\/cert.pem', '</etc/passwd', /PEM certificate/],
    ['another storage', 'maildir:', 'mbox:', /line 2: .*maildir:~\/Maildir/],
    [
      'another password store',
      'driver = passwd-file',
      'driver = pam',
      /line 8: Unknown passdb driver 'pam'.*passwd-file/,
    ],
  ])('%s', async (_name, from, to, words) => {
    await using box = await startTestMailbox(soundConf.replace(new RegExp(from), to));
    expect(box.host.services().find(({ name }) => name === 'dovecot')?.reason).toMatch(words);
  });
});

test('what a real Dovecot knows is accepted: settings, sections, quotes, continued lines, included files', async () => {
  await using box = await startTestMailbox();
  await writeFile(path.join(box.folder, 'etc/dovecot/10-local.conf'), 'protocols = imap\n');
  await box.writeConf(`# a comment
auth_mechanisms = plain \\
  login   # both
mail_max_userip_connections = 20
login_greeting = "Come in"
namespace inbox {
  inbox = yes
  mailbox Sent {
    special_use = \\Sent
  }
}
service auth {
  unix_listener /var/spool/postfix/private/auth {
    mode = 0660
    user = postfix
  }
}
protocol imap {
  mail_plugins =
}
plugin {
  anything = goes
}
${soundConf}
!include 10-*.conf
!include_try nothere.conf
`);
  expect(await box.host.control('dovecot', 'reload')).toEqual({ exitCode: 0, output: '' });
  expect(doors(box)).toEqual(['imap 143', 'imaps 993']);
  await expect
    .poll(() => box.log())
    .toContain('line 4: mail_max_userip_connections: accepted, but without effect here');
});

test('passwords come from the file that passdb names; without it nobody is told that the password is wrong', async () => {
  await using box = await startTestMailbox(soundConf.replace('/etc/dovecot/users', 'scheme=PLAIN /etc/dovecot/others'));
  await writeFile(path.join(box.folder, 'etc/dovecot/others'), 'afnog:{PLAIN}another\n');
  expect(await (await box.talk('imap')).command('LOGIN afnog another')).toMatch(/^OK/);
  await rm(path.join(box.folder, 'etc/dovecot/others'));
  expect(await (await box.talk('imap')).command('LOGIN afnog another')).toMatch(/^NO \[UNAVAILABLE\]/);
  await expect.poll(() => box.log()).toMatch(/auth: passwd-file: \/etc\/dovecot\/others: ENOENT/);
});

describe('doveconf', () => {
  const doveconf = async (box: TestMailbox, ...args: string[]) => {
    await writeFile(path.join(box.folder, '.gatehouse-host'), '');
    return promisify(execFile)(process.execPath, [path.join(import.meta.dirname, 'tools/doveconf.ts'), ...args], {
      env: { MAIL_CONFIG: path.join(box.folder, 'etc/postfix') },
    }).then(
      ({ stdout }) => ({ code: 0, text: stdout }),
      (error: { code: number; stderr: string }) => ({ code: error.code, text: error.stderr }),
    );
  };

  test('-n prints what is set, sorted, without the key; a name prints that one; -h its value', async () => {
    await using box = await startTestMailbox(soundConf + listener('imap-login', 'imap', 0));
    expect((await doveconf(box, '-n')).text.split('\n').slice(1).join('\n')).toBe(`disable_plaintext_auth = no
mail_location = maildir:~/Maildir
passdb {
  args = /etc/dovecot/users
  driver = passwd-file
}
protocols = imap pop3
service imap-login {
  inet_listener imap {
    port = 0
  }
}
ssl = yes
ssl_cert = </etc/ssl/cert.pem
ssl_key = # hidden, use -P to show it
userdb {
  driver = passwd
}
`);
    expect(await doveconf(box, 'protocols')).toEqual({ code: 0, text: 'protocols = imap pop3\n' });
    expect(await doveconf(box, '-h', 'ssl_min_protocol')).toEqual({ code: 0, text: 'TLSv1.2\n' });
  });

  test('says what is wrong, and exits 89 as Dovecot’s does', async () => {
    await using box = await startTestMailbox('ssl = maybe\n');
    expect(await doveconf(box, '-n')).toEqual({
      code: 89,
      text: 'doveconf: Fatal: Error in configuration file /etc/dovecot/dovecot.conf line 1: Invalid value: maybe\ndoveconf: cure: ssl is one of yes, no, required\n',
    });
  });
});
