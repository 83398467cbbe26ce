/**
 * Genuine tools against the hosts, as a person would use them: swaks, dig, curl, openssl, mutt, and Node's own resolver.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Resolver } from 'node:dns/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import { findActor, findSeat, type Seat } from '#range';
import { startTemporaryRange, type TemporaryRange } from '../range/temporary-range.ts';
import { has, missingTools, packageOf, runTool, type Ran } from './genuine-tools.ts';

let temporary: TemporaryRange;
let seat: Seat;
/** The mailbox host's certificate: self-signed, so it vouches for itself. */
let caFile: string;
let folder: string;

beforeAll(async () => {
  temporary = await startTemporaryRange({ seats: 2, clock: systemClock });
  const { range } = temporary;
  seat = findSeat(range.world, 'pc1');
  folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-peers-'));
  caFile = path.join(range.workspace.hostRoot('pc1', 'mailbox'), 'etc/ssl/certs/ssl-cert-snakeoil.pem');
  const settings = [
    `mydomain=${seat.domain}`,
    'mydestination=$myhostname, $mydomain, localhost',
    'inet_interfaces=all',
  ];
  await range.exec('pc1', 'mailbox', ['postconf', '-e', ...settings]);
  const master = await range.readFile('pc1', 'mailbox', '/etc/postfix/master.cf');
  const text = master.kind === 'file' ? master.text : '';
  const withSubmission = text.replace(/^#(submission| {2}-o )/gm, '$1');
  await range.overlay('pc1', 'mailbox', [{ path: '/etc/postfix/master.cf', content: Buffer.from(withSubmission) }]);
  await range.exec('pc1', 'mailbox', ['service', 'postfix', 'restart']);
});
afterAll(async () => {
  await temporary[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** The machine's socket of a service port on the seat's mailbox host. */
const at = (port: number): { host: string; port: string } => {
  const socket = temporary.range.wire.toSocket(seat.mailbox.address, port);
  return { host: socket.host, port: String(socket.port) };
};

test('the tools are here, or the machine may do without', () => {
  const missing = missingTools().map((tool) => `${tool} (apt-get install ${packageOf[tool]})`);
  if (process.env['GATEHOUSE_PEERS'] === 'required') expect(missing).toEqual([]);
  else if (missing.length > 0) process.stderr.write(`peers.test: not tried here: ${missing.join(', ')}\n`);
});

describe.runIf(has('swaks'))('swaks', () => {
  const swaks = (port: number, ...args: string[]): Promise<Ran> => {
    const { host, port: socketPort } = at(port);
    const source = temporary.range.wire.toSource(findActor(temporary.range.world, 'sound').host.address);
    const door = ['--server', host, '--port', socketPort, '--local-interface', source];
    const mail = ['--helo', 'mx.sound.test', '--from', 'someone@sound.test', '--to', `afnog@${seat.domain}`];
    return runTool('swaks', [...door, ...mail, ...args]);
  };
  const login = ['--auth-user', 'afnog', '--auth-password'];

  test('sends plainly, and is seen with its own address and name', async () => {
    const { code, out } = await swaks(25);
    expect(out).toMatch(/<- {2}250 2\.0\.0 Ok: queued as/);
    expect(code).toBe(0);
    const id = /queued as (\w+)/.exec(out)?.[1] ?? '';
    const log = await temporary.range.readFile('pc1', 'mailbox', '/var/log/mail.log');
    expect(log.kind === 'file' && log.text).toContain(`${id}: client=mx.sound.test[198.19.1.25]`);
  });

  test('with TLS verified against the host’s name, with an attachment', async () => {
    await writeFile(path.join(folder, 'note.txt'), 'attached\n');
    const { code, out } = await swaks(
      25,
      '--tls-verify',
      '--tls-ca-path',
      caFile,
      '--tls',
      '--attach',
      `@${path.join(folder, 'note.txt')}`,
    );
    expect(out).toMatch(/TLS peer DN=.*CN=mail\.pc1\.sse\.ws\.test/);
    expect(code).toBe(0);
  });

  test.each(['PLAIN', 'LOGIN'])('submits on 587 with AUTH %s, only after TLS', async (mechanism) => {
    const good = await swaks(587, '--tls', '--auth', mechanism, ...login, seat.password);
    expect(good.out).toMatch(/<~ {2}235 2\.7\.0/);
    expect(good.code).toBe(0);
    const wrong = await swaks(587, '--tls', '--auth', mechanism, ...login, 'wrong');
    expect(wrong.out).toMatch(/535 5\.7\.8/);
    expect(wrong.code).not.toBe(0);
    const open = await swaks(587, '--to', 'victim@outside.test');
    expect(open.out).toMatch(/530 5\.7\.0 Must issue a STARTTLS command first/);
  });

  test('is refused as a relay', async () => {
    const { code, out } = await swaks(25, '--to', 'victim@outside.test');
    expect(out).toMatch(/<\*\* 4?5?54 [45]\.7\.1 .*Relay access denied/);
    expect(code).not.toBe(0);
  });

  test('speaks HELO with --protocol SMTP', async () => {
    const { code, out } = await swaks(25, '--protocol', 'SMTP');
    expect(out).toMatch(/-> HELO mx\.sound\.test/);
    expect(code).toBe(0);
  });
});

describe.runIf(has('curl'))('curl', () => {
  const curl = (scheme: string, port: number, resource: string, ...args: string[]): Promise<Ran> => {
    const { host, port: socketPort } = at(port);
    const connect = ['--connect-to', `${seat.mailbox.name}:${port}:${host}:${socketPort}`];
    const trust = ['--cacert', caFile, '--ssl-reqd', '--user', `afnog:${seat.password}`, '--silent', '--show-error'];
    return runTool('curl', [...connect, ...trust, `${scheme}://${seat.mailbox.name}:${port}/${resource}`, ...args]);
  };

  test('appends, lists, searches, fetches and counts by IMAP', async () => {
    const file = path.join(folder, 'appended.eml');
    await writeFile(file, 'Subject: appended by curl\r\n\r\n.hello\r\n');
    expect(await curl('imaps', 993, 'INBOX', '--upload-file', file)).toMatchObject({ code: 0, err: '' });
    expect((await curl('imaps', 993, '')).out).toContain('* LIST (\\HasNoChildren) "." "INBOX"');
    const [, uid = ''] = /\* SEARCH .*?(\d+)\s*$/.exec((await curl('imaps', 993, 'INBOX?SUBJECT%20curl')).out) ?? [];
    expect(uid).not.toBe('');
    expect((await curl('imap', 143, `INBOX;MAILINDEX=${uid}`)).out).toBe('Subject: appended by curl\r\n\r\n.hello\r\n');
    expect((await curl('imaps', 993, `INBOX;MAILINDEX=${uid};SECTION=TEXT`)).out).toBe('.hello\r\n');
    const status = await curl('imap', 143, 'INBOX', '--request', 'STATUS INBOX (MESSAGES)');
    expect(status.out).toMatch(/\* STATUS "INBOX" \(MESSAGES \d+\)/);
  });

  test('lists and takes mail by POP3', async () => {
    await curl('imaps', 993, 'INBOX', '--upload-file', path.join(folder, 'appended.eml'));
    const list = (await curl('pop3s', 995, '')).out;
    const [, last = ''] = /(?:^|\n)(\d+) \d+\s*$/.exec(list) ?? [];
    expect((await curl('pop3', 110, last)).out).toBe('Subject: appended by curl\r\n\r\n.hello\r\n');
    expect((await curl('pop3s', 995, last, '--request', 'DELE', '--head')).code).toBe(0);
    expect((await curl('pop3s', 995, '')).out).not.toBe(list);
  });

  test('is refused with a wrong password, and trusts nobody without the certificate', async () => {
    expect(await curl('imaps', 993, '', '--user', 'afnog:wrong')).toMatchObject({ code: 67 });
    expect(await curl('pop3s', 995, '', '--user', 'afnog:wrong')).toMatchObject({ code: 67 });
    expect(await curl('imaps', 993, '', '--cacert', '/dev/null')).not.toMatchObject({ code: 0 });
  });
});

describe.runIf(has('openssl'))('openssl s_client', () => {
  test.each([
    ['SMTP', 25, ['-starttls', 'smtp']],
    ['submission', 587, ['-starttls', 'smtp']],
    ['IMAP', 143, ['-starttls', 'imap']],
    ['POP3', 110, ['-starttls', 'pop3']],
    ['IMAP over TLS', 993, []],
    ['POP3 over TLS', 995, []],
  ] as const)('verifies the host’s name on %s', async (_name, port, starttls) => {
    const { host, port: socketPort } = at(port);
    const verify = ['-CAfile', caFile, '-verify_hostname', seat.mailbox.name, '-verify_return_error', '-brief'];
    const { err, out } = await runTool('openssl', [
      's_client',
      '-connect',
      `${host}:${socketPort}`,
      ...starttls,
      ...verify,
    ]);
    expect(err + out).toMatch(/Verification: OK/);
    expect(err + out).toContain(`Verified peername: ${seat.mailbox.name}`);
  });
});

describe.runIf(has('mutt') && has('script'))('mutt', () => {
  const rc = async (): Promise<string> => {
    const [imap, submission] = [at(993), at(587)];
    const file = path.join(folder, 'muttrc');
    const url = `imaps://afnog@${imap.host}:${imap.port}/`;
    // The URL has the socket's address, which no certificate names: the file holds the one that is accepted.
    await writeFile(
      file,
      `set folder="${url}" spoolfile="${url}INBOX" imap_user="afnog" imap_pass="${seat.password}"
set certificate_file="${caFile}" ssl_verify_host=no ssl_force_tls=yes
set smtp_url="smtp://afnog@${submission.host}:${submission.port}/" smtp_pass="${seat.password}"
set from="afnog@${seat.domain}" realname="Af Nog" use_from=yes hostname="${seat.domain}"
set copy=no sleep_time=0 wait_key=no quit=yes pipe_decode=yes
`,
    );
    return file;
  };
  const environment = (): Record<string, string> => ({ HOME: folder, TERM: 'xterm' });

  test('sends through the submission port and reads it back from INBOX', async () => {
    const file = await rc();
    const args = ['-n', '-F', file, '-s', 'sent by mutt', '--', `afnog@${seat.domain}`];
    expect(await runTool('mutt', args, { input: 'written in mutt\n', env: environment() })).toMatchObject({ code: 0 });
    const copy = path.join(folder, 'seen-in-mutt.txt');
    await waitFor(
      'the message in INBOX as mutt shows it',
      async () => {
        const keys = `<last-entry><pipe-message>cat > ${copy}<enter><quit>`;
        const command = `mutt -n -F ${file} -e 'push "${keys}"'`;
        const { out } = await runTool('script', ['-qec', command, '/dev/null'], { env: environment() });
        const seen = await readFile(copy, 'utf8').catch(() => out);
        return /Subject: sent by mutt[^]*written in mutt/.test(seen)
          ? { kind: 'there', value: undefined }
          : { kind: 'not-yet', seen };
      },
      { clock: systemClock, timeoutMs: 40_000, everyMs: 500 },
    );
    expect(await readFile(copy, 'utf8')).toMatch(/with ESMTPSA/);
  });
});

describe.runIf(has('dig'))('dig', () => {
  const dig = async (...args: string[]): Promise<string> => {
    const server = temporary.range.wire.toSocket(temporary.range.world.dns.address, 53);
    return (await runTool('dig', [`@${server.host}`, '-p', String(server.port), '+tries=2', ...args])).out;
  };

  test.each([
    ['an address', ['A', 'mail.pc1.sse.ws.test'], '198.18.1.20\n'],
    ['an address over TCP', ['+tcp', 'A', 'gw.pc2.sse.ws.test'], '198.18.2.10\n'],
    ['a mail exchanger', ['MX', 'sound.test'], '10 mx.sound.test.\n'],
    ['a policy', ['TXT', 'sound.test'], '"v=spf1 mx -all"\n'],
    ['the name of an address', ['-x', '198.19.1.25'], 'mx.sound.test.\n'],
    ['the name server of a seat', ['NS', 'pc1.sse.ws.test'], 'ns.sse.ws.test.\n'],
    ['the block list', ['A', '25.5.19.198.bl.sse.ws.test'], '127.0.0.2\n'],
  ])('finds %s', async (_name, question, answer) => {
    expect(await dig('+short', ...question)).toBe(answer);
  });

  test("on a host asks the lab's name server by itself, and another one when told to", async () => {
    const { range } = temporary;
    const { host, port } = range.wire.toSocket(range.world.dns.address, 53);
    for (const place of ['gateway', 'mailbox', 'dns'] as const)
      expect(await range.exec('pc1', place, ['dig', '+short', 'MX', 'sound.test'])).toMatchObject({
        exitCode: 0,
        stdout: '10 mx.sound.test.\n',
      });
    const told = await range.exec('pc1', 'mailbox', [
      'dig',
      `@${host}`,
      '-p',
      String(port),
      '+short',
      'NS',
      'pc1.sse.ws.test',
    ]);
    expect(told.stdout).toBe('ns.sse.ws.test.\n');
  });

  test('tells a name that is not there from a name without that record; a transfer is refused', async () => {
    expect(await dig('nothing.pc1.sse.ws.test')).toMatch(/status: NXDOMAIN[^]*AUTHORITY: 1[^]*IN\s+SOA/);
    expect(await dig('MX', 'mail.pc1.sse.ws.test')).toMatch(/status: NOERROR[^]*ANSWER: 0, AUTHORITY: 1/);
    expect(await dig('AXFR', 'pc1.sse.ws.test')).toMatch(/Transfer failed/);
    expect(await dig('www.example.com')).toMatch(/status: (REFUSED|NXDOMAIN)/);
  });
});

test("Node's resolver finds what dig finds", async () => {
  const server = temporary.range.wire.toSocket(temporary.range.world.dns.address, 53);
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  resolver.setServers([`${server.host}:${server.port}`]);
  expect(await resolver.resolve4('mail.pc1.sse.ws.test')).toEqual(['198.18.1.20']);
  expect(await resolver.resolveMx('sound.test')).toMatchObject([{ exchange: 'mx.sound.test', priority: 10 }]);
  expect(await resolver.resolveTxt('sound.test')).toEqual([['v=spf1 mx -all']]);
  expect(await resolver.reverse('198.19.1.25')).toEqual(['mx.sound.test']);
  expect((await resolver.resolveSoa('pc1.sse.ws.test')).nsname).toBe('ns.sse.ws.test');
  await expect(resolver.resolve4('nothing.pc1.sse.ws.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  await expect(resolver.resolveMx('mail.pc1.sse.ws.test')).rejects.toMatchObject({ code: 'ENODATA' });
});
