/**
 * The mail commands, as a person types them. What is expected here was printed by Postfix 3.7.11 for the same files and arguments; lines that begin with `cure:` are this project's own.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { openQueueFs } from '../queue/queue-fs.ts';
import type { Queue } from '../queue/queue.ts';

let folder: string;
let queue: Queue;

const mainCf = `compatibility_level = 3.6
myhostname = mail.one.test
mydestination = $myhostname, one.test
recipient_delimiter = +
alias_database = hash:/etc/aliases
relay_domains = $used
used = far.test
mydestinatoin = two.test
`;
const masterCf = `smtp      inet  n       -       y       -       -       smtpd
submission inet n - y - - smtpd
  -o syslog_name=postfix/submission -v
  -o { smtpd_banner = a b }
smtp unix - - y - - smtp
scalemail-backend unix - n n - 2 pipe
  flags=R user=scalemail argv=/usr/lib/scalemail/bin/scalemail-store \${nexthop} \${user} \${extension}
`;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-tools-'));
  const files: Record<string, string> = {
    '.gatehouse-host': '',
    'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nayo:x:1001:1001::/home/ayo:/bin/sh\n',
    'etc/postfix/main.cf': mainCf,
    'etc/postfix/master.cf': masterCf,
    'etc/aliases': 'root: ayo\nnocolon ayo\nempty:\nroot: twice\n"a b": ayo\nlist: a@b.test, |/bin/cat\nx@y: z\n',
    'etc/t': '# comment\na@x.test one\n continued\nA@X.test two\nonlykey\nkey: value\n"quoted key" val\n',
    'etc/t2': ' first indented\nk v\n',
    'etc/re':
      '/^a/ REJECT no\n/unclosed OK\n/b(/ X\n/c/q Y\nif /d/\n/dd/ Z\nnopattern\n/e/\n!/^z/ NOTZ\n/^(.)(.)/ got $2$1\n',
    'etc/ci': '198.18.0.0/16 REJECT\n10.0.0.1/8 OK\nbogus OK\n192.0.2.1 FOO\n1.2.3.4\n',
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  }
  queue = await openQueueFs(
    { folder: path.join(folder, 'var/spool/postfix'), clock: systemClock, longQueueIds: false },
    false,
  );
});
afterAll(() => rm(folder, { recursive: true }));

/** Exit status and everything printed: errors first, without our own cures, then output; `@` in an argument stands for the host's root. */
async function run(
  command: string,
  input = '',
  environment: Readonly<Record<string, string>> = {},
): Promise<{ status: number; said: string }> {
  const [tool = '', ...args] = command.match(/'[^']*'|\S+/g) ?? [];
  const child = spawn(
    path.join(import.meta.dirname, 'bin', tool),
    args.map((word) => word.replace(/^'|'$/g, '').replaceAll('@/', `${folder}/`)),
    {
      env: {
        ...process.env,
        GATEHOUSE_NODE: process.execPath,
        MAIL_CONFIG: path.join(folder, 'etc/postfix'),
        ...environment,
      },
    },
  );
  child.stdin.on('error', () => undefined).end(input);
  const closed = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  const [errors, output, status] = await Promise.all([text(child.stderr), text(child.stdout), closed]);
  const said = `${errors.replace(/^\w+: cure: .*\n/gm, '')}${output}`;
  return { status, said: said.replaceAll(folder, '') };
}

const cases = (all: readonly (readonly [command: string, status: number, said: string])[]): void => {
  test.each(all)('%s', async (command, status, said) => {
    expect(await run(command)).toEqual({ status, said });
  });
};

const unused = 'postconf: warning: /etc/postfix/main.cf: unused parameter: mydestinatoin=two.test\n';

