/**
 * A workshop's life on Docker in clumsy hands: two commands at once, containers and network changed by hand, notes lost, a workspace by another name or of somebody who is not root. Every `up`
 * brings the workshop back, every `down` ends all of it.
 */
import { chown, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connectDocker } from '../../range/docker/connect.ts';
import { networkName } from '../../range/docker/container-plan.ts';
import { begin, gatehouse, makeWorkspaces, type Outcome, type Workspaces } from '../gatehouse.ts';
import { hasEngine, takeTurn, turnMs } from './engine.ts';

const patienceMs = 180_000;
const done = { exitCode: 0 };

describe.runIf(await hasEngine())('the life of a workshop', { timeout: 300_000 }, () => {
  let turn: AsyncDisposable;
  let workspaces: Workspaces;

  const up = (name = 'class'): Promise<Outcome> =>
    gatehouse(['up', '--engine', 'docker', '--workspace', workspaces.at(name)], { patienceMs });
  const down = (name = 'class'): Promise<Outcome> => gatehouse(['down', '--workspace', workspaces.at(name)]);
  const stateFile = (): string => path.join(workspaces.at('class'), 'run', 'state.json');

  /** What of a workshop an engine has: containers that run with their addresses, and the network. */
  async function seen(): Promise<string[]> {
    const docker = await connectDocker();
    const networks = await docker.listNetworks({ filters: { name: [networkName] } });
    const containers = await docker.listContainers({ filters: { network: [networkName] } });
    const lines = containers.map(
      ({ Names, NetworkSettings }) => `${Names[0]?.slice(1)} ${NetworkSettings.Networks[networkName]?.IPAddress}`,
    );
    return [...lines, ...networks.map(({ Name }) => Name)].sort();
  }
  const whole = [
    'gatehouse-classroom 198.18.0.80',
    'gatehouse-dns 198.18.0.53',
    networkName,
    'gatehouse-pc1-gateway 198.18.1.10',
    'gatehouse-pc1-mailbox 198.18.1.20',
    'gatehouse-pc2-gateway 198.18.2.10',
    'gatehouse-pc2-mailbox 198.18.2.20',
  ];

  beforeAll(async () => {
    turn = await takeTurn();
    workspaces = await makeWorkspaces();
  }, turnMs);
  afterEach(() => down());
  afterAll(async () => {
    await workspaces?.[Symbol.asyncDispose]();
    await turn?.[Symbol.asyncDispose]();
  }, 120_000);

  test('two that bring it up at once both succeed, and so does an end that comes meanwhile', async () => {
    expect(await Promise.all([up(), up()])).toMatchObject([done, done]);
    expect(await seen()).toEqual(whole);
    await down();
    const coming = begin(['up', '--engine', 'docker', '--workspace', workspaces.at('class')]);
    await coming.printed(/is started/);
    expect(await down()).toMatchObject({ ...done, stdout: expect.stringMatching(/^stopped/) });
    expect(await coming.outcome).toMatchObject(done);
    expect(await seen()).toEqual([]);
  });

  test('a host has the same files from its disk as from its image: a reset changes nothing of a new one', async () => {
    const workspace = ['--workspace', workspaces.at('new')];
    // But for what a host writes while it runs, and certificates, whose lengths differ.
    const find = `find /etc /var /home /root ! -path '/var/log/*' ! -path '/var/spool/*' ! -path '/var/lib/dovecot/*' ! -path '/etc/ssl/*' \\( -type f -printf '%s ' -o -true \\) -printf '%p %y %m %U %G %l\\n' | sort`;
    const list = async (host: string): Promise<string[]> =>
      (await gatehouse(['exec', ...workspace, 'pc1', host, '--', 'sh', '-c', find])).stdout.split('\n');
    try {
      expect(await up('new')).toMatchObject(done);
      for (const host of ['gateway', 'mailbox']) {
        const before = await list(host);
        expect(before.length).toBeGreaterThan(150);
        expect(await gatehouse(['reset', ...workspace, 'pc1', host])).toMatchObject(done);
        expect(await list(host)).toEqual(before);
      }
    } finally {
      await down('new');
    }
  });

  test('a host that was taken out of the network, or put at another address, is back with the next up', async () => {
    await up();
    const network = (await connectDocker()).getNetwork(networkName);
    for (const Container of ['gatehouse-pc1-mailbox', 'gatehouse-pc2-mailbox'])
      await network.disconnect({ Container, Force: true });
    await network.connect({ Container: 'gatehouse-pc2-mailbox' });
    expect(await up()).toMatchObject(done);
    expect(await seen()).toEqual(whole);
  });

  test('a network that was removed is made anew, with hosts in it', async () => {
    await up();
    const docker = await connectDocker();
    for (const { Id } of await docker.listContainers({ filters: { network: [networkName] } }))
      await docker.getContainer(Id).stop({ t: 1 });
    await docker.getNetwork(networkName).remove();
    expect(await up()).toMatchObject(done);
    expect(await seen()).toEqual(whole);
  });

  test.each([
    ['damaged', () => writeFile(stateFile(), '')],
    ['lost', () => rm(stateFile())],
  ])('down ends a workshop whose note is %s, and the embedded engine keeps away from it', async (_what, harm) => {
    await up();
    await harm();
    const beside = await gatehouse(['up', '--workspace', workspaces.at('class')]);
    expect(beside).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/cure: /) });
    expect(await down()).toMatchObject({ ...done, stdout: expect.stringMatching(/^stopped/) });
    expect(await seen()).toEqual([]);
  });

  test('a workspace by a link is the same one', async () => {
    await up();
    await symlink(workspaces.at('class'), workspaces.at('link'));
    expect(await up('link')).toMatchObject(done);
    expect(await seen()).toEqual(whole);
    expect(await down('link')).toMatchObject(done);
    expect(await seen()).toEqual([]);
  });

  test('one that was moved while it ran is ended by its old name', async () => {
    await up();
    await rename(workspaces.at('class'), workspaces.at('moved'));
    expect(await up('moved')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`--workspace ${workspaces.at('class')}`),
    });
    expect(await down()).toMatchObject({ ...done, stdout: expect.stringMatching(/^stopped/) });
    expect(await seen()).toEqual([]);
    expect(await up('moved')).toMatchObject(done);
    expect(await seen()).toEqual(whole);
    expect(await down('moved')).toMatchObject(done);
  });

  test("the lab's own hosts begin in folders of somebody who is not root", async () => {
    for (const host of ['dns', 'classroom'])
      for (const folder of ['etc', 'var']) {
        const place = path.join(workspaces.at('theirs'), 'lab', host, folder);
        await mkdir(place, { recursive: true });
        await chown(place, 12345, 12345);
      }
    expect(await up('theirs')).toMatchObject(done);
    expect(await down('theirs')).toMatchObject(done);
  });
});
