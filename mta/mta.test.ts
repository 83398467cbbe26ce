/**
 * The mail system on the wire: sessions, replies, log lines, deliveries.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import type net from 'node:net';
import path from 'node:path';
import { SMTPServer } from 'smtp-server';
import { describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import { startTestHost, type TestHost } from './test-host.ts';

const until = <T>(what: string, look: () => Promise<T | undefined>): Promise<T> =>
  waitFor(
    what,
    async () => {
      const value = await look();
      return value === undefined ? { kind: 'not-yet', seen: 'nothing' } : { kind: 'there', value };
    },
    { clock: systemClock, timeoutMs: 5000 },
  );

const firstMail = (host: TestHost): Promise<string> => until('mail in the Maildir', async () => (await host.mail())[0]);
const logLine = (host: TestHost, pattern: RegExp): Promise<string> =>
  until(`log line ${pattern}`, async () => (await host.log()).split('\n').find((line) => pattern.test(line)));

describe('a session says what Postfix says', () => {
  test('from greeting to goodbye, and the mail is delivered with its trace', async () => {
    await using host = await startTestHost();
    const client = await host.connect();
    expect(await client.reply()).toBe('220 mail.one.test ESMTP Postfix');
    expect(await client.say('EHLO client.two.test')).toBe(
      '250-mail.one.test\n250-PIPELINING\n250-SIZE 10240000\n250-VRFY\n250-ETRN\n250-ENHANCEDSTATUSCODES\n250-8BITMIME\n250-DSN\n250-SMTPUTF8\n250 CHUNKING',
    );
    expect(await client.all('MAIL FROM:<a@two.test>', 'RCPT TO:<afnog@one.test>', 'DATA')).toEqual([
      '250 2.1.0 Ok',
      '250 2.1.5 Ok',
      '354 End data with <CR><LF>.<CR><LF>',
    ]);
    const queued = await client.say('Subject: hello\r\n\r\n..dotted\r\n.');
    expect(queued).toMatch(/^250 2\.0\.0 Ok: queued as [0-9A-F]{6,}$/);
    expect(await client.say('QUIT')).toBe('221 2.0.0 Bye');
    const mail = await firstMail(host);
    expect(mail).toMatch(
      /^Return-Path: <a@two\.test>\nX-Original-To: afnog@one\.test\nDelivered-To: afnog@one\.test\nReceived: from client\.two\.test \(localhost \[127\.0\.0\.1\]\)\n\tby mail\.one\.test \(Postfix\) with ESMTP id [0-9A-F]+\n\tfor <afnog@one\.test>; /,
    );
    expect(mail).toMatch(/\n\n\.dotted\n$/);
    await logLine(host, /disconnect from localhost\[127\.0\.0\.1\] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5$/);
    await logLine(host, /postfix\/qmgr\[\d+\]: [0-9A-F]+: removed$/);
    const queueId = queued.split(' ').at(-1) ?? '';
    expect(await host.log()).toMatch(
      new RegExp(
        `${queueId}: to=<afnog@one\\.test>, relay=local, delay=[\\d.]+, delays=[\\d./]+, dsn=2\\.0\\.0, status=sent \\(delivered to maildir\\)`,
      ),
    );
  });

  test('commands out of order, malformed and unknown', async () => {
    await using host = await startTestHost();
    const client = await host.connect();
    await client.reply();
    expect(
      await client.all(
        'RCPT TO:<a@b.test>',
        'DATA',
        'MAIL FROM:',
        'MAIL FROM:<a b@c>',
        'BOGUS',
        'EHLO',
        'MAIL FROM:<> X=1',
        'MAIL FROM:<a@b.test>',
        'MAIL FROM:<a@b.test>',
        'DATA',
        'RSET',
      ),
    ).toEqual([
      '503 5.5.1 Error: need MAIL command',
      '503 5.5.1 Error: need RCPT command',
      '501 5.5.4 Syntax: MAIL FROM:<address>',
      '501 5.1.7 Bad sender address syntax',
      '500 5.5.2 Error: command not recognized',
      '501 Syntax: EHLO hostname',
      '555 5.5.4 Unsupported option: X=1',
      '250 2.1.0 Ok',
      '503 5.5.1 Error: nested MAIL command',
      '554 5.5.1 Error: no valid recipients',
      '250 2.0.0 Ok',
    ]);
  });

  test('a web browser is shown the door', async () => {
    await using host = await startTestHost();
    const client = await host.connect();
    await client.reply();
    expect(await client.say('GET / HTTP/1.0')).toBe('221 2.7.0 Error: I can break rules, too. Goodbye.');
    expect(await client.reply()).toBe('(closed)');
  });

  test('too many errors end the session', async () => {
    await using host = await startTestHost({ mainCf: 'smtpd_hard_error_limit = 3\n' });
    const client = await host.connect();
    await client.reply();
    await client.all('X', 'Y');
    expect(await client.say('Z')).toBe('500 5.5.2 Error: command not recognized');
    expect(await client.reply()).toBe('421 4.7.0 mail.one.test Error: too many errors');
  });
});

describe('only CR LF . CR LF ends a message', () => {
  test.each(['\n.\n', '\n.\r\n', '\r\n.\n', '\r.\r'])('not %j', async (ending) => {
    await using host = await startTestHost();
    const client = await host.connect();
    await client.reply();
    await client.all('EHLO x.test', 'MAIL FROM:<a@two.test>', 'RCPT TO:<afnog@one.test>', 'DATA');
    client.write(
      `Subject: smuggled\r\n\r\nfirst${ending}MAIL FROM:<evil@two.test>\r\nRCPT TO:<afnog@one.test>\r\nDATA\r\nsecond\r\n.\r\n`,
    );
    expect(await client.reply()).toMatch(/queued as/);
    expect(await client.say('NOOP')).toBe('250 2.0.0 Ok');
    expect(await firstMail(host)).toContain('MAIL FROM:<evil@two.test>');
    expect(await host.mail()).toHaveLength(1);
  });
});

describe('strangers cannot relay', () => {
  const refusal = (address: string): string => `454 4.7.1 <${address}>: Relay access denied`;
  test.each([
    ['plain', '<x@other.test>', 'x@other.test'],
    ['percent hack', '<x%other.test@one.test>', 'x%other.test@one.test'],
    ['source route', '<@one.test:x@other.test>', 'x@other.test'],
    ['quoted', '<"x@other.test"@one.test>', 'x@other.test@one.test'],
    ['bang path', '<other.test!x@one.test>', 'other.test!x@one.test'],
  ])('%s', async (_name, path, shown) => {
    await using host = await startTestHost({ mainCf: 'mynetworks = 192.0.2.0/24\n' });
    const client = await host.connect();
    await client.reply();
    await client.all('EHLO x.test', 'MAIL FROM:<>');
    expect(await client.say(`RCPT TO:${path}`)).toBe(refusal(shown));
  });

  test('routing behind a relay domain is refused too', async () => {
    await using host = await startTestHost({ mainCf: 'mynetworks = 192.0.2.0/24\nrelay_domains = near.test\n' });
    const client = await host.connect();
    await client.reply();
    await client.all('EHLO x.test', 'MAIL FROM:<>');
    expect(await client.say('RCPT TO:<user@near.test>')).toBe('250 2.1.5 Ok');
    expect(await client.say('RCPT TO:<x%other.test@near.test>')).toBe(refusal('x%other.test@near.test'));
  });

  test('unknown users are refused at RCPT, a bare postmaster never', async () => {
    await using host = await startTestHost();
    const client = await host.connect();
    await client.reply();
    await client.all('EHLO x.test', 'MAIL FROM:<a@two.test>');
    expect(await client.say('RCPT TO:<ghost@one.test>')).toBe(
      '550 5.1.1 <ghost@one.test>: Recipient address rejected: User unknown in local recipient table',
    );
    expect(await client.say('RCPT TO:<postmaster>')).toBe('250 2.1.5 Ok');
    expect(await logLine(host, /reject/)).toMatch(
      /NOQUEUE: reject: RCPT from localhost\[127\.0\.0\.1\]: 550 5\.1\.1 <ghost@one\.test>: Recipient address rejected: User unknown in local recipient table; from=<a@two\.test> to=<ghost@one\.test> proto=ESMTP helo=<x\.test>$/,
    );
  });

  test('a configuration without any stop answers nobody and says why', async () => {
    await using host = await startTestHost({ mainCf: 'smtpd_relay_restrictions = permit_mynetworks\n' });
    const client = await host.connect();
    expect(await client.reply()).toBe('(closed)');
    await logLine(
      host,
      /fatal: in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions, specify at least one working instance of/,
    );
  });
});

describe('a stop that is never reached', () => {
  test.each([
    ['permit, reject_unauth_destination', /warning: restriction `reject_unauth_destination' after `permit' is ignored/],
    ['warn_if_reject reject_unauth_destination, permit', /fatal: .* at least one working instance of/],
  ])('is none: %s', async (list, line) => {
    await using host = await startTestHost({ mainCf: `smtpd_relay_restrictions = ${list}\n` });
    const client = await host.connect();
    expect(await client.reply()).toBe('(closed)');
    await logLine(host, line);
  });

  test.each([
    'permit_mynetworks, reject_unauth_destination, permit',
    'check_client_access static:OK, reject_unauth_destination',
    'own_rules',
  ])('is one where it could be: %s', async (list) => {
    const classes = 'smtpd_restriction_classes = own_rules\nown_rules = reject_unauth_destination\n';
    await using host = await startTestHost({ mainCf: `${classes}smtpd_relay_restrictions = ${list}\n` });
    const client = await host.connect();
    expect(await client.reply()).toMatch(/^220 /);
  });
});

describe('AUTH', () => {
  test('a login may relay, a wrong password may not', async () => {
    await using host = await startTestHost({ mainCf: 'mynetworks = 192.0.2.0/24\nsmtpd_sasl_auth_enable = yes\n' });
    const client = await host.connect();
    await client.reply();
    expect(await client.say('EHLO x.test')).toContain('AUTH PLAIN LOGIN');
    expect(await client.say(`AUTH PLAIN ${Buffer.from('\0afnog\0wrong').toString('base64')}`)).toMatch(/^535 5\.7\.8/);
    expect(
      await client.all('AUTH LOGIN', Buffer.from('afnog').toString('base64'), Buffer.from('secret').toString('base64')),
    ).toEqual(['334 VXNlcm5hbWU6', '334 UGFzc3dvcmQ6', '235 2.7.0 Authentication successful']);
    await client.say('MAIL FROM:<a@two.test>');
    expect(await client.say('RCPT TO:<x@other.test>')).toBe('250 2.1.5 Ok');
  });
});

describe('delivery', () => {
  const send = async (host: TestHost, from: string, to: string, body = 'Subject: t\r\n\r\ntext'): Promise<void> => {
    const client = await host.connect();
    await client.reply();
    await client.all('EHLO x.test', `MAIL FROM:<${from}>`);
    expect(await client.say(`RCPT TO:<${to}>`)).toBe('250 2.1.5 Ok');
    await client.say('DATA');
    expect(await client.say(`${body}\r\n.`)).toMatch(/queued as/);
    client.close();
  };

  test('goes to the MX, and what the remote refuses comes back as a report', async () => {
    const received: string[] = [];
    const remote = new SMTPServer({
      disabledCommands: ['STARTTLS', 'AUTH'],
      onRcptTo: (address, _session, done) =>
        done(
          address.address.startsWith('no')
            ? Object.assign(new Error('5.1.1 no such user'), { responseCode: 550 })
            : undefined,
        ),
      onData: (stream, _session, done) =>
        void stream.toArray().then((chunks) => (received.push(Buffer.concat(chunks as Buffer[]).toString()), done())),
    });
    const server = remote.listen(0, '127.0.0.1') as unknown as net.Server;
    await new Promise((resolve) => server.once('listening', resolve));
    const peers = new Map([['198.18.9.9:25', (server.address() as net.AddressInfo).port]]);
    await using host = await startTestHost({
      peers,
      names: { mx: { 'far.test': [{ preference: 10, exchange: 'mx.far.test' }] }, a: { 'mx.far.test': '198.18.9.9' } },
    });
    await send(host, 'afnog@one.test', 'yes@far.test', 'Subject: out\r\n\r\n..leading dot');
    await until('mail at the remote', async () => received[0]);
    expect(received[0]).toMatch(/\r\n\.leading dot\r\n$/);
    await logLine(
      host,
      /to=<yes@far\.test>, relay=mx\.far\.test\[198\.18\.9\.9\]:25, .*dsn=2\.0\.0, status=sent \(250 /,
    );
    await send(host, 'afnog@one.test', 'nobody@far.test');
    const bounce = await firstMail(host);
    expect(bounce).toMatch(/^Return-Path: <>\n/);
    expect(bounce).toContain('Subject: Undelivered Mail Returned to Sender');
    expect(bounce).toMatch(
      /Final-Recipient: rfc822; nobody@far\.test\nOriginal-Recipient: rfc822;nobody@far\.test\nAction: failed\nStatus: 5\.1\.1\nRemote-MTA: dns; mx\.far\.test\nDiagnostic-Code: smtp; 550 5\.1\.1 no such user/,
    );
    await new Promise<void>((resolve) => remote.close(resolve));
  });

  test('a host that is down leaves the mail deferred with its reason', async () => {
    await using host = await startTestHost({
      peers: new Map([['198.18.9.9:25', 1]]),
      names: { a: { 'far.test': '198.18.9.9' } },
    });
    await send(host, 'afnog@one.test', 'x@far.test');
    await logLine(
      host,
      /to=<x@far\.test>, relay=none, .*dsn=4\.4\.1, status=deferred \(connect to far\.test\[198\.18\.9\.9\]:25: Connection refused\)/,
    );
    const [entry] = await until('a deferred message', async () => {
      const entries = await host.mta.queue.list(['deferred']);
      return entries.length > 0 ? entries : undefined;
    });
    expect(entry?.recipients[0]?.state).toEqual({
      kind: 'deferred',
      dsn: '4.4.1',
      reason: 'connect to far.test[198.18.9.9]:25: Connection refused',
    });
  });

  test('a message that could not be deferred, since the queue takes nothing, is tried with the next look', async () => {
    await using host = await startTestHost({
      peers: new Map([['198.18.9.9:25', 1]]),
      names: { a: { 'far.test': '198.18.9.9' } },
    });
    const deferred = path.join(host.folder, 'var/spool/postfix/deferred');
    await rm(deferred, { recursive: true });
    await writeFile(deferred, 'no folder');
    await send(host, 'afnog@one.test', 'x@far.test');
    await logLine(host, /postfix\/qmgr\[\d+\]: (error|warning): [0-9A-F]+: .*deferred/);
    await rm(deferred);
    await mkdir(deferred);
    await host.mta.flush();
    const [entry] = await until('a deferred message', async () => {
      const entries = await host.mta.queue.list(['deferred']);
      return entries.length > 0 ? entries : undefined;
    });
    expect(entry?.recipients[0]?.state.kind).toBe('deferred');
  });

  test('a null MX and an unknown domain bounce', async () => {
    await using host = await startTestHost({ names: { mx: { 'mute.test': [{ preference: 0, exchange: '' }] } } });
    await send(host, 'afnog@one.test', 'x@mute.test');
    await logLine(host, /status=bounced \(Domain mute\.test does not accept mail \(nullMX\)\)/);
    await send(host, 'afnog@one.test', 'x@nowhere.test');
    await logLine(
      host,
      /status=bounced \(Host or domain name not found\. Name service error for name=nowhere\.test type=MX: Host not found\)/,
    );
  });

  test('aliases: to a user, to a loop', async () => {
    await using host = await startTestHost({
      mainCf: 'alias_maps = texthash:/etc/aliases.map\n',
      files: { '/etc/aliases.map': 'postmaster afnog\nloop1 loop2\nloop2 loop1\n' },
    });
    await send(host, 'a@two.test', 'postmaster@one.test');
    expect(await firstMail(host)).toContain('X-Original-To: postmaster@one.test');
    await send(host, '', 'loop1@one.test');
    await logLine(host, /status=bounced \(alias database loop for loop2\)/);
  });

  test('header_checks hold what they match', async () => {
    await using host = await startTestHost({
      mainCf: 'header_checks = regexp:/etc/postfix/header_checks\n',
      files: { '/etc/postfix/header_checks': '/^Received:/ HOLD\n' },
    });
    await send(host, 'a@two.test', 'afnog@one.test');
    expect(await host.mta.queue.list(['hold'])).toHaveLength(1);
    await logLine(
      host,
      /cleanup\[\d+\]: [0-9A-F]+: hold: header Received: from x\.test \(localhost \[127\.0\.0\.1\]\)\?\?by mail\.one\.test .* from localhost\[127\.0\.0\.1\]; from=<a@two\.test> to=<afnog@one\.test> proto=ESMTP helo=<x\.test>$/,
    );
  });
});