describe('postconf', () => {
  cases([
    ['postconf -h myhostname', 0, `${unused}mail.one.test\n`],
    ['postconf -x mydestination', 0, `${unused}mydestination = mail.one.test, one.test\n`],
    ['postconf -d mydestination', 0, `${unused}mydestination = $myhostname, localhost.$mydomain, localhost\n`],
    ['postconf nosuch', 0, `postconf: warning: nosuch: unknown parameter\n${unused}`],
    [
      'postconf -n',
      0,
      `${unused}alias_database = hash:/etc/aliases\ncompatibility_level = 3.6\nmydestination = $myhostname, one.test\nmyhostname = mail.one.test\nrecipient_delimiter = +\nrelay_domains = $used\nused = far.test\n`,
    ],
    ['postconf -o myhostname=x.test -h mydestination -x', 0, `${unused}x.test, one.test\n`],
    ['postconf -dn', 1, 'postconf: fatal: specify one of -d -n\n'],
    ['postconf -e', 1, 'postconf: fatal: -e requires name=value argument\n'],
    ['postconf -e foo', 1, "postconf: fatal: missing '=' after attribute name: \"foo\"\n"],
    ['postconf -Me smtp/unix', 1, "postconf: fatal: missing '=' after attribute name: \"smtp/unix\"\n"],
    ['postconf -Me smtps=x', 1, 'postconf: fatal: -Me, -MX or -M# requires service_name/type\n'],
    ['postconf -M x/inet', 0, 'postconf: warning: unmatched request: "x/inet"\n'],
    ['postconf -F smtp/inet/bogus', 1, 'postconf: fatal: invalid service attribute name: "bogus"\n'],
    ['postconf -F smtp/inet/chroot', 0, 'smtp/inet/chroot = y\n'],
    ['postconf -P', 0, 'submission/inet/syslog_name = postfix/submission\nsubmission/inet/smtpd_banner = a b\n'],
    ['postconf -M smtp', 0, 'smtp       inet  n       -       y       -       -       smtpd\nsmtp       unix  -       -       y       -       -       smtp\n'],
    ['postconf -Mf submission/inet', 0, 'submission inet  n       -       y       -       -       smtpd\n    -o syslog_name=postfix/submission\n    -v\n    -o {smtpd_banner=a b}\n'],
    ['postconf -Mf scalemail-backend/unix', 0, 'scalemail-backend unix - n       n       -       2       pipe flags=R\n    user=scalemail argv=/usr/lib/scalemail/bin/scalemail-store ${nexthop}\n    ${user} ${extension}\n'],
    ['postconf -c @/nowhere', 1, 'postconf: fatal: open /nowhere/main.cf: No such file or directory\n'],
  ]); // prettier-ignore

  test('edits main.cf and master.cf in place', async () => {
    await run("postconf -e 'mydestination = a.test' newname=1");
    await run('postconf -# recipient_delimiter');
    await run('postconf -X used newname');
    expect(await readFile(path.join(folder, 'etc/postfix/main.cf'), 'utf8')).toBe(
      mainCf
        .replace('mydestination = $myhostname, one.test', 'mydestination = a.test')
        .replace('recipient', '#recipient')
        .replace('used = far.test\n', ''),
    );
    await writeFile(path.join(folder, 'etc/postfix/main.cf'), mainCf);
    await run("postconf -Me 'smtps/inet=smtps inet n - n - - smtpd -o smtpd_tls_wrappermode=yes'");
    await run('postconf -Pe smtps/inet/smtpd_sasl_auth_enable=yes');
    await run('postconf -Fe smtps/inet/chroot=y');
    await run('postconf -M# submission/inet');
    expect(await readFile(path.join(folder, 'etc/postfix/master.cf'), 'utf8')).toBe(
      `${masterCf.replace('submission inet', '#submission inet').replaceAll('  -o', '#  -o')}smtps      inet  n       -       y       -       -       smtpd\n    -o smtpd_tls_wrappermode=yes\n    -o smtpd_sasl_auth_enable=yes\n`,
    );
    await writeFile(path.join(folder, 'etc/postfix/master.cf'), masterCf);
  });
});

test('a value that every program reads, and that is none, stops every command but postconf', async () => {
  const file = path.join(folder, 'etc/postfix/main.cf');
  const before = await readFile(file, 'utf8');
  try {
    await writeFile(file, `${before}message_size_limit = 10MB\n`);
    const statuses = {
      'postqueue -p': 69,
      'postsuper -d ALL': 1,
      'postcat -q A': 1,
      'sendmail -bp': 75,
    };
    for (const [command, status] of Object.entries(statuses)) {
      const said = `${command.split(' ')[0]}: fatal: bad numerical configuration: message_size_limit = 10MB\n`;
      expect(await run(command)).toEqual({ status, said });
    }
    expect((await run('postconf -n message_size_limit')).said).toContain('message_size_limit = 10MB\n');
  } finally {
    await writeFile(file, before);
  }
});

