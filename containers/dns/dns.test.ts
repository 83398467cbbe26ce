/**
 * The name server on the wire, as dig and a resolver see it.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
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
      { origin: 'seat.test', file, shownAs: 'etc/bind/db.seat.test', report: (lines) => void reports.push(...lines) },
    ],
  }).start();
  port = host.addresses()[0]?.socket.port ?? 0;
  resolver = createResolver({ servers: [`127.0.0.1:${port}`], timeoutMs: 1000 });
});

afterAll(async () => {
  await host.stop();
  await rm(folder, { recursive: true });
});

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

describe('dig', () => {
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
  socket.close();
  expect((await resolver.a('web.lab.test')).kind).toBe('found');
});
