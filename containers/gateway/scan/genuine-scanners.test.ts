/**
 * The scanner with a clamd and a spamd beside it, which here are scripts on the wire that answer in the genuine ones' words; test/docker has the genuine ones themselves.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '#util/deadline.ts';
import { systemClock } from '#util/clock.ts';
import { startTestGateway, type TestGateway } from '../test-gateway.ts';
import { field, only } from '../test-look.ts';
import { eicar, mixed } from '../test-messages.ts';
import { readSpamcConf } from '../spam/spamd.ts';

/** A server on a free port, or on one that it had before. */
async function listen(answer: (socket: Socket) => void, port = 0): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, answer).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** zINSTREAM: chunks until one of length 0, then one answer and the end (clamd(8)). */
function clamd(socket: Socket): void {
  let seen = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk]);
    const content = readChunks(seen.subarray('zINSTREAM\0'.length));
    if (content === undefined) return;
    const verdict = content.includes('TOO-BIG')
      ? 'INSTREAM size limit exceeded. ERROR'
      : `stream: ${content.includes(eicar) ? 'Eicar-Test-Signature.UNOFFICIAL FOUND' : 'OK'}`;
    socket.end(`${verdict}\0`);
  });
}

/** Undefined until the last chunk is there. */
function readChunks(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    if (length === 0) return Buffer.concat(parts);
    parts.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return undefined;
}

/** As spamd 4.0.1 answered to REPORT. */
const spamReport = [
  'SPAMD/1.1 0 EX_OK',
  'Content-length: 600',
  'Spam: True ; 1001.8 / 5.0',
  '',
  'Spam detection software, running on the system "scan",',
  'has identified this incoming email as possible spam.',
  '',
  'Content analysis details:   (1001.8 points, 5.0 required)',
  '',
  ' pts rule name              description',
  '---- ---------------------- --------------------------------------------------',
  '-0.0 NO_RELAYS              Informational: message was not relayed via SMTP',
  '1000 GTUBE                  BODY: Generic Test for Unsolicited Bulk Email',
  ' 1.8 MISSING_SUBJECT        Missing Subject: header, and a sentence that is',
  '                            longer than a line',
  '',
].join('\r\n');
const cleanReport = 'SPAMD/1.1 0 EX_OK\r\nContent-length: 0\r\nSpam: False ; -0.5 / 5.0\r\n\r\n';

function spamd(socket: Socket): void {
  let seen = '';
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => (seen += chunk.toString('latin1')));
  socket.on('end', () => {
    const [head = '', length = ''] = /^REPORT SPAMC\/1\.5\r\nContent-length: (\d+)\r\n\r\n/.exec(seen) ?? [];
    const answers = seen.length - head.length === Number(length);
    if (!answers) return void socket.end('SPAMD/1.0 76 Bad header line: (Content-Length mismatch)\r\n');
    socket.end(
      seen.includes('POISON') ? 'SPAMD/1.0 74 I/O error\r\n' : seen.includes('GTUBE') ? spamReport : cleanReport,
    );
  });
}

let gateway: TestGateway;
let servers: { clamd: Server; spamd: Server };