test('mynetworks, when main.cf does not say, follows the interfaces', async () => {
  const file = path.join(folder, 'etc/postfix/main.cf');
  const asked = async (settings: string, command: string): Promise<string> => {
    await writeFile(file, `compatibility_level = 3.6\nmyhostname = mail.one.test\n${settings}`);
    return (await run(command, '', { GATEHOUSE_ADDRESS: '198.18.1.20' })).said;
  };
  try {
    const hosts = 'mynetworks = 127.0.0.1/32 198.18.1.20/32\n';
    const subnets = 'mynetworks = 127.0.0.0/8 198.18.0.0/15\n';
    expect(await asked('', 'postconf mynetworks')).toBe(hosts);
    expect(await asked('', 'postconf -d mynetworks')).toBe(subnets);
    expect(await asked('mynetworks = 10.0.0.0/8\n', 'postconf -d mynetworks')).toBe(subnets);
    expect(await asked('mynetworks_style = subnet\n', 'postconf mynetworks')).toBe(subnets);
    expect(await asked('mynetworks_style = class\n', 'postconf mynetworks')).toBe(
      'mynetworks = 127.0.0.0/8 198.18.1.0/24\n',
    );
    expect(await asked('inet_interfaces = loopback-only\n', 'postconf mynetworks')).toBe('mynetworks = 127.0.0.1/32\n');
    expect(await asked('mynetworks_style = bogus\n', 'postconf mynetworks')).toBe(
      'postconf: fatal: unknown mynetworks mask style value "bogus" in "bogus"\n',
    );
  } finally {
    await writeFile(file, mainCf);
  }
});

test("postlog writes lines of one's own into the mail log", async () => {
  const file = path.join(folder, 'var/log/mail.log');
  await rm(file, { force: true });
  expect(await run('postlog hello world')).toEqual({ status: 0, said: '' });
  await run('postlog -p warn -t my/tag low');
  await run('postlog -p fatal', 'one\ntwo\n');
  expect(await run('postlog -p bogus x')).toEqual({ status: 1, said: 'postlog: fatal: bad severity: "bogus"\n' });
  const lines = (await readFile(file, 'utf8')).replace(/^.{15} mail |\[\d+\]/gm, '');
  expect(lines).toBe(
    'postfix/postlog: hello world\nmy/tag: warning: low\npostfix/postlog: fatal: one\npostfix/postlog: fatal: two\n',
  );
});

