/**
 * The committed docker-compose.yml brings a working workshop up with nothing but docker-compose (Debian's 1.29), and every command works on it.
 *
 * Runs where a Docker engine has the images and docker-compose is installed; in CI always.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import { labImages } from '../../cli/lab-images.ts';
import { attachRange } from '../../range/attach.ts';
import { connectDocker } from '../../range/docker/connect.ts';
import { networkName, planContainers, workshopLabel } from '../../range/docker/container-plan.ts';
import { loadWorkshop, openWorkspace, worldOf } from '../../range/workspace.ts';
import { findPeer } from '../genuine-peers.ts';
import { hasEngine, hasGenuineImage, takeTurn, turnMs } from './engine.ts';

const home = path.join(import.meta.dirname, '..', '..');
const compose = (await hasEngine()) ? findPeer('docker-compose') : undefined;
const isGenuineThere = compose !== undefined && (await hasGenuineImage());
const run = promisify(execFile);

interface Report {
  readonly score: { readonly points: number; readonly of: number };
}

describe.runIf(compose)('docker-compose alone', { timeout: 300_000 }, () => {
  let turn: AsyncDisposable;
  let folder = '';
  const composeIn = (...words: string[]) => run(compose ?? '', words, { cwd: folder });
  const gatehouse = (...words: string[]) =>
    run(process.execPath, [path.join(home, 'cli', 'main.ts'), ...words], {
      env: { ...process.env, GATEHOUSE_WORKSPACE: path.join(folder, 'workshop') },
    });

  beforeAll(async () => {
    turn = await takeTurn();
    folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-compose-'));
    await copyFile(path.join(home, 'docker-compose.yml'), path.join(folder, 'docker-compose.yml'));
    await composeIn('up', '-d');
    await waitUntilReady(folder);
  }, turnMs);
  afterAll(async () => {
    await composeIn('down').catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
    await turn?.[Symbol.asyncDispose]();
  }, 120_000);

  test('its containers are those of the plan, with its limits, rights and folders', async () => {
    const docker = await connectDocker();
    const workspace = openWorkspace(path.join(folder, 'workshop'));
    const world = worldOf((await loadWorkshop(workspace))!);
    for (const { name, address, options } of planContainers({
      world,
      workspace,
      imageOf: (await labImages()).imageOf,
    })) {
      const { Config, HostConfig, Mounts, NetworkSettings } = await docker.getContainer(name).inspect();
      const { Mounts: mounts = [], CapAdd: powers, LogConfig, ...limits } = options.HostConfig ?? {};
      expect({ ...HostConfig, LogConfig: undefined }, name).toMatchObject(limits);
      expect(HostConfig.LogConfig, name).toEqual(LogConfig);
      expect((HostConfig.CapAdd as string[]).map((power) => power.replace(/^CAP_/, '')).sort()).toEqual(
        [...(powers as string[])].sort(),
      );
      expect(Object.fromEntries(Mounts.map(({ Source, Destination }) => [Destination, Source]))).toEqual(
        Object.fromEntries(mounts.map(({ Source, Target }) => [Target, Source])),
      );
      expect([Config.Image, Config.Hostname]).toEqual([options.Image, options.Hostname]);
      expect(Config.Env).toEqual(expect.arrayContaining(options.Env ?? []));
      expect(NetworkSettings.Networks[networkName]?.IPAddress).toBe(address);
    }
    expect((await docker.getNetwork(networkName).inspect()) as object).toMatchObject({ Internal: true });
  });

  test('who runs it sees seats and passwords', async () => {
    const { stdout } = await composeIn('logs', '--no-color', 'prepare');
    expect(stdout).toMatch(/pc2 +pc2\.sse\.ws\.test +login afnog, password \w{3}-/);
    const { stdout: status } = await gatehouse('status', '--json');
    const { seats, ssh } = JSON.parse(status) as { seats: { id: string; password: string }[]; ssh: unknown };
    // The front for SSH comes with `gatehouse up`.
    expect(ssh).toBeNull();
    expect(seats.map(({ id }) => id)).toEqual(['pc1', 'pc2']);
    for (const { password } of seats) expect(stdout).toContain(password);
  });

  test('commands work on it: a lab is solved and checked, on the wire and on the host', async () => {
    await gatehouse('solve', '06', '--all-seats');
    const { stdout } = await gatehouse('check', '06', '--json');
    const { score } = JSON.parse(stdout) as Report;
    expect(score.points).toBe(score.of);
    expect((await gatehouse('exec', 'pc1', 'mailbox', '--', 'hostname')).stdout).toBe('mail.pc1.sse.ws.test\n');
    expect((await gatehouse('logs', 'pc1', 'gateway')).stdout).toContain('MailScanner');
  });

  test('`gatehouse up` leaves it alone with either engine, and `gatehouse down` ends it; brought up again, files and passwords are as they were', async () => {
    const planned = await loadWorkshop(openWorkspace(path.join(folder, 'workshop')));
    for (const wish of [[], ['--seats', '3'], ['--scanners']])
      await expect(gatehouse('up', '--engine', 'docker', ...wish)).rejects.toThrow(
        /belongs to docker compose .*cure: docker compose down|there is no image gatehouse\/genuine/,
      );
    expect(await loadWorkshop(openWorkspace(path.join(folder, 'workshop')))).toEqual(planned);
    await expect(gatehouse('up', '--detach')).rejects.toThrow(/runs in containers .*cure: gatehouse down/);
    const { stdout: before } = await composeIn('logs', '--no-color', 'prepare');
    await gatehouse('down');
    expect(await leftOver()).toEqual([]);
    await composeIn('up', '-d');
    await waitUntilReady(folder);
    expect((await composeIn('logs', '--no-color', 'prepare')).stdout).toBe(before);
    expect((await gatehouse('exec', 'pc1', 'gateway', '--', 'postconf', '-h', 'header_checks')).stdout).not.toBe('\n');
  });

  test.runIf(isGenuineThere)('profile scanners adds a clamd that a gateway reaches by its name', async () => {
    const services = async () => (await composeIn('ps', '--services', '--filter', 'status=running')).stdout.split('\n');
    expect(await services()).not.toContain('scanners');
    expect((await gatehouse('status')).stdout).not.toContain('clamd');
    await composeIn('--profile', 'scanners', 'up', '-d');
    expect(await services()).toContain('scanners');
    expect((await gatehouse('status')).stdout).toContain('clamd 198.18.0.25:3310');
    const { scanners } = JSON.parse((await gatehouse('status', '--json')).stdout) as { scanners: unknown };
    expect(scanners).toEqual({ name: 'scan.sse.ws.test', address: '198.18.0.25' });
    const ask = 'exec 3<>/dev/tcp/$(dig +short scan.sse.ws.test)/3310; printf "zPING\\0" >&3; timeout 5 head -c 4 <&3';
    await waitFor(
      'an answer of clamd',
      async () => {
        const { stdout, stderr } = await gatehouse('exec', 'pc1', 'gateway', '--', 'bash', '-c', ask).catch(
          (error: { stdout: string; stderr: string }) => error,
        );
        return stdout === 'PONG' ? { kind: 'there', value: undefined } : { kind: 'not-yet', seen: stdout + stderr };
      },
      { clock: systemClock, timeoutMs: 60_000, everyMs: 500 },
    );
    // Compose 2 would leave the profile's services, and the network with them.
    await composeIn('--profile', 'scanners', 'down');
    expect(await leftOver()).toEqual([]);
  });

  test.runIf(isGenuineThere)(
    'a file with a genuine gateway: what the seat had is kept, and the labs are graded',
    async () => {
      const file = path.join(folder, 'docker-compose.yml');
      await writeFile(file, (await gatehouse('compose', '--gateway', 'genuine', 'pc2')).stdout);
      await composeIn('up', '-d');
      await waitUntilReady(folder);
      expect((await gatehouse('snapshots', 'pc2')).stdout).toContain('before-genuine');
      expect((await gatehouse('exec', 'pc2', 'gateway', '--', 'postconf', '-h', 'mail_version')).stdout).toMatch(
        /^3\.\d+\.\d+\n$/,
      );
      await gatehouse('solve', '05', '--all-seats');
      const { score } = JSON.parse((await gatehouse('check', '05', '--json', '--seat', 'pc2')).stdout) as Report;
      expect(score.points).toBe(score.of);
    },
  );

  test('`docker-compose down` leaves nothing in the engine', async () => {
    await composeIn('down');
    expect(await leftOver()).toEqual([]);
    await expect(gatehouse('status')).rejects.toThrow(/no workshop runs in .*cure: /);
  });
});

/** Compose says that containers run, not that their services do. */
async function waitUntilReady(folder: string): Promise<void> {
  const range = await attachRange(path.join(folder, 'workshop'), systemClock);
  await waitFor(
    'the services of all hosts',
    async () => {
      const hosts = (await range.status()).filter(({ host }) => host !== 'dns');
      const late = hosts.filter(({ services }) => !services.some(({ state }) => state === 'running'));
      return late.length === 0
        ? { kind: 'there', value: undefined }
        : { kind: 'not-yet', seen: late.map(({ seat, host }) => `${seat} ${host}`).join(', ') };
    },
    { clock: systemClock, timeoutMs: 60_000, everyMs: 250 },
  );
}

/** Names of what a workshop would leave behind. */
async function leftOver(): Promise<readonly string[]> {
  const docker = await connectDocker();
  const containers = await docker.listContainers({ all: true, filters: { label: [workshopLabel] } });
  const networks = (await docker.listNetworks()).filter(({ Name }) => Name === networkName);
  return [...containers.flatMap(({ Names }) => Names), ...networks.map(({ Name }) => Name)];
}
