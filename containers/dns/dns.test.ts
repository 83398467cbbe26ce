/**
 * The name server on the wire, as dig and a resolver see it.
 */
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import { createHostRoot } from '#util/host-root.ts';
import type { StartedHost } from '#util/host.ts';
import { createResolver, type Resolver } from '#util/resolver.ts';
import { directWire } from '#util/wire.ts';
import { createDns } from './dns.ts';

const soa = '$TTL 300\n@ SOA ns.lab.test. host.lab.test. 1 3600 900 1209600 60\n@ NS ns.lab.test.\n';
const long = Array.from({ length: 60 }, (_, index) => `big TXT "${'x'.repeat(60)}${index}"\n`).join('');
const labZone = `${soa}ns A 198.18.0.53
www CNAME web.lab.test.
web A 198.18.9.9
out CNAME host.seat.test.
loop CNAME loop2
loop2 CNAME loop
gone CNAME nowhere
*.wild A 198.18.7.7
deep.empty A 198.18.7.8
@ MX 10 mx
mx A 198.18.0.25
null MX 0 .
_25._tcp.mx TLSA 3 1 1 00ff
@ CAA 0 issue "ca.test"
_smtp._tcp SRV 1 2 25 mx
long TXT "v=spf1 " "mx " "-all"
child NS ns.child
ns.child A 198.18.3.3
${long}`;

/** Everything runs on a port of its own: the direct wire on 127.0.0.1, port 53 replaced by any free one. */
const wire = { ...directWire, toSocket: (host: string) => ({ host, port: 0 }) };

let folder: string;
let file: string;
let host: StartedHost;
let port: number;
let resolver: Resolver;
const reports: string[] = [];
const hostileReports: string[] = [];
const opcodeQuery = 0;
const seatZone = (address: string, serial: number): string =>
  `${soa.replace('1 3600', `${serial} 3600`)}host A ${address}\n`;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-dns-'));
  file = path.join(folder, 'db.seat.test');
  await writeFile(file, seatZone('198.18.1.1', 1));
  host = await createDns({
    address: '127.0.0.1',
    clock: systemClock,
    wire,
    generated: new Map([
      ['', '$TTL 300\n@ SOA ns.lab.test. host.lab.test. 1 1 1 1 60\n@ NS ns.lab.test.\ntest NS ns.lab.test.\n'],
      ['lab.test', labZone],
    ]),
    sources: [
      {
        origin: 'seat.test',
        root: createHostRoot(folder),
        file: '/db.seat.test',
        shownAs: 'etc/bind/db.seat.test',
        report: (lines) => void reports.push(...lines),
      },
      {
        origin: 'hostile.test',
        root: createHostRoot(path.join(folder, 'hostile')),
        file: '/db',
        shownAs: 'db',
        report: (lines) => void hostileReports.push(...lines),
      },
    ],
  }).start();
  port = host.addresses()[0]?.socket.port ?? 0;
  resolver = createResolver({ servers: [`127.0.0.1:${port}`], timeoutMs: 1000 });
});

afterAll(async () => {
  await host.stop();
  await rm(folder, { recursive: true });
});

const hasDig = spawnSync('dig', ['-v']).error === undefined; // where it is missing, test/peers.test.ts says which package brings it
const dig = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)('dig', ['@127.0.0.1', '-p', String(port), '+tries=1', '+time=2', ...args])).stdout;

describe("Node's resolver", () => {
  test('finds addresses, mail exchangers, joined text, aliases inside and across zones', async () => {
    expect(await resolver.a('www.lab.test')).toEqual({ kind: 'found', records: ['198.18.9.9'] });
    expect(await resolver.a('out.lab.test')).toEqual({ kind: 'found', records: ['198.18.1.1'] });
    expect(await resolver.a('anything.at.all.wild.lab.test')).toEqual({ kind: 'found', records: ['198.18.7.7'] });
    expect(await resolver.mx('lab.test')).toEqual({
      kind: 'found',
      records: [{ preference: 10, exchange: 'mx.lab.test' }],
    });
    expect(await resolver.mx('null.lab.test')).toEqual({ kind: 'found', records: [{ preference: 0, exchange: '' }] });
    expect(await resolver.txt('long.lab.test')).toEqual({ kind: 'found', records: ['v=spf1 mx -all'] });
  });

  test('tells a missing name from a name without that record', async () => {
    expect(await resolver.a('nothing.lab.test')).toEqual({ kind: 'nxdomain' });
    expect(await resolver.aaaa('web.lab.test')).toEqual({ kind: 'nodata' });
    expect(await resolver.a('empty.lab.test')).toEqual({ kind: 'nodata' });
    expect((await resolver.a('loop.lab.test')).kind).toBe('tempfail');
  });

  test('gets a long answer over TCP after a truncated one', async () => {
    const answer = await resolver.txt('big.lab.test');
    expect(answer.kind === 'found' && answer.records.length).toBe(60);
  });
});