describe('postmap and postalias', () => {
  const regexp = `postmap: warning: regexp map /etc/re, line 2: no closing regexp delimiter "/": skipping this rule
postmap: warning: regexp map /etc/re, line 3: Unmatched ( or \\(
postmap: warning: regexp map /etc/re, line 4: unknown regexp option "q": skipping this rule
postmap: warning: regexp map /etc/re, line 7: ignoring unrecognized request
postmap: warning: regexp map /etc/re, line 8: no replacement text: using empty string
postmap: warning: regexp map /etc/re, line 5: IF has no matching ENDIF
`;
  const cidr = `postmap: warning: cidr map /etc/ci, line 2: non-null host address bits in "10.0.0.1/8", perhaps you should use "10.0.0.0/8" instead: skipping this rule
postmap: warning: cidr map /etc/ci, line 3: bad address pattern: "bogus": skipping this rule
postmap: warning: cidr map /etc/ci, line 5: no lookup result: skipping this rule
`;
  const aliases = `postalias: warning: /etc/aliases, line 2: need name:value pair
postalias: warning: /etc/aliases, line 3: need name:value pair
postalias: warning: /etc/aliases.db: duplicate entry: "root"
postalias: warning: /etc/aliases, line 7: name must be local
`;
  cases([
    [
      'postmap @/etc/t',
      0,
      'postmap: warning: /etc/t.db: duplicate entry: "a@x.test"\npostmap: warning: /etc/t, line 5: expected format: key whitespace value\npostmap: warning: /etc/t, line 6: record is in "key: value" format; is this an alias file?\n',
    ],
    ['postmap @/etc/t2', 0, 'postmap: warning: /etc/t2: logical line must not start with whitespace: " first indented"\n'],
    ['postmap hash:@/etc/nosuch', 1, 'postmap: fatal: open /etc/nosuch: No such file or directory\n'],
    ['postmap bogus:@/etc/t', 1, 'postmap: fatal: unsupported dictionary type: bogus. Is the postfix-bogus package installed?\n'],
    ['postmap -q A@X.TEST hash:@/etc/t', 0, 'one continued\n'],
    ['postmap -q nokey hash:@/etc/t', 1, ''],
    ['postmap -q x hash:@/etc/nosuch', 1, 'postmap: fatal: open database /etc/nosuch.db: No such file or directory\n'],
    ['postmap -q a -q b hash:@/etc/t', 1, 'postmap: fatal: specify only one of -s -q or -d\n'],
    ['postmap -s hash:@/etc/t', 0, 'a@x.test\tone continued\nkey:\tvalue\n"quoted key"\tval\n'],
    ['postmap -s regexp:@/etc/re', 1, `${regexp}postmap: fatal: table regexp:/etc/re: sequence operation is not supported\n`],
    ['postmap -q abc regexp:@/etc/re', 0, `${regexp}REJECT no\n`],
    ['postmap -q 198.18.1.1 cidr:@/etc/ci', 0, `${cidr}REJECT\n`],
    ['postmap -q 10.9.9.9 cidr:@/etc/ci', 1, cidr],
    ['postmap -q k inline:{k=v}', 0, 'v\n'],
    ['postmap -d key: hash:@/etc/t', 0, ''],
    ['postmap -d key: hash:@/etc/t', 1, ''],
    ['postmap', 1, 'postmap: fatal: usage: postmap [-bfFhimnNoprsuUvw] [-c config_dir] [-d key] [-q key] [map_type:]file...\n'],
    ['newaliases', 0, aliases],
    ['postalias -q ROOT hash:@/etc/aliases', 0, 'ayo\n'],
    ['postalias -q list hash:@/etc/aliases', 0, 'a@b.test, |/bin/cat\n'],
    ["postalias -q 'a b' hash:@/etc/aliases", 0, 'ayo\n'],
    ['postalias -Z', 1, "postalias: invalid option -- 'Z'\npostalias: fatal: usage: postalias [-Nfinoprsuvw] [-c config_dir] [-d key] [-q key] [map_type:]file...\n"],
  ]); // prettier-ignore

  test('-i adds, and only with -r a new value replaces the old one', async () => {
    await run('postmap hash:@/etc/t');
    const added = await run('postmap -i hash:@/etc/t', 'r R\na@x.test dup\n');
    expect(added.said).toBe('postmap: warning: /etc/t.db: duplicate entry: "a@x.test"\n');
    expect((await run('postmap -q - hash:@/etc/t', 'a@x.test\nr\nno\n')).said).toBe('a@x.test\tone continued\nr\tR\n');
    await run('postmap -ir hash:@/etc/t', 'a@x.test dup\n');
    expect((await run('postmap -q a@x.test hash:@/etc/t')).said).toBe('dup\n');
  });
});

