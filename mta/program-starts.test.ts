/**
 * What a bad value of main.cf does: the program that reads it dies, its clients wait, and all goes on when the value is mended and the throttle time is over. As seen with Postfix 3.7.11.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createManualClock, systemClock, type ManualClock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import { createPostfixConfig } from './config/postfix-config.ts';
import { programFault } from './config/value-readers.ts';
import { startTestHost, type TestClient, type TestHost } from './test-host.ts';

const startMs = Date.UTC(2026, 10, 24, 12);

async function logged(host: TestHost, text: string): Promise<string> {
  return waitFor(
    `"${text}" in the log`,
    async () => {
      const log = await host.log();
      return log.includes(text) ? { kind: 'there', value: log } : { kind: 'not-yet', seen: log };
    },
    { clock: systemClock, timeoutMs: 5000 },
  );
}

/** Takes the line out of main.cf and reloads; the throttle time is over only after that. */
async function mend(host: TestHost, line: string, clock: ManualClock): Promise<void> {
  const file = path.join(host.folder, 'etc/postfix/main.cf');
  await writeFile(file, (await readFile(file, 'utf8')).replace(`${line}\n`, ''));
  await host.mta.reload();
  clock.advance(60_000);
}

async function send(client: TestClient): Promise<string> {
  await client.reply();
  await client.all('EHLO x.test', 'MAIL FROM:<a@two.test>', 'RCPT TO:<afnog@one.test>', 'DATA');
  return client.say('Subject: t\r\n\r\nb\r\n.');
}

describe('a value that is none stops the program that reads it', () => {
  test.each([
    ['smtpd_helo_required = maybe', 'bad boolean configuration: smtpd_helo_required = maybe'],
    ['smtpd_hard_error_limit = 10x', 'bad numerical configuration: smtpd_hard_error_limit = 10x'],
    ['smtpd_tls_security_level = bogus', 'Invalid TLS level "bogus"'],
    ['smtpd_timeout = 5x', 'parameter smtpd_timeout: bad time value or unit: 5x'],
  ])('smtpd: %s', async (line, words) => {
    const clock = createManualClock(startMs);
    await using host = await startTestHost({ mainCf: `${line}\n`, clock });
    expect(await host.log()).not.toContain('fatal');
    const first = await host.connect();
    const second = await host.connect();
    const log = await logged(host, 'throttling');
    const [, pid] = /postfix\/smtpd\[(\d+)\]: fatal: /.exec(log) ?? [];
    expect(log).toContain(`fatal: ${words}\n`);
    expect(log).toContain(`warning: process /usr/lib/postfix/sbin/smtpd pid ${pid} exit status 1\n`);
    expect(log).toContain('warning: /usr/lib/postfix/sbin/smtpd: bad command startup -- throttling\n');
    clock.advance(59_000);
    expect((await host.log()).match(/fatal/g)).toHaveLength(1);
    expect(log).not.toContain('connect from');
    await mend(host, line, clock);
    expect(await first.reply()).toMatch(/^220 /);
    expect(await second.reply()).toMatch(/^220 /);
    first.close();
    second.close();
  });

  test('it is tried again after a minute, and dies again', async () => {
    const clock = createManualClock(startMs);
    await using host = await startTestHost({ mainCf: 'smtpd_helo_required = maybe\n', clock });
    const client = await host.connect();
    await logged(host, 'throttling');
    clock.advance(60_000);
    await logged(host, '12:01:00 mail postfix/master');
    client.close();
  });

  test('cleanup: the client waits at RCPT TO, and goes on when it is mended', async () => {
    const clock = createManualClock(startMs);
    const line = 'always_add_missing_headers = maybe';
    await using host = await startTestHost({ mainCf: `${line}\n`, clock });
    const client = await host.connect();
    const sent = send(client);
    const log = await logged(host, 'sbin/cleanup: bad command startup');
    expect(log).toContain(`fatal: bad boolean configuration: ${line}`);
    await mend(host, line, clock);
    expect(await sent).toMatch(/queued as/);
    client.close();
  });

  test('trivial-rewrite: the client waits at MAIL FROM', async () => {
    const clock = createManualClock(startMs);
    await using host = await startTestHost({ mainCf: 'append_dot_mydomain = maybe\n', clock });
    const client = await host.connect();
    await client.reply();
    await client.say('EHLO x.test');
    client.write('MAIL FROM:<a@two.test>\r\n');
    await logged(host, 'sbin/trivial-rewrite: bad command startup');
    client.close();
  });

  test.each([
    ['local', 'biff = maybe', 'active'],
    ['qmgr', 'queue_run_delay = 5x', 'incoming'],
  ] as const)('%s: mail is accepted and waits in %s', async (program, line, queue) => {
    const clock = createManualClock(startMs);
    await using host = await startTestHost({ mainCf: `${line}\n`, clock });
    const client = await host.connect();
    expect(await send(client)).toMatch(/queued as/);
    client.close();
    await logged(host, `sbin/${program}: bad command startup -- throttling`);
    expect(await host.mta.queue.ids(queue)).toHaveLength(1);
    expect(await host.log()).not.toContain('status=');
    await mend(host, line, clock);
    await logged(host, 'status=sent');
  });
});

