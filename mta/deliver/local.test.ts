/**
 * local(8): where mail for a local name ends up. The log lines are those of Postfix 3.7.11 for the same aliases, but for commands, which are never run here.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createManualClock, systemClock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import { startTestHost, type TestHost } from '../test-host.ts';
import { deliverToMbox } from './mbox.ts';

const aliases = `both afnog, ghost
loop1 loop2
loop2 loop1
self self
cmd "|/bin/false"
file /var/mail/kept
inc :include:/etc/members
noinc :include:/etc/nomembers
list afnog, ghost
owner-list afnog
esc \\afnog
dup afnog, afnog, AFNOG
ext+a afnog
nested both
mixed afnog, far@far.test
`;

interface Case {
  readonly mainCf?: string;
  readonly files?: Readonly<Record<string, string>>;
}

const start = ({ mainCf = '', files = {} }: Case = {}): Promise<TestHost> =>
  startTestHost({
    mainCf: `mydestination = one.test, $myhostname\nalias_maps = texthash:/etc/aliases.map\nrecipient_delimiter = +\nlocal_recipient_maps =\nrelayhost = [198.18.9.9]\n${mainCf}`,
    files: { '/etc/aliases.map': aliases, '/etc/members': 'afnog, far@far.test\n', ...files },
    peers: new Map([['198.18.9.9:25', 1]]),
  });

/** Sends to `user@mail.one.test`; the local agent's log lines, shortened: `to [orig_to] dsn status text`. */
async function deliver(
  host: TestHost,
  user: string,
  lines: number,
  content = 'Subject: t\n\nbody\n',
): Promise<string[]> {
  const open = await host.mta.queue.open();
  await open.commit(
    {
      envelope: {
        reversePath: 'sender@two.test',
        recipients: [{ address: `${user}@mail.one.test`, originalRecipient: user, notify: ['NEVER'] }],
      },
      origin: { kind: 'pickup', uid: 0, rewriteContext: 'local' },
      content: Buffer.from(content),
    },
    'incoming',
  );
  return waitFor(
    `${lines} deliveries`,
    async () => {
      const found = [
        ...(await host.log()).matchAll(
          /postfix\/local\[\d+\]: [0-9A-F]+: to=<(.*?)>,(?: orig_to=<.*?>,)? relay=local, .* dsn=(\S+), status=(\w+) \((.*)\)/g,
        ),
      ];
      const told = found.map(
        ([, to = '', dsn = '', status = '', text = '']) =>
          `${to.split('@')[0]} ${dsn} ${status} ${text.replace(/as [0-9A-F]+$/, 'as QID')}`,
      );
      return told.length >= lines ? { kind: 'there', value: told } : { kind: 'not-yet', seen: told.join('\n') };
    },
    { clock: systemClock, timeoutMs: 5000 },
  );
}

const delivered = '2.0.0 sent delivered to maildir';
const forwarded = '2.0.0 sent forwarded as QID';

describe('aliases', () => {
  test.each<[string, string[]]>([
    ['afnog', [`afnog ${delivered}`]],
    ['afnog+x', [`afnog+x ${delivered}`]],
    ['ghost', ['ghost 5.1.1 bounced unknown user: "ghost"']],
    ['both', [`afnog ${delivered}`, 'ghost 5.1.1 bounced unknown user: "ghost"']],
    ['nested', [`afnog ${delivered}`, 'ghost 5.1.1 bounced unknown user: "ghost"']],
    ['loop1', ['loop2 5.4.6 bounced alias database loop for loop2']],
    ['self', ['self 5.1.1 bounced unknown user: "self"']],
    ['cmd', ['cmd 5.7.1 bounced mail to command is restricted']],
    ['inc', [`inc ${forwarded}`, `afnog ${delivered}`]],
    ['noinc', ['noinc 5.3.5 bounced mail system configuration error: cannot open include file /etc/nomembers']],
    ['esc', [`afnog ${delivered}`]],
    ['dup', [`afnog ${delivered}`]],
    ['ext+a', [`afnog ${delivered}`]],
    ['ext+b', ['ext+b 5.1.1 bounced unknown user: "ext"']],
    ['mixed', [`afnog ${delivered}`, `mixed ${forwarded}`]],
  ])('%s', async (user, lines) => {
    await using host = await start();
    expect((await deliver(host, user, lines.length)).sort()).toEqual([...lines].sort());
  });

  test('a list goes out in its owner’s name, Delivered-To names the list, and the owner hears of failures', async () => {
    await using host = await start();
    expect((await deliver(host, 'list', 4)).sort()).toEqual([
      `afnog ${delivered}`,
      `afnog ${delivered}`,
      'ghost 5.1.1 bounced unknown user: "ghost"',
      `list ${forwarded}`,
    ]);
    const mails = await host.mail();
    const copy = mails.find((mail) => mail.startsWith('Return-Path: <owner-list@mail.one.test>')) ?? '';
    expect(copy).toContain('\nX-Original-To: afnog@mail.one.test\nDelivered-To: afnog@mail.one.test\n');
    expect(copy).toContain('\nDelivered-To: list@mail.one.test\n');
    expect(mails.find((mail) => mail !== copy)).toContain('\nTo: owner-list@mail.one.test\n');
  });

  test('only the failed end of an alias is reported, as expanded from it', async () => {
    await using host = await start();
    const open = await host.mta.queue.open();
    await open.commit(
      {
        envelope: {
          reversePath: 'afnog@one.test',
          recipients: [{ address: 'both@one.test', originalRecipient: 'both@one.test' }],
        },
        origin: { kind: 'internal', rewriteContext: 'local' },
        content: Buffer.from('Subject: t\n\nbody\n'),
      },
      'incoming',
    );
    const bounce = await waitFor(
      'the bounce',
      async () => {
        const found = (await host.mail()).find((mail) => mail.includes('Undelivered Mail'));
        return found === undefined ? { kind: 'not-yet', seen: 'none' } : { kind: 'there', value: found };
      },
      { clock: systemClock, timeoutMs: 5000 },
    );
    expect(bounce).toContain('<ghost@one.test> (expanded from <both@one.test>): unknown user: "ghost"');
    expect(bounce.match(/Final-Recipient/g)).toHaveLength(1);
  });
});