describe('the queue while the mail system is down', () => {
  const down =
    'postqueue: warning: Mail system is down -- accessing queue directly (Connect to the Postfix showq service: No such file or directory)\n';
  const reason = 'connect to 127.0.0.1[127.0.0.1]:1: Connection refused';

  const put = async (sender: string, ...users: string[]): Promise<string> => {
    const open = await queue.open();
    const recipients = users.map((user) => ({ address: `${user}@far.test`, originalRecipient: `${user}@far.test` }));
    await open.commit(
      {
        envelope: { reversePath: sender, recipients },
        origin: { kind: 'pickup', uid: 0, rewriteContext: 'local' },
        content: Buffer.from('Received: by mail.one.test (Postfix, from userid 0)\nSubject: hi\n\nbody\n'),
        arrivalMs: Date.UTC(2026, 10, 25, 4, 27, 14),
      },
      'incoming',
    );
    await queue.mark(
      open.queueId,
      new Map(users.map((_user, index) => [index, { kind: 'deferred', dsn: '4.4.1', reason }])),
    );
    await queue.move(open.queueId, 'incoming', 'deferred', { nextTryMs: Date.now() + 1_000_000 });
    return open.queueId;
  };

  test('postqueue, postsuper, postcat on one message', async () => {
    expect(await run('mailq')).toEqual({ status: 0, said: `${down}Mail queue is empty\n` });
    const id = await put('sender@one.test', 'y', 'z');
    const listing = (mark: string): string =>
      `${down}-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------\n${`${id}${mark}`.padEnd(11)}      70 Wed Nov 25 04:27:14  sender@one.test\n${' '.repeat(23)}(${reason})\n${' '.repeat(41)}y@far.test\n${' '.repeat(41)}z@far.test\n\n-- 0 Kbytes in 1 Request.\n`;
    expect((await run('postqueue -p')).said).toBe(listing(''));
    expect((await run('postqueue -j')).said).toBe(
      `${down}{"queue_name": "deferred", "queue_id": "${id}", "arrival_time": 1795580834, "message_size": 70, "forced_expire": false, "sender": "sender@one.test", "recipients": [{"address": "y@far.test", "delay_reason": "${reason}"}, {"address": "z@far.test", "delay_reason": "${reason}"}]}\n`,
    );
    const head = 'Received: by mail.one.test (Postfix, from userid 0)\nSubject: hi\n';
    expect((await run(`postcat -qh ${id}`)).said).toBe(head);
    expect((await run(`postcat -qb ${id}`)).said).toBe('\nbody\n');
    expect((await run(`postcat -qhb ${id}`)).said).toBe(`${head}\nbody\n`);
    const place = `deferred/${id.charAt(0)}/${id}`;
    const whole = (await run(`postcat -q ${id}`)).said;
    expect(whole).toContain(
      `*** ENVELOPE RECORDS ${place} ***\nmessage_size:              70              70               2               0              70               0\nmessage_arrival_time: Wed Nov 25 04:27:14 2026\n`,
    );
    expect(whole).toContain(
      `sender: sender@one.test\nnamed_attribute: dsn_orig_rcpt=rfc822;y@far.test\noriginal_recipient: y@far.test\nrecipient: y@far.test\n`,
    );
    expect(whole).toContain(`*** MESSAGE CONTENTS ${place} ***\n${head}\nbody\n*** HEADER EXTRACTED ${place} ***\n*** MESSAGE FILE END ${place} ***\n`);
    const said = async (command: string): Promise<string> => (await run(command)).said;
    expect(await said(`postsuper -h ${id}`)).toBe(`postsuper: ${id}: placed on hold\npostsuper: Placed on hold: 1 message\n`);
    expect((await run('mailq')).said).toBe(listing('!'));
    expect(await said(`postsuper -h ${id}`)).toBe('postsuper: Placed on hold: 0 messages\n');
    expect(await said(`postsuper -H ${id}`)).toBe(`postsuper: ${id}: released from hold\npostsuper: Released from hold: 1 message\n`);
    expect(await said(`postsuper -f ${id}`)).toBe(`postsuper: ${id}: expired\npostsuper: Force-expired: 1 message\npostsuper: Released from hold: 0 messages\n`);
    expect(await said(`postsuper -r ${id}`)).toBe(`postsuper: ${id}: requeued\npostsuper: Requeued: 1 message\n`);
    expect(await said('postsuper -d ALL hold')).toBe('postsuper: Deleted: 0 messages\n');
    expect((await run('postsuper -d -', `ABCDE1\n${id}\n`)).said).toBe(`postsuper: ${id}: removed\npostsuper: Deleted: 1 message\n`);
  }); // prettier-ignore

  cases([
    ['postqueue', 69, 'postqueue: fatal: usage: postqueue -f | postqueue -i queueid | postqueue -j | postqueue -p | postqueue -s site\n'],
    ['postqueue -f', 69, 'postqueue: warning: unable to look up public/qmgr: No such file or directory\npostqueue: fatal: Cannot flush mail queue - mail system is down\n'],
    ['postqueue -i ABCDEF', 69, 'postqueue: warning: connect to public/flush: No such file or directory\npostqueue: fatal: Cannot flush mail queue - mail system is down\n'],
    ['postqueue -s one.test', 69, 'postqueue: fatal: Flush service is not configured for destination "one.test"\n'],
    ['postsuper -d ALL bogus', 1, 'postsuper: fatal: invalid directory name: bogus\n'],
    ['postsuper -d ../x', 0, 'postsuper: warning: invalid mail queue id: ../x\npostsuper: Deleted: 0 messages\n'],
    ['postcat -q ABCDEF', 1, 'postcat: fatal: open queue file ABCDEF: No such file or directory\n'],
    ['postcat -q ../x', 1, 'postcat: fatal: bad mail queue ID: ../x\n'],
    ['postfix status', 1, 'postfix/postfix-script: the Postfix mail system is not running\n'],
    ['postfix reload', 1, 'postfix/postfix-script: fatal: the Postfix mail system is not running\n'],
    ['postfix stop', 1, 'postfix/postfix-script: fatal: the Postfix mail system is not running\n'],
    ['postfix bogus', 1, "postfix/postfix-script: fatal: unknown command: 'bogus'. Usage: postfix start (or stop, reload, abort, flush, check, status, set-permissions, upgrade-configuration, logrotate)\n"],
  ]); // prettier-ignore
});