describe.runIf(hasDig)('dig', () => {
  test('sees authoritative answers, the SOA with an absence, a referral with glue, and truncation over UDP', async () => {
    expect(await dig('web.lab.test', 'A')).toMatch(
      /flags: qr aa rd[\s\S]*web\.lab\.test\.\s+300\s+IN\s+A\s+198\.18\.9\.9/,
    );
    expect(await dig('nothing.lab.test', 'A')).toMatch(/status: NXDOMAIN[\s\S]*lab\.test\.\s+60\s+IN\s+SOA/);
    expect(await dig('a.child.lab.test', 'A')).toMatch(
      /AUTHORITY SECTION:\nchild\.lab\.test\.[\s\S]*ns\.child\.lab\.test\.[\s\S]*198\.18\.3\.3/,
    );
    expect(await dig('+ignore', '+noedns', 'big.lab.test', 'TXT')).toMatch(/flags: qr aa tc/);
    expect(await dig('+tcp', '+short', 'big.lab.test', 'TXT')).toMatch(/"x{60}59"/);
  });

  test('reads the rarer types and is refused a zone transfer', async () => {
    expect(await dig('+short', '_25._tcp.mx.lab.test', 'TLSA')).toBe('3 1 1 00FF\n');
    expect(await dig('+short', 'lab.test', 'CAA')).toBe('0 issue "ca.test"\n');
    expect(await dig('+short', '_smtp._tcp.lab.test', 'SRV')).toBe('1 2 25 mx.lab.test.\n');
    expect(await dig('lab.test', 'AXFR')).toMatch(/Transfer failed/);
    expect(await dig('LAB.test', 'CH', 'TXT')).toMatch(/status: REFUSED/);
  });
});

/** A query as bytes: header flags, one question, no more. */
function query(name: string, type = 1, options: { opcode?: number; tail?: Buffer; additional?: number } = {}): Buffer {
  const header = Buffer.from([
    0x12,
    0x34,
    (options.opcode ?? opcodeQuery) << 3,
    0,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    options.additional ?? 0,
  ]);
  const labels = name.split('.').flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
  const tail = options.tail ?? Buffer.alloc(0);
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, type, 0, 1]), tail]);
}

const optRecord = (version: number): Buffer => Buffer.from([0, 0, 41, 4, 208, 0, version, 0, 0, 0, 0]);
const framed = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);

/** Sends bytes over TCP in the given pieces and reads that many answers. */
async function overTcp(pieces: readonly Buffer[], answers: number): Promise<Buffer[]> {
  const socket = net.connect(port, '127.0.0.1');
  for (const piece of pieces) await new Promise((resolve) => socket.write(piece, resolve));
  const got: Buffer[] = [];
  let pending = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      got.push(pending.subarray(2, 2 + pending.readUInt16BE(0)));
      pending = pending.subarray(2 + pending.readUInt16BE(0));
    }
    if (got.length >= answers) break;
  }
  socket.destroy();
  return got;
}

const rcodeOf = (answer: Buffer | undefined): number => (answer?.readUInt8(3) ?? 0xff) & 0xf;