beforeAll(async () => {
  servers = { clamd: await listen(clamd), spamd: await listen(spamd) };
  gateway = await startTestGateway({
    settings: `Virus Scanners = clamd\nClamd Socket = 127.0.0.1\nClamd Port = ${portOf(servers.clamd)}\nQuarantine Whole Message = yes\n`,
    files: { '/etc/mail/spamassassin/spamc.conf': `# spamc(1)\n-d 127.0.0.1\n-p ${portOf(servers.spamd)}\n` },
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  for (const server of Object.values(servers)) server.close();
});

const virus = { subject: 'Files', rest: mixed('Have a look.', [{ name: 'eicar.txt', content: eicar }]) };
const spam = { subject: 'Buy', rest: '\r\nGTUBE\r\n' };
const plain = { subject: 'Lunch', rest: '\r\nAt noon?\r\n' };

describe('a genuine clamd', () => {
  test('finds what it finds, in its own name for it', async () => {
    await gateway.newLines();
    const { afnog = [] } = await gateway.pass(virus);
    const lines = (await gateway.newLines()).join('\n');
    expect(lines).toMatch(
      /^Clamd::INFECTED:: Eicar-Test-Signature\.UNOFFICIAL :: \.\/[0-9A-F]+\.A[0-9A-F]{4}\/eicar\.txt$/m,
    );
    expect(lines).toContain('Virus Scanning: Clamd found 1 infections');
    expect(afnog.join()).not.toContain(eicar);
  });

  test('what it cannot look into is kept, and does not hold up the rest', async () => {
    const { afnog = [] } = await gateway.pass(
      { subject: 'Big', rest: mixed('See', [{ name: 'big.txt', content: 'TOO-BIG' }]) },
      plain,
    );
    expect(afnog.join()).not.toContain('TOO-BIG');
    expect(afnog.filter((message) => message.includes('At noon?'))).toHaveLength(1);
  });

  test('while it is away everything waits and the log says why; nothing is lost', async () => {
    const port = portOf(servers.clamd);
    servers.clamd.close();
    await once(servers.clamd, 'close');
    await gateway.newLines();
    await gateway.send(plain);
    await waitForLine(/COULD NOT CONNECT TO CLAMD.* 127\.0\.0\.1:\d+ \(ECONNREFUSED\)/, 8);
    servers.clamd = await listen(clamd, port);
    await gateway.settle();
    expect(await countIn('At noon?')).toBe(2);
  });
});

describe('a genuine spamd', () => {
  test('scores, and its rules stand in log and header', async () => {
    await gateway.newLines();
    await gateway.configure(`${settings()}Log Spam = yes\nHigh Scoring Spam Actions = deliver\n`);
    const message = only((await gateway.pass(spam)).afnog);
    expect(field(message, 'X-lab-MailScanner-SpamCheck')).toMatch(
      /spam, SpamAssassin \(not cached,\s+score=1001\.8,\s+required 6,\s+autolearn=disabled,\s+GTUBE 1000\.00,\s+MISSING_SUBJECT 1\.80,\s+NO_RELAYS 0\.00\)/,
    );
  });

  test('while it is away mail waits, for longer than a message is tried', async () => {
    const port = portOf(servers.spamd);
    servers.spamd.close();
    await once(servers.spamd, 'close');
    await gateway.newLines();
    await gateway.send({ subject: 'Late', rest: '\r\nlater\r\n' });
    await waitForLine(/spamd 127\.0\.0\.1:\d+ does not answer \(ECONNREFUSED\)/, 8);
    expect(await countIn('later')).toBe(0);
    servers.spamd = await listen(spamd, port);
    await gateway.settle();
    expect(await countIn('later')).toBe(1);
  });

  test('a message that it cannot take is kept back, and the others go on', async () => {
    const { afnog = [] } = await gateway.pass({ subject: 'Bad', rest: '\r\nPOISON\r\n' }, plain);
    expect(afnog.join()).not.toContain('POISON');
    expect(afnog).toHaveLength(1);
  });
});

test.each([
  ['-d scan.test -p 7830', { host: 'scan.test', port: 7830 }],
  ['# -d nobody\n--dest=198.18.0.25', { host: '198.18.0.25', port: 783 }],
  ['-s 500000', undefined],
  ['', undefined],
])('spamc.conf %j', (text, expected) => expect(readSpamcConf(text)).toEqual(expected));

const settings = (): string =>
  `Virus Scanners = clamd\nClamd Socket = 127.0.0.1\nClamd Port = ${portOf(servers.clamd)}\nQuarantine Whole Message = yes\n`;

let told: string[] = [];

/** Waits until so many lines say it. */
function waitForLine(pattern: RegExp, count: number): Promise<unknown> {
  told = [];
  return waitFor(
    `${count} lines ${pattern}`,
    async () => {
      told.push(...(await gateway.newLines()));
      const found = told.filter((line) => pattern.test(line)).length;
      return found >= count ? { kind: 'there', value: found } : { kind: 'not-yet', seen: `${found}: ${told.at(-1)}` };
    },
    { clock: systemClock, timeoutMs: 20_000 },
  );
}

/** Messages in the mailbox that hold the text. */
async function countIn(text: string): Promise<number> {
  const folder = `${gateway.folder}/home/afnog/Maildir/new`;
  const messages = await Promise.all((await readdir(folder)).map((name) => readFile(`${folder}/${name}`, 'latin1')));
  return messages.filter((message) => message.includes(text)).length;
}