describe('sendmail', () => {
  const user = `${os.userInfo().username}(${os.userInfo().uid})`;
  const dropped = async (): Promise<string[]> => {
    const entries = await queue.list(['maildrop']);
    const told = await Promise.all(
      entries.map(async ({ queueId }) => {
        const message = await queue.read(queueId);
        await queue.remove(queueId);
        const to = message?.envelope.recipients.map(({ address }) => address).join(' ') ?? '';
        return `${message?.envelope.reversePath ?? ''} -> ${to}\n${message?.content.toString() ?? ''}`;
      }),
    );
    return told;
  };

  cases([
    ['sendmail', 75, `sendmail: fatal: ${user}: Recipient addresses must be specified on the command line or via the -t option\n`],
    ['sendmail -t', 75, `sendmail: fatal: ${user}: No recipient addresses found in message header\n`],
    ['sendmail -Z ayo', 75, "sendmail: invalid option -- 'Z'\nsendmail: fatal: usage: sendmail [options]\n"],
    ['sendmail -q', 69, 'postqueue: warning: unable to look up public/qmgr: No such file or directory\npostqueue: fatal: Cannot flush mail queue - mail system is down\n'],
  ]); // prettier-ignore

  test('takes recipients from arguments and from the header, and hides the blind copies', async () => {
    await run('sendmail -t -i -f boss@one.test z@far.test', 'Subject: t\nBcc: q@far.test\nTo: "A, B" <r@far.test>, s@far.test\n\nb\n');
    expect(await dropped()).toEqual(['boss@one.test -> z@far.test r@far.test s@far.test q@far.test\nSubject: t\nTo: "A, B" <r@far.test>, s@far.test\n\nb\n']);
  }); // prettier-ignore

  test('a dot alone ends the message, unless -i', async () => {
    await run("sendmail -f '<>' ayo", 'From me Mon\nSubject: t\n\nb\n.\nafter\n');
    await run("sendmail -oi -f '<>' ayo", 'Subject: t\n\nb\n.\nafter\n');
    expect((await dropped()).sort()).toEqual(
      [' -> ayo\nSubject: t\n\nb\n', ' -> ayo\nSubject: t\n\nb\n.\nafter\n'].sort(),
    );
  });

  test('-N and -V: a wish that is none is ignored with a warning', async () => {
    expect((await run('sendmail -N foo ayo', 'x: y\n\n')).said).toBe(
      'sendmail: warning: unknown DSN NOTIFY command value "foo" in "foo"\nsendmail: warning: bad -N option value -- ignored\n',
    );
    await dropped();
    await run('sendmail -N success,delay -V id-1 ayo', 'x: y\n\n');
    const [entry] = await queue.list(['maildrop']);
    const message = await queue.read(entry?.queueId ?? '');
    expect(message?.envelope).toMatchObject({ envelopeId: 'id-1', recipients: [{ notify: ['SUCCESS', 'DELAY'] }] });
    await dropped();
  });

  test('-bs speaks SMTP', async () => {
    const { said, status } = await run(
      'sendmail -bs',
      'EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<ayo>\r\nDATA\r\nSubject: bs\r\n\r\nhi\r\n.\r\nQUIT\r\n',
    );
    expect(status).toBe(0);
    expect(said).toMatch(
      /^220 mail\.one\.test ESMTP Postfix\r\n250-mail\.one\.test\r\n(250-[A-Z0-9 ]+\r\n)+250 CHUNKING\r\n250 2\.1\.0 Ok\r\n250 2\.1\.5 Ok\r\n354 End data with <CR><LF>\.<CR><LF>\r\n250 2\.0\.0 Ok: queued as [0-9A-F]+\r\n221 2\.0\.0 Bye\r\n$/,
    );
    expect(await dropped()).toEqual(['a@b.test -> ayo\nSubject: bs\n\nhi\n']);
  });
});