describe('.forward', () => {
  test('the one for the extension comes first; a user may keep a copy; comments count for nothing', async () => {
    await using host = await start({
      files: {
        '/home/afnog/.forward': '# mine\n\\afnog, far@far.test\n',
        '/home/afnog/.forward+work': 'far@far.test\n',
      },
    });
    expect((await deliver(host, 'afnog', 2)).sort()).toEqual([`afnog ${delivered}`, `afnog ${forwarded}`]);
    expect((await deliver(host, 'afnog+work', 3)).slice(2)).toEqual([`afnog+work ${forwarded}`]);
  });

  test('a message that was here before is in a loop', async () => {
    await using host = await start();
    expect(await deliver(host, 'afnog', 1, 'Delivered-To: afnog@mail.one.test\nSubject: t\n\nb\n')).toEqual([
      'afnog 5.4.6 bounced mail forwarding loop for afnog@mail.one.test',
    ]);
  });

  test('luser_relay takes the mail of unknown users', async () => {
    await using host = await start({ mainCf: 'luser_relay = afnog+$local\n' });
    expect(await deliver(host, 'ghost', 1)).toEqual([`afnog+ghost ${delivered}`]);
  });
});

/** Moves the clock on until the work is done, whatever the disk takes. */
async function whileTimePasses(clock: ReturnType<typeof createManualClock>, work: Promise<void>): Promise<void> {
  let isOver = false;
  const over = work.finally(() => (isOver = true));
  over.catch(() => undefined);
  while (!isOver) {
    clock.advance(50);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return over;
}

describe('mailboxes', () => {
  const mbox = (host: TestHost, name: string): Promise<string> =>
    readFile(path.join(host.folder, 'var/mail', name), 'latin1');

  test('mbox: From_ line, quoting, an empty line behind; a full one takes no more', async () => {
    await using host = await start({ mainCf: 'home_mailbox =\nmailbox_size_limit = 300\n' });
    expect(await deliver(host, 'afnog', 1, 'Subject: t\n\nFrom me\nbody\n')).toEqual([
      'afnog 2.0.0 sent delivered to mailbox',
    ]);
    expect(await mbox(host, 'afnog')).toMatch(
      /^From sender@two\.test {2}\w{3} \w{3} [ \d]\d [\d:]{8} \d{4}\nReturn-Path: <sender@two\.test>\nX-Original-To: afnog\nDelivered-To: afnog@mail\.one\.test\nSubject: t\n\n>From me\nbody\n\n$/,
    );
    expect((await deliver(host, 'afnog', 2, `Subject: big\n\n${'x'.repeat(300)}\n`))[1]).toBe(
      'afnog 5.2.2 bounced cannot update mailbox /var/mail/afnog for user afnog. error writing message: File too large',
    );
    expect(await mbox(host, 'afnog')).not.toContain('Subject: big');
  });

  test('mail_spool_directory with a slash is a Maildir a user; a /file alias appends', async () => {
    await using host = await start({ mainCf: 'home_mailbox =\nmail_spool_directory = /var/mail/\n' });
    expect(await deliver(host, 'afnog', 1)).toEqual([`afnog ${delivered}`]);
    expect((await deliver(host, 'file', 2))[1]).toBe('file 2.0.0 sent delivered to file: /var/mail/kept');
    expect(await mbox(host, 'kept')).toContain('Delivered-To: file@mail.one.test\n');
  });

  test('allow_mail_to_files refuses what it does not name', async () => {
    await using host = await start({ mainCf: 'allow_mail_to_files = forward\n' });
    expect(await deliver(host, 'file', 1)).toEqual(['file 5.7.1 bounced mail to file is restricted']);
  });

  test('a foreign lock is waited for, a stale one is broken', async () => {
    await using host = await start();
    const file = path.join(host.folder, 'var/mail/shared');
    const deliveryAt = (clock: ReturnType<typeof createManualClock>): Promise<void> =>
      deliverToMbox({ file, content: Buffer.from('Subject: t\n\nb\n'), sender: '', sizeLimit: 0, clock });
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(`${file}.lock`, '');
    const fresh = createManualClock(Date.now());
    await expect(whileTimePasses(fresh, deliveryAt(fresh))).rejects.toThrow(/lock/);
    const later = createManualClock(Date.now() + 600_000);
    await deliveryAt(later);
    expect(await readFile(file, 'utf8')).toMatch(/^From MAILER-DAEMON {2}/);
  });
});
