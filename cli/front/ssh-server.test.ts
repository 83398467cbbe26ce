/**
 * ssh-server.test - SSH at the front's face, spoken by the genuine ssh: who gets in, where, and what comes back. The door opens programs of this machine.
 */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import { createWorld } from '../../range/world.ts';
import { has } from '../../test/genuine-tools.ts';
import { openSshClient, type SshClient } from '../../test/ssh-client.ts';
import { readAuthorizedKeys } from './authorized-keys.ts';
import { openHostKey } from './host-key.ts';
import { readPlaceName } from './place-name.ts';
import type { OpenShell, ShellDoor, ShellWish } from './shell-door.ts';
import { startSshServer, type SshServer } from './ssh-server.ts';

const world = createWorld({ seats: [{}, {}], seed: 'a seed of this test' });
const password = world.seats[0]?.password ?? '';

/** What the door was asked, in order. */
const opened: { readonly place: string; readonly wish: ShellWish }[] = [];
const shells: OpenShell[] = [];
const told: string[] = [];
const logged: string[] = [];
let keys = '';

const door: ShellDoor = {
  findPlace: async (login) => readPlaceName(world, login),
  password: async ({ seat }) => world.seats.find(({ id }) => id === seat)?.password ?? '',
  keys: async () => readAuthorizedKeys(keys),
  greeting: async ({ host }) => `welcome to the ${host}\n`,
  async open({ seat, host }, wish) {
    opened.push({ place: `${seat} ${host}`, wish });
    if (wish.command === 'no host') throw new Error('this host does not run\x1b[2J');
    const child = spawn('sh', wish.command === undefined ? [] : ['-c', wish.command]);
    const ended = new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 137)));
    const shell = {
      input: child.stdin,
      output: child.stdout,
      errors: wish.terminal ? undefined : child.stderr,
      resize: ({ columns, rows }) => told.push(`size ${columns}x${rows}`),
      signal: (name) => told.push(`signal ${name}`),
      hangUp: () => {
        told.push('hang up');
        child.kill('SIGHUP');
      },
      exitCode: () => ended,
    } satisfies OpenShell;
    shells.push(shell);
    return shell;
  },
};

const hungUp = (): Promise<unknown> =>
  waitFor(
    'the hanging up',
    () => (told.includes('hang up') ? { kind: 'there', value: '' } : { kind: 'not-yet', seen: told.join() }),
    { clock: systemClock, timeoutMs: 10_000 },
  );

let server: SshServer;
let client: SshClient;