describe('on the wire', () => {
  test('several questions at once on one connection, cut anywhere, are answered in order', async () => {
    const bytes = Buffer.concat(
      ['web.lab.test', 'nothing.lab.test', 'empty.lab.test'].map((name) => framed(query(name))),
    );
    const got = await overTcp([bytes.subarray(0, 1), bytes.subarray(1, 40), bytes.subarray(40)], 3);
    expect(got.map((answer) => [rcodeOf(answer), answer.readUInt16BE(6)])).toEqual([
      [0, 1],
      [3, 0],
      [0, 0],
    ]);
  });

  test('EDNS is answered with EDNS; a later version, two OPT records, another opcode are told apart', async () => {
    const [plain, later, twice, notify, none] = await Promise.all(
      [
        query('web.lab.test', 1, { tail: optRecord(0), additional: 1 }),
        query('web.lab.test', 1, { tail: optRecord(1), additional: 1 }),
        query('web.lab.test', 1, { tail: Buffer.concat([optRecord(0), optRecord(0)]), additional: 2 }),
        query('web.lab.test', 6, { opcode: 4 }),
        query('web.lab.test'),
      ].map(async (bytes) => (await overTcp([framed(bytes)], 1))[0]),
    );
    expect(plain?.readUInt16BE(10)).toBe(1);
    expect(none?.readUInt16BE(10)).toBe(0);
    expect(rcodeOf(later)).toBe(0);
    expect(later?.subarray(-11).toString('hex')).toBe('00002904d00100' + '0000' + '0000'); // BADVERS: 1 in the OPT record's upper bits
    expect(rcodeOf(twice)).toBe(1);
    expect(rcodeOf(notify)).toBe(4);
  });

  test('a name comes back as it was asked; a refusal holds the question', async () => {
    const [mixed] = await overTcp([framed(query('WeB.lAb.TeSt'))], 1);
    expect(mixed?.includes('WeB')).toBe(true);
    const [transfer] = await overTcp([framed(query('lab.test', 252))], 1);
    expect([rcodeOf(transfer), transfer?.readUInt16BE(4), transfer?.readUInt8(2)]).toEqual([5, 1, 0x80]);
  });
});

describe.runIf(hasDig)('wildcards and absences (RFC 4592, RFC 2308)', () => {
  test.each([
    ['a.wild.lab.test', 'A', /NOERROR[^]*ANSWER: 1/],
    ['a.b.wild.lab.test', 'A', /NOERROR[^]*a\.b\.wild\.lab\.test\.\s+300\s+IN\s+A\s+198\.18\.7\.7/],
    ['a.wild.lab.test', 'MX', /NOERROR[^]*ANSWER: 0, AUTHORITY: 1/],
    ['wild.lab.test', 'A', /NOERROR[^]*ANSWER: 0, AUTHORITY: 1/],
    ['x.empty.lab.test', 'A', /NXDOMAIN/],
    ['x.deep.empty.lab.test', 'A', /NXDOMAIN/],
    ['out.lab.test', 'CNAME', /NOERROR[^]*ANSWER: 1,/],
    ['gone.lab.test', 'A', /NXDOMAIN[^]*ANSWER: 1, AUTHORITY: 1[^]*CNAME\s+nowhere\.lab\.test/],
    ['x.child.lab.test', 'TXT', /flags: qr rd[^]*ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 2/],
  ])('%s %s', async (name, type, expected) => {
    expect(await dig(name, type)).toMatch(expected);
  });
});

test('an edited zone is served at once, a broken one leaves the last good one and says where and how to mend it', async () => {
  await writeFile(file, seatZone('198.18.1.2', 2));
  await waitFor(
    'the new address',
    async () => {
      const answer = await resolver.a('host.seat.test');
      return answer.kind === 'found' && answer.records[0] === '198.18.1.2'
        ? { kind: 'there', value: undefined }
        : { kind: 'not-yet', seen: JSON.stringify(answer) };
    },
    { clock: systemClock, timeoutMs: 1000 },
  );
  await writeFile(file, `${seatZone('198.18.1.3', 3)}@ MX mail\n`);
  await waitFor(
    'the report of the broken zone',
    () =>
      reports.some((line) => line.includes('still serving serial 2'))
        ? { kind: 'there', value: undefined }
        : { kind: 'not-yet', seen: reports.join('\n') },
    { clock: systemClock, timeoutMs: 2000 },
  );
  expect(await resolver.a('host.seat.test')).toEqual({ kind: 'found', records: ['198.18.1.2'] });
  expect(reports).toContain("dns_rdata_fromtext: etc/bind/db.seat.test:5: near 'mail': not a valid number");
});

test('rndc reload has the server read the zone before it says so; a server that is away is an error', async () => {
  await mkdir(path.join(folder, 'etc/bind'), { recursive: true });
  await symlink(file, path.join(folder, 'etc/bind/db.seat.test'));
  const rndc = (server: string): Promise<{ stdout: string }> =>
    promisify(execFile)(process.execPath, [path.join(import.meta.dirname, 'tools/rndc.ts'), 'reload'], {
      cwd: folder,
      env: { ...process.env, GATEHOUSE_DNS: server },
    });
  await writeFile(file, seatZone('198.18.1.5', 5));
  expect((await rndc(`127.0.0.1:${port}`)).stdout).toContain('server reload successful');
  await writeFile(file, `${seatZone('198.18.1.6', 6)}@ MX mail\n`);
  expect(await resolver.a('host.seat.test')).toEqual({ kind: 'found', records: ['198.18.1.5'] });
  await writeFile(file, seatZone('198.18.1.7', 7));
  await expect(rndc('127.0.0.1:1')).rejects.toMatchObject({
    code: 1,
    stderr: 'rndc: connect failed: 127.0.0.1#1: ECONNREFUSED\n',
  });
});