test('two ways to one mailbox are two deliveries, a copy goes through the aliases, and odd local-parts are quoted in the log', async () => {
  await using host = await startTestHost({
    mainCf:
      'virtual_alias_maps = inline:{info@one.test=afnog@one.test,copies@one.test=kept@one.test}\nalways_bcc = copies@one.test\nlocal_transport = discard:\nlocal_recipient_maps =\n',
  });
  const client = await host.connect();
  await client.reply();
  await client.all('EHLO x.test', 'MAIL FROM:<a@two.test>', 'RCPT TO:<afnog@one.test>', 'RCPT TO:<info@one.test>');
  await client.all('RCPT TO:<afnog@one.test>', 'RCPT TO:<"a b"@one.test>', 'DATA');
  expect(await client.say('Subject: t\r\n\r\nb\r\n.')).toMatch(/queued as/);
  client.close();
  const log = await logged(host, 'removed');
  const delivered = [...log.matchAll(/ to=(<.*?>,(?: orig_to=<.*?>,)?) relay/g)].map(([, to]) => to);
  expect(delivered.sort()).toEqual([
    '<"a b"@one.test>,',
    '<afnog@one.test>,',
    '<afnog@one.test>, orig_to=<info@one.test>,',
    '<kept@one.test>, orig_to=<copies@one.test>,',
  ]);
});

test('each program reads its own values; a few are read by all', () => {
  const surroundings = { root: { path: '/', resolve: String, display: String }, hostname: 'a.test', interfaces: [] };
  const readers = (name: string): string[] => {
    const config = createPostfixConfig('/etc/postfix', new Map([[name, 'x!y']]), [], surroundings);
    const programs = ['every', 'smtpd', 'cleanup', 'trivial-rewrite', 'qmgr', 'local', 'smtp', 'lmtp', 'discard'];
    return programs.filter((program) => programFault(config, program));
  };
  expect(readers('soft_bounce')).toHaveLength(9);
  expect(readers('strict_rfc821_envelopes')).toEqual(['smtpd']);
  expect(readers('unknown_local_recipient_reject_code')).toEqual(['smtpd']);
  expect(readers('hopcount_limit')).toEqual(['cleanup']);
  expect(readers('smtp_connect_timeout')).toEqual(['smtp']);
  expect(readers('lmtp_connect_timeout')).toEqual(['lmtp']);
  expect(readers('slow_destination_rate_delay')).toEqual(['qmgr']);
  expect(readers('smtp_destination_concurrency_limit')).toEqual(['qmgr']);
  expect(readers('minimal_backoff_time')).toEqual(['qmgr', 'smtp', 'lmtp']);
  expect(readers('smtpd_banner')).toEqual([]);
});