describe.runIf(has('ssh') || process.env['GATEHOUSE_PEERS'] === 'required')('SSH', () => {
  beforeAll(async () => {
    const probe = await openSshClient(0);
    const { privateKey } = await openHostKey(path.join(probe.folder, 'keys', 'host'));
    server = await startSshServer({
      door,
      privateKey,
      address: '127.0.0.1',
      ports: [0],
      clock: systemClock,
      log: (line) => logged.push(line),
    });
    await probe[Symbol.asyncDispose]();
    client = await openSshClient(server.port);
  });
  afterAll(async () => {
    await client[Symbol.asyncDispose]();
    await server.stop();
  });

  test.each([
    ['pc1', 'pc1 gateway'],
    ['pc1-gateway', 'pc1 gateway'],
    ['pc1-mailbox', 'pc1 mailbox'],
    ['pc1-dns', 'pc1 dns'],
  ])('%s leads to %s', async (login, place) => {
    const ran = await client.run(login, ['echo here'], { password });
    expect(ran).toMatchObject({ code: 0, out: 'here\n' });
    expect(opened.at(-1)?.place).toBe(place);
  });

  test('a command has its input, its two outputs and its exit status', async () => {
    const ran = await client.run('pc1', ['cat; echo bad >&2; exit 7'], { password, input: 'good\n' });
    expect(ran.code).toBe(7);
    expect(ran.out).toBe('good\n');
    expect(ran.err).toContain('bad');
    expect(ran.out).not.toContain('bad');
  });

  test('much output arrives whole', async () => {
    const { out } = await client.run('pc1', ['seq 150000'], { password });
    expect(out.split('\n')).toHaveLength(150_001);
    expect(out.endsWith('150000\n')).toBe(true);
  });

  test.each([
    ['a wrong password', 'pc1', 'wrong'],
    ['an empty password', 'pc1', ''],
    ["the neighbour's password", 'pc2', password],
    ['a seat that is not there', 'pc3', password],
    ['no seat at all', 'root', password],
    ['a name that was never meant', 'pc1-mailbox/../pc2', password],
  ])('%s does not get in', async (_, login, given) => {
    const before = opened.length;
    const ran = await client.run(login, ['echo in'], { password: given });
    expect(ran.code).toBe(255);
    expect(ran.out).toBe('');
    expect(ran.err).toMatch(/Permission denied \(publickey,password\)/);
    expect(opened).toHaveLength(before);
  });

  test('a connection has few attempts', async () => {
    const many = await client.run('pc1', ['true'], { password: 'guess', prompts: 20 });
    expect(many.code).toBe(255);
    expect(logged.filter((line) => line === 'ssh: too many attempts for pc1')).toHaveLength(1);
  });

  test('a key that was put there gets in, another one does not', async () => {
    const [mine, other] = [path.join(client.folder, 'mine'), path.join(client.folder, 'other')];
    for (const [file, type] of [
      [mine, 'ed25519'],
      [other, 'ecdsa'],
    ] as const)
      execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', file]);
    keys = `\ufeff# my keys\r\nno key at all\nssh-ed25519 AAAAbroken\n  ${readFileSync(`${mine}.pub`, 'utf8')}`;
    expect(await client.run('pc2-mailbox', ['echo in'], { keyFile: mine })).toMatchObject({ code: 0, out: 'in\n' });
    expect(await client.run('pc2-mailbox', ['echo in'], { keyFile: other })).toMatchObject({ code: 255, out: '' });
    keys = '';
    expect(await client.run('pc2-mailbox', ['echo in'], { keyFile: mine })).toMatchObject({ code: 255, out: '' });
  });

  test('rsa keys sign with SHA-2 (RFC 8332)', async () => {
    const file = path.join(client.folder, 'rsa');
    execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', file]);
    keys = readFileSync(`${file}.pub`, 'utf8');
    expect(await client.run('pc1', ['echo in'], { keyFile: file })).toMatchObject({ code: 0, out: 'in\n' });
  });

  test('a terminal is asked for with its name and size, greeted, and hangs up with its client', async () => {
    const talk = client.talk('pc1-mailbox', [], { password });
    await talk.sees(/welcome to the mailbox/);
    talk.type('echo a$((1 + 1))b\n');
    await talk.sees(/a2b/);
    expect(opened.at(-1)?.wish.terminal).toMatchObject({ name: 'xterm' });
    talk.child.kill('SIGKILL');
    await hungUp();
  });

  test('a client that dies while its input waits for the program is noticed, and nothing of it is kept', async () => {
    told.length = 0;
    const talk = client.talk('pc1', ['echo begun; exec sleep 60'], { password });
    await talk.sees(/begun/);
    talk.child.stdin.write('x'.repeat(1_000_000));
    await waitFor(
      'input that waits',
      () => {
        const { writableLength: waits = 0 } = shells.at(-1)?.input ?? {};
        return waits > 0 ? { kind: 'there', value: '' } : { kind: 'not-yet', seen: 'none' };
      },
      { clock: systemClock, timeoutMs: 10_000 },
    );
    talk.child.kill('SIGKILL');
    await hungUp();
    expect(shells.at(-1)?.input.destroyed).toBe(true);
  });

  test('a shell that is left tells its exit status', async () => {
    const talk = client.talk('pc1', [], { password });
    await talk.sees(/welcome to the gateway/);
    talk.type('echo $((40 + 2)); exit 4\n');
    expect(await talk.ended).toBe(4);
    const early = client.talk('pc1', ['exit 5'], { password });
    expect(await early.ended).toBe(5);
  });

  test('a host that does not run is told, without what a terminal would obey', async () => {
    const ran = await client.run('pc1', ['no host'], { password });
    expect(ran.code).toBe(255);
    expect(ran.err).toContain('this host does not run\\x1b[2J');
  });

  test('only words about language are sent along', async () => {
    await client.run('pc1', ['true'], { password, options: ['-o', 'SendEnv=LC_ALL PATH HOME'] });
    expect(opened.at(-1)?.wish.env).toEqual({ LC_ALL: 'C.UTF-8' });
  });

  test('no port is forwarded, in either direction', async () => {
    const target = net.createServer((socket) => socket.end('reached')).listen(0, '127.0.0.1');
    await new Promise((resolve) => target.once('listening', resolve));
    const { port } = target.address() as net.AddressInfo;
    const out = await client.run('pc1', [], { password, options: ['-W', `127.0.0.1:${port}`] });
    expect(out.out).not.toContain('reached');
    expect(out.code).not.toBe(0);
    const back = await client.run('pc1', ['true'], {
      password,
      options: ['-o', 'ExitOnForwardFailure=yes', '-R', `0:127.0.0.1:${port}`],
    });
    expect(back.code).toBe(255);
    target.close();
  });

  test('what is no SSH ends its own connection only', async () => {
    const fill = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, at) => (at * 37) % 256));
    for (const noise of [
      'GET / HTTP/1.0\r\n\r\n',
      'SSH-2.0-x\r\n\0\0\0\x0c\x0a\x14',
      'SSH-2.0-y\r\n',
      '\r\n'.repeat(5000),
    ])
      await new Promise<void>((resolve) => {
        const socket = net.connect(server.port, '127.0.0.1', () =>
          socket.end(Buffer.concat([Buffer.from(noise), fill(2000)])),
        );
        socket.on('error', () => undefined).on('data', () => undefined);
        socket.once('close', () => resolve());
      });
    expect(await client.run('pc1', ['echo still'], { password })).toMatchObject({ code: 0, out: 'still\n' });
  });

  test('too many who say nothing keep nobody out: they crowd out each other', async () => {
    const place = { port: server.port, host: '127.0.0.1' };
    const other = net.connect({ ...place, localAddress: '127.0.0.3' });
    const silent = Array.from({ length: 130 }, () =>
      net.connect({ ...place, localAddress: '127.0.0.2' }).on('error', () => undefined),
    );
    const cutOff = (): number => silent.filter((socket) => socket.resume().closed).length;
    await waitFor(
      'some of them cut off',
      () => (cutOff() >= 30 ? { kind: 'there', value: '' } : { kind: 'not-yet', seen: `${cutOff()} cut off` }),
      { clock: systemClock, timeoutMs: 10_000 },
    );
    expect(await client.run('pc1', ['echo in'], { password })).toMatchObject({ code: 0, out: 'in\n' });
    expect(other.closed).toBe(false);
    for (const socket of [other, ...silent]) socket.destroy();
  });

  test('several sessions run at once', async () => {
    const runs = ['1', '2', '3', '4'].map((each) => client.run('pc1', [`echo ${each}`], { password }));
    expect((await Promise.all(runs)).map(({ out }) => out.trim())).toEqual(['1', '2', '3', '4']);
  });
});

test('the host key is made once, for its owner only, and a broken one is named', async () => {
  await using folder = await openSshClient(0);
  const file = path.join(folder.folder, 'keys', 'host');
  const first = await openHostKey(file);
  expect(await openHostKey(file)).toEqual(first);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(first.fingerprint).toMatch(/^SHA256:[\w+/]{43}$/);
  const broken = path.join(folder.folder, 'askpass');
  await expect(openHostKey(broken)).rejects.toThrow(`${broken}: `);
});

test('a port that is taken is passed over, or told with the cure', async () => {
  const taken = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as net.AddressInfo;
  await using folder = await openSshClient(0);
  const { privateKey } = await openHostKey(path.join(folder.folder, 'keys', 'host'));
  const options = { door, privateKey, address: '127.0.0.1', clock: systemClock, log: () => undefined };
  await expect(startSshServer({ ...options, ports: [port] })).rejects.toThrow(/EADDRINUSE.*cure: another --ssh-port/);
  await using passed = await startSshServer({ ...options, ports: [port, 0] });
  expect(passed.port).not.toBe(port);
  await expect(startSshServer({ ...options, address: '192.0.2.1', ports: [0] })).rejects.toThrow('--listen ADDRESS');
  taken.close();
});