/** A line of the reports has the words. */
function waitForReport(lines: readonly string[], words: string): Promise<void> {
  return waitFor(
    words,
    () =>
      lines.some((line) => line.includes(words))
        ? { kind: 'there', value: undefined }
        : { kind: 'not-yet', seen: lines.join('\n') },
    { clock: systemClock, timeoutMs: 3000 },
  );
}

test('a serial that does not grow is said, with what to do', async () => {
  const said = (what: string): Promise<void> => waitForReport(reports, what);
  await writeFile(file, seatZone('198.18.1.4', 9));
  await said('loaded serial 9');
  await writeFile(file, `${seatZone('198.18.1.4', 9)}; changed\n`);
  await said('zone seat.test/IN: zone serial (9) unchanged. zone may fail to transfer to secondaries.');
  await writeFile(file, seatZone('198.18.1.4', 8));
  await said('zone seat.test/IN: zone serial (8/9) has gone backwards');
  expect(reports.at(-1)).toMatch(/^cure: raise the serial of seat\.test above 9/);
});

describe('a seat whose zone file is no zone file keeps no other from being served', () => {
  let edits = 0;
  const place = (): string => path.join(folder, 'hostile', 'db');
  const expectReport = (words: string): Promise<void> => waitForReport(hostileReports, words);
  const expectOthersServed = async (): Promise<void> => {
    edits += 1;
    await writeFile(file, seatZone(`198.18.8.${edits}`, 100 + edits));
    expect(await resolver.a('host.seat.test')).toEqual({ kind: 'found', records: [`198.18.8.${edits}`] });
  };
  beforeEach(async () => {
    hostileReports.length = 0;
    await rm(path.join(folder, 'hostile'), { recursive: true, force: true });
    await mkdir(path.join(folder, 'hostile'));
  });

  test('a FIFO, which would hold up whoever opens it', async () => {
    await promisify(execFile)('mkfifo', [place()]);
    await expectReport('not a plain file');
    await expectOthersServed();
  });

  test('a device without end, and another seat’s zone, behind a link', async () => {
    await symlink('/dev/zero', place());
    await expectReport("leads outside the host's root");
    await rm(place());
    hostileReports.length = 0;
    await symlink(file, place());
    await expectReport("leads outside the host's root");
    await expectOthersServed();
  });

  test('a file so large that it would take seconds to read', async () => {
    await writeFile(place(), `${soa}${'same A 198.18.1.1\n'.repeat(50_000)}`);
    await expectReport('file too large');
    await expectOthersServed();
  });
});

test('a client that opens all connections it can leaves some to others', async () => {
  const sockets = Array.from({ length: 60 }, () =>
    net.connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' }).on('error', () => undefined),
  );
  await Promise.any(sockets.map((socket) => once(socket, 'close')));
  expect(sockets.filter((socket) => !socket.destroyed).length).toBeGreaterThan(10);
  expect(await dig('+tcp', 'web.lab.test', 'A')).toContain('198.18.9.9');
  for (const socket of sockets) socket.destroy();
});

test('garbage gets an error or silence, and the server lives on', async () => {
  const { createSocket } = await import('node:dgram');
  const socket = createSocket('udp4');
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.alloc(11),
    Buffer.alloc(12),
    Buffer.alloc(600, 0xff),
    Buffer.from('000001000001000000000000c00c00010001', 'hex'),
  ])
    await new Promise((resolve) => socket.send(bytes, port, '127.0.0.1', resolve));
  // Sound queries with bytes changed, cut and repeated, from a fixed seed.
  let seed = 1;
  const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
  for (let round = 0; round < 2000; round++) {
    const bytes = Buffer.from(query('web.lab.test', 1, { tail: optRecord(0), additional: 1 }));
    for (let changes = random(6); changes >= 0; changes--) bytes[random(bytes.length)] = random(256);
    const cut = bytes.subarray(0, 1 + random(bytes.length));
    await new Promise((resolve) => socket.send(cut, port, '127.0.0.1', resolve));
  }
  socket.close();
  const endless = net.connect(port, '127.0.0.1').on('error', () => undefined);
  endless.write(Buffer.alloc(200_000, 0xff));
  expect((await resolver.a('web.lab.test')).kind).toBe('found');
  endless.destroy();
});
