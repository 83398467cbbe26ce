/**
 * The workshop on Docker as people use it: the real command, the genuine ssh, pages on this machine and inside the lab; and what is left when it ends.
 *
 * Runs where a Docker engine has the images of this code; in CI always.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import ssh2, { type ClientChannel } from 'ssh2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { waitFor, type Look } from '#util/deadline.ts';
import { isStandIn } from '../../grader/exam/stand-in.ts';
import { attachRange } from '../../range/attach.ts';
import { connectDocker } from '../../range/docker/connect.ts';
import { networkName, workshopLabel } from '../../range/docker/container-plan.ts';
import { runCommand } from '../../range/docker/exec.ts';
import { has } from '../genuine-tools.ts';
import { begin, gatehouse, makeWorkspaces, type Outcome, type Workspaces } from '../gatehouse.ts';
import { openSshClient, type SshClient } from '../ssh-client.ts';
import { hasEngine, takeTurn, turnMs } from './engine.ts';

/** As far as it is read here. */
interface Status {
  readonly page: string | null;
  readonly ssh: { readonly port: number; readonly running: boolean; readonly command: string };
  readonly seats: readonly { readonly id: string; readonly kind: string; readonly password: string }[];
}

const patienceMs = 180_000;

describe.runIf(await hasEngine())('a workshop on Docker', { timeout: 300_000 }, () => {
  let turn: AsyncDisposable;
  let workspaces: Workspaces;
  let workspace: string;
  let first: Outcome;
  let ssh: SshClient;
  let password: string;

  const run = (command: string, ...args: string[]): Promise<Outcome> =>
    gatehouse([command, '--workspace', workspace, ...args], { patienceMs });
  const up = (...args: string[]): Promise<Outcome> => run('up', '--engine', 'docker', ...args);
  const status = async (): Promise<Status> => JSON.parse((await run('status', '--json')).stdout) as Status;
  const frontPid = (): number =>
    (JSON.parse(readFileSync(path.join(workspace, 'run/state.json'), 'utf8')) as { pid: number }).pid;
  const containers = async (): Promise<Record<string, string>> => {
    const filters = { label: [`${workshopLabel}=${workspace}`] };
    const there = await (await connectDocker()).listContainers({ all: true, filters });
    return Object.fromEntries(there.map(({ Names, Id }) => [Names[0] ?? '', Id]));
  };
  const inClassroom = async (...command: string[]): Promise<string> => {
    const container = 'gatehouse-classroom';
    return (await runCommand(await connectDocker(), systemClock, { container, command, env: {}, folder: '/' })).stdout;
  };
  const onGateway = async (script: string): Promise<string> =>
    (await (await attachRange(workspace, systemClock)).exec('pc1', 'gateway', ['sh', '-c', script])).stdout;

  beforeAll(async () => {
    turn = await takeTurn();
    workspaces = await makeWorkspaces();
    workspace = workspaces.at('class');
    first = await up('--seats', '1');
    const { ssh: place, seats } = await status();
    password = seats[0]?.password ?? '';
    ssh = await openSshClient(place.port);
  }, turnMs + patienceMs);
  afterAll(async () => {
    await ssh?.[Symbol.asyncDispose]();
    await workspaces?.[Symbol.asyncDispose]();
    await turn?.[Symbol.asyncDispose]();
  }, 120_000);

  test('up tells seats, password, the way in and the pages; status tells the same', async () => {
    const now = await status();
    expect(first.exitCode, first.stderr).toBe(0);
    expect(first.stdout).toContain(password);
    expect(first.stdout).toContain(now.ssh.command);
    expect(first.stdout).toContain(now.page);
    expect(now.ssh).toMatchObject({ running: true, command: `ssh -p ${now.ssh.port} pc1@127.0.0.1` });
    const text = (await run('status')).stdout;
    expect(text).toMatch(/pc1 +gateway +198\.18\.1\.10 +postfix running, mailscanner running/);
    expect(text).toContain(now.ssh.command);
  });

  test('a learner alone has a stand-in for a neighbour', async () => {
    expect((await status()).seats.map(({ kind }) => kind)).toEqual(['student', 'stand-in']);
    expect(await isStandIn(await attachRange(workspace, systemClock), 'pc2')).toBe(true);
  });

  test('a second up changes nothing', async () => {
    const before = { containers: await containers(), pid: frontPid() };
    expect((await up('--detach')).exitCode).toBe(0);
    expect({ containers: await containers(), pid: frontPid() }).toEqual(before);
  });

  test('a workshop on Docker is not run a second time without', async () => {
    const refused = await run('up', '--detach');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('runs in containers');
  });

  test.each([
    ['pc1', 'gw.pc1.sse.ws.test\n/\n'],
    ['pc1-mailbox', 'mail.pc1.sse.ws.test\n/\n'],
    ['pc1-dns', 'gw.pc1.sse.ws.test\n/srv/dns\n'],
  ])('%s lands in the right container', async (login, out) => {
    expect(await ssh.run(login, ['hostname; pwd'], { password })).toMatchObject({ code: 0, out });
  });

  test("a command's exit status, its two outputs and its input are its own", async () => {
    const ran = await ssh.run('pc1', ['cat; postqueue -p >&2; exit 42'], { password, input: 'typed\n' });
    expect(ran).toMatchObject({ code: 42, out: 'typed\n' });
    expect(ran.err).toContain('Mail queue is empty');
  });

  test('a wrong password and the password of another seat do not get in', async () => {
    for (const given of ['wrong', (await status()).seats[1]?.password ?? ''])
      expect(await ssh.run('pc1', ['hostname'], { password: given })).toMatchObject({ code: 255, out: '' });
  });

  test('a terminal follows its size, Ctrl-C ends a command, and exit tells its status', async () => {
    const shell = await openShell((await status()).ssh.port, password, { rows: 31, cols: 91 });
    await shell.sees(/root@gw\.pc1\.sse\.ws\.test:\/# $/);
    shell.type('stty size\r');
    await shell.sees(/31 91/);
    shell.type('tty\r');
    const [tty = ''] = /\/dev\/pts\/\d+/.exec(await shell.sees(/\/dev\/pts\/\d/)) ?? [];
    shell.channel.setWindow(45, 133, 0, 0);
    await waitFor(
      'the new size',
      async () => {
        const size = await onGateway(`stty -F ${tty} size`);
        return size === '45 133\n' ? { kind: 'there', value: size } : { kind: 'not-yet', seen: size };
      },
      { clock: systemClock, timeoutMs: 30_000 },
    );
    shell.type('sleep 3001; echo "now $?"\r');
    await waitForProcess('sleep 3001', true);
    shell.type('\x03');
    shell.type('echo "then $?"\r');
    await shell.sees(/then 130/);
    shell.type('exit 6\r');
    expect(await shell.exitCode).toBe(6);
  });

  test('programs of a client that is gone hang up; nohup goes on', async () => {
    const shell = await openShell((await status()).ssh.port, password, { rows: 24, cols: 80 });
    shell.type('nohup sleep 3003 >/dev/null 2>&1 &\rsleep 3002\r');
    await waitForProcess('sleep 3002', true);
    await waitForProcess('sleep 3003', true);
    shell.end();
    await waitForProcess('sleep 3002', false);
    expect(await onGateway('pgrep -fx "sleep 3003"')).not.toBe('');
    await onGateway('pkill -fx "sleep 3003"');
  });

  test('exec says what is not there as a shell does, and ends what nobody reads any more', async () => {
    const none = await run('exec', 'pc1', 'gateway', '--', 'nosuch');
    expect([none.exitCode, none.stderr]).toEqual([127, expect.stringMatching(/nosuch: not found\n$/)]);
    expect((await run('exec', 'pc1', 'gateway', '--', '/etc/passwd')).exitCode).toBe(126);
    const much = await run('exec', 'pc1', 'gateway', '--', 'head', '-c', '20000000', '/dev/zero');
    expect([much.exitCode, much.stderr]).toEqual([0, '']);
    const cut = begin(['exec', '--workspace', workspace, 'pc1', 'gateway', '--', 'yes', 'for ever']);
    await cut.printed(/for ever/);
    cut.child.stdout?.destroy();
    expect((await cut.outcome).exitCode).toBe(0);
    await waitForProcess('yes for ever', false);
  });

  test('the program of an exec that was killed hangs up; what it left in the background at its own end goes on', async () => {
    const killed = begin(['exec', '--workspace', workspace, 'pc1', 'gateway', '--', 'sleep', '3004']);
    await waitForProcess('sleep 3004', true);
    killed.child.kill('SIGKILL');
    await waitForProcess('sleep 3004', false);
    const behind = 'sleep 3005 >/dev/null 2>&1 & echo begun';
    expect((await run('exec', 'pc1', 'gateway', '--', 'sh', '-c', behind)).stdout).toBe('begun\n');
    await waitForProcess('sh -c read.*', false);
    expect(await onGateway('pgrep -fx "sleep 3005"')).not.toBe('');
    await onGateway('pkill -fx "sleep 3005"');
  });

  test('down on a copy of the workspace leaves the original’s SSH and pages', async () => {
    const copy = workspaces.at('copy');
    execFileSync('cp', ['-a', workspace, copy]);
    expect((await gatehouse(['down', '--workspace', copy])).exitCode).toBe(0);
    expect((await status()).ssh.running).toBe(true);
  });

  test('of clients that died nothing is left: neither what began with an environment of its own (su), nor a connection to the engine', async () => {
    const { port } = (await status()).ssh;
    const before = socketsOf(frontPid());
    for (const each of [1, 2, 3]) {
      const shell = await openShell(port, password, { rows: 24, cols: 80 });
      shell.type(`su - -c "sleep 400${each}"\r`);
      await waitForProcess(`sleep 400${each}`, true);
      shell.end();
    }
    for (const each of [1, 2, 3]) await waitForProcess(`sleep 400${each}`, false);
    await waitFor(
      'the front without their connections',
      () => {
        const left = socketsOf(frontPid()) - before;
        return left <= 1 ? { kind: 'there', value: left } : { kind: 'not-yet', seen: `${left} more` };
      },
      { clock: systemClock, timeoutMs: 30_000 },
    );
  });

  test('keys: what the seat’s root or the instructor put there', async () => {
    const keyFile = path.join(ssh.folder, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', keyFile]);
    const key = readFileSync(`${keyFile}.pub`, 'utf8');
    const tries = async (login: string): Promise<number> => (await ssh.run(login, ['true'], { keyFile })).code;
    expect(await tries('pc1')).toBe(255);
    await ssh.run('pc1', ['mkdir -p ~/.ssh && cat >> ~/.ssh/authorized_keys'], { password, input: key });
    expect([await tries('pc1'), await tries('pc1-dns'), await tries('pc1-mailbox'), await tries('pc2')]).toEqual([
      0, 0, 255, 255,
    ]);
    mkdirSync(path.join(workspace, 'keys'), { recursive: true });
    writeFileSync(path.join(workspace, 'keys', 'pc1.pub'), key);
    expect([await tries('pc1-mailbox'), await tries('pc2')]).toEqual([0, 255]);
    const [from, to] = [path.join(ssh.folder, 'from'), path.join(ssh.folder, 'to')];
    writeFileSync(from, 'a file\n');
    const { ssh: place } = await status();
    const options = ['-F', 'none', '-i', keyFile, '-o', 'BatchMode=yes'];
    options.push('-o', `UserKnownHostsFile=${ssh.folder}/known_hosts`);
    const scp = (...files: string[]) => execFileSync('scp', ['-q', ...options, '-P', String(place.port), ...files]);
    scp(from, 'pc1@127.0.0.1:there');
    scp('pc1@127.0.0.1:there', to);
    expect(readFileSync(to, 'utf8')).toBe('a file\n');
    if (!has('rsync')) return;
    const shell = ['ssh', ...options, '-p', String(place.port)].join(' ');
    const rsync = (...files: string[]) => execFileSync('rsync', ['-a', '-e', shell, ...files]);
    mkdirSync(path.join(ssh.folder, 'tree'));
    writeFileSync(path.join(ssh.folder, 'tree', 'leaf'), 'a leaf\n');
    rsync(`${ssh.folder}/tree`, 'pc1@127.0.0.1:');
    rsync('pc1@127.0.0.1:tree/', `${ssh.folder}/back`);
    expect(readFileSync(path.join(ssh.folder, 'back', 'leaf'), 'utf8')).toBe('a leaf\n');
  });

  test('a link out of the host is no key file', async () => {
    const keyFile = path.join(ssh.folder, 'key');
    await onGateway('rm -f ~/.ssh/authorized_keys; ln -s ../../../../../keys/pc2.pub ~/.ssh/authorized_keys');
    writeFileSync(path.join(workspace, 'keys', 'pc2.pub'), readFileSync(`${keyFile}.pub`));
    writeFileSync(path.join(workspace, 'keys', 'pc1.pub'), '');
    expect((await ssh.run('pc1', ['true'], { keyFile })).code).toBe(255);
    await onGateway('rm -rf ~/.ssh');
  });

  test('a session ends with its host; up brings the host back', async () => {
    const session = ssh.run('pc1', ['echo begun; sleep 3004'], { password });
    await waitForProcess('sleep 3004', true);
    await (await connectDocker()).getContainer('gatehouse-pc1-gateway').stop({ t: 1 });
    expect((await session).code).not.toBe(0);
    const refused = await ssh.run('pc1', ['true'], { password });
    expect(refused).toMatchObject({ code: 255 });
    expect(refused.err).toContain('this host does not run');
    expect((await run('doctor')).stdout).toContain('not gatehouse-pc1-gateway');
    const pid = frontPid();
    await up();
    expect(frontPid()).toBe(pid);
    expect(await ssh.run('pc1', ['postfix status; echo back'], { password })).toMatchObject({ out: 'back\n' });
    expect((await run('doctor')).exitCode).toBe(0);
  });

  test('the pages are read from inside the lab and change nothing there', async () => {
    const sheet = await onGateway('curl -s "http://classroom.sse.ws.test/labs/01-first-mail?seat=pc1"');
    expect(sheet).toContain('<h1>Lab 1: First mail');
    const text = await onGateway('curl -s "http://198.18.0.80/labs/01-first-mail.md?seat=pc1"');
    expect(text).toMatch(/^# Lab 1: First mail\n/);
    expect(await onGateway('curl -s http://198.18.0.80/slides/01-first-mail')).toContain('class="reveal"');
    expect(await onGateway('curl -s http://198.18.0.80/seats/pc1')).not.toContain(password);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
      expect(await onGateway(`curl -s -o /dev/null -w "%{http_code}" -X ${method} http://198.18.0.80/seats/pc1`)).toBe(
        '404',
      );
    expect(await onGateway('curl -s -o /dev/null -w "%{http_code}" -H "Host: evil.example" http://198.18.0.80/')).toBe(
      '421',
    );
  });

  test('results are on both pages', async () => {
    await run('check', '01');
    const { page } = await status();
    for (const html of [
      await (await fetch(`${page}seats/pc1`)).text(),
      await onGateway('curl -s http://198.18.0.80/seats/pc1'),
    ])
      expect(html).toMatch(/\d+ of 12/);
    expect(await inClassroom('sh', '-c', 'touch /var/lib/gatehouse/grades/x 2>&1')).toContain('Read-only');
    expect(await inClassroom('cat', '/etc/gatehouse/classroom.json')).not.toContain(password);
  });

  test('nothing else listens in the classroom', async () => {
    const actors = [1, 2, 3, 4, 5, 6, 7].map((each) => `198.19.${each}.25:25`);
    const listening = (await inClassroom('ss', '-ltnuH'))
      .split('\n')
      .map((line) => line.trim().split(/\s+/)[4] ?? '')
      // Docker's own resolver, for this container alone.
      .filter((each) => each !== '' && !each.startsWith('127.0.0.11:'));
    expect(listening.sort()).toEqual(['198.18.0.80:80', ...actors].sort());
  });

  test('more seats get their containers, names and logins; the others go on', async () => {
    const before = await containers();
    expect((await up('--seats', '3')).exitCode).toBe(0);
    const after = await containers();
    expect(after['/gatehouse-pc1-gateway']).toBe(before['/gatehouse-pc1-gateway']);
    const soa = await onGateway('dig +short pc3.sse.ws.test soa');
    expect(soa).toContain('pc3.sse.ws.test.');
    const { page, seats } = await status();
    expect(await (await fetch(page ?? '')).text()).toContain('pc3.sse.ws.test');
    expect(await onGateway('curl -s http://198.18.0.80/')).toContain('pc3.sse.ws.test');
    const there = await ssh.run('pc3-mailbox', ['hostname'], { password: seats[2]?.password ?? '' });
    expect(there.out).toBe('mail.pc3.sse.ws.test\n');
  });

  test('fewer seats lose their containers, and keep their files', async () => {
    expect((await up('--seats', '2')).exitCode).toBe(0);
    expect(Object.keys(await containers()).sort()).toEqual([
      '/gatehouse-classroom',
      '/gatehouse-dns',
      ...['pc1', 'pc2'].flatMap((seat) => [`/gatehouse-${seat}-gateway`, `/gatehouse-${seat}-mailbox`]),
    ]);
    expect(await onGateway('dig pc3.sse.ws.test soa')).toContain('NXDOMAIN');
    expect((await ssh.run('pc3', ['true'], { password })).code).toBe(255);
  });

  test('a wish that cannot be had leaves the front where it is; another port moves it', async () => {
    const [pid, { ssh: before }] = [frontPid(), await status()];
    const refused = await up('--listen', '192.0.2.1');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('cure: another --listen ADDRESS');
    expect((await status()).ssh).toEqual(before);
    await up('--ssh-port', '2298');
    expect((await status()).ssh).toMatchObject({ port: 2298, running: true });
    expect(frontPid()).not.toBe(pid);
    await up('--ssh-port', String(before.port));
    expect((await status()).ssh).toEqual(before);
  });

  test('a front that died is told of, and started again at the same port', async () => {
    const { ssh: before } = await status();
    process.kill(frontPid(), 'SIGKILL');
    expect(await status()).toMatchObject({ page: null, ssh: { port: before.port, running: false } });
    await up();
    expect((await status()).ssh).toEqual(before);
    expect(await ssh.run('pc1', ['hostname'], { password })).toMatchObject({ out: 'gw.pc1.sse.ws.test\n' });
  });

  test('down leaves no container, no network, no front and no port', async () => {
    const [pid, { port }] = [frontPid(), (await status()).ssh];
    expect((await run('down')).exitCode).toBe(0);
    expect(await containers()).toEqual({});
    await waitFor('the end of the front', () => lookForEnd(pid), { clock: systemClock, timeoutMs: 10_000 });
    await expect(connectOnce(port)).rejects.toThrow('ECONNREFUSED');
    expect((await run('status')).stderr).toContain('no workshop runs');
    expect((await run('down')).stdout).toContain('nothing runs');
  });

  test('an up that was broken off is ended by down, with all that it had made', async () => {
    const broken = begin(['up', '--workspace', workspace, '--engine', 'docker', '--seats', '2']);
    await broken.printed(/is started/);
    broken.child.kill('SIGKILL');
    await broken.outcome;
    expect((await run('down')).stdout).not.toContain('nothing runs');
    expect(await containers()).toEqual({});
    const engine = await connectDocker();
    expect(await engine.listNetworks({ filters: { name: [networkName] } })).toEqual([]);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(workspace);
  });

  async function waitForProcess(words: string, isThere: boolean): Promise<void> {
    await waitFor(
      `"${words}" ${isThere ? 'there' : 'gone'}`,
      async () => {
        const found = (await onGateway(`pgrep -fx "${words}"`)).trim();
        return (found !== '') === isThere ? { kind: 'there', value: found } : { kind: 'not-yet', seen: `"${found}"` };
      },
      { clock: systemClock, timeoutMs: 30_000, everyMs: 200 },
    );
  }
});

function lookForEnd(pid: number): Look<undefined> {
  try {
    process.kill(pid, 0);
    return { kind: 'not-yet', seen: 'it runs' };
  } catch {
    return { kind: 'there', value: undefined };
  }
}

function socketsOf(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).filter((each) => isSocket(path.join(folder, each))).length;
}

function isSocket(descriptor: string): boolean {
  try {
    return readlinkSync(descriptor).startsWith('socket:');
  } catch {
    return false; // closed meanwhile
  }
}

function connectOnce(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => (socket.destroy(), resolve()));
    socket.once('error', reject);
  });
}

/** A shell with a terminal whose size the test decides: the genuine ssh takes its own terminal's. */
async function openShell(port: number, password: string, size: { rows: number; cols: number }) {
  const client = new ssh2.Client();
  client.on('error', () => undefined);
  await new Promise((resolve, reject) => {
    client.once('ready', () => resolve(undefined)).once('error', reject);
    client.connect({ host: '127.0.0.1', port, username: 'pc1', password });
  });
  const channel = await new Promise<ClientChannel>((resolve, reject) =>
    client.shell({ ...size, term: 'dumb' }, (error, opened) => (error ? reject(error) : resolve(opened))),
  );
  let text = '';
  channel.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const exitCode = new Promise<number>((resolve) => channel.once('exit', resolve));
  return {
    channel,
    exitCode,
    type: (typed: string): void => void channel.write(typed),
    end: (): void => void client.destroy(),
    sees: (words: RegExp) =>
      waitFor(
        `"${words.source}" seen`,
        () => (words.test(text) ? { kind: 'there', value: text } : { kind: 'not-yet', seen: text.slice(-300) }),
        { clock: systemClock, timeoutMs: 30_000 },
      ),
  };
}
