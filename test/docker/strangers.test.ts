/**
 * Containers on the same engine that are none of the workshop's: they get nothing from the lab, and are named where they stand in its way; nobody touches them.
 *
 * Testcontainers makes them, as it would for somebody else's tests on that engine. Runs where a Docker engine has the images of this code; in CI always.
 */
import { GenericContainer, type StartedTestContainer } from 'testcontainers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { labImages } from '../../cli/lab-images.ts';
import { connectDocker } from '../../range/docker/connect.ts';
import { networkName } from '../../range/docker/container-plan.ts';
import { gatehouse, makeWorkspaces, type Outcome, type Workspaces } from '../gatehouse.ts';
import { hasEngine, takeTurn, turnMs } from './engine.ts';

const patienceMs = 180_000;
/** A stranger's longest wait for an answer; packets of another network are dropped without one. */
const waitSeconds = 2;

class Stranger extends GenericContainer {
  constructor(image: string) {
    super(image);
    this.withEntrypoint(['sleep', 'infinity']);
  }

  /** In the lab's network; with an address of the engine's choice, or this one. */
  inTheLab(address?: string): this {
    const EndpointsConfig = { [networkName]: { IPAMConfig: { IPv4Address: address ?? '' } } };
    if (address !== undefined) this.createOpts.NetworkingConfig = { EndpointsConfig };
    return this.withNetworkMode(networkName);
  }
}

describe.runIf(await hasEngine())('strangers on the engine', { timeout: 300_000 }, () => {
  let turn: AsyncDisposable;
  let workspaces: Workspaces;
  let image: string;

  const run = (command: string, ...args: string[]): Promise<Outcome> =>
    gatehouse([command, '--workspace', workspaces.at('class'), ...args], { patienceMs });
  const up = (seats: number): Promise<Outcome> => run('up', '--engine', 'docker', '--seats', String(seats));
  const runs = async (stranger: StartedTestContainer): Promise<boolean> =>
    (await (await connectDocker()).getContainer(stranger.getId()).inspect()).State.Running;
  const running = async (): Promise<string[]> =>
    (await (await connectDocker()).listContainers()).map(({ Names }) => (Names[0] ?? '').slice(1));

  beforeAll(async () => {
    turn = await takeTurn();
    workspaces = await makeWorkspaces();
    image = (await labImages()).imageOf('gateway');
    expect(await up(1)).toMatchObject({ exitCode: 0 });
    expect(await run('solve', '01', '--seat', 'pc1')).toMatchObject({ exitCode: 0 });
  }, turnMs + patienceMs);
  afterAll(async () => {
    await workspaces?.[Symbol.asyncDispose]();
    await turn?.[Symbol.asyncDispose]();
  }, 120_000);

  test('a container beside the lab reaches no host of it, and no host reaches that container', async () => {
    await using beside = await new Stranger(image).start();
    await using within = await new Stranger(image).inTheLab().start();
    const ask = (address: string, port: number): string[] => [
      'timeout',
      String(waitSeconds),
      'bash',
      '-c',
      `head -n 1 < /dev/tcp/${address}/${port}`,
    ];
    for (const [address, port, greeting] of [
      ['198.18.1.20', 25, /^220 /],
      ['198.18.1.20', 143, /^\* OK /],
    ] as const) {
      expect((await within.exec(ask(address, port))).stdout).toMatch(greeting);
      const { stdout, exitCode } = await beside.exec(ask(address, port));
      expect(stdout).toBe('');
      expect(exitCode).not.toBe(0);
    }

    await beside.exec([
      'sh',
      '-c',
      `(node -e 'require("net").createServer((each) => each.end("here\\n")).listen(4000, () => console.log("listening"))' > /tmp/listens &); until grep -q listening /tmp/listens; do sleep 0.05; done`,
    ]);
    const place = beside.getIpAddress('bridge');
    expect((await beside.exec(ask(place, 4000))).stdout).toBe('here\n');
    const fromHost = await run('exec', '--seat', 'pc1', 'gateway', '--', ...ask(place, 4000));
    expect(fromHost.stdout).toBe('');
    expect(fromHost.exitCode).not.toBe(0);
  });

  test('one that has the name or the address of a host is named with the cure, and the other hosts start', async () => {
    await using named = await new Stranger(image).withName('gatehouse-pc3-gateway').start();
    await using placed = await new Stranger(image).inTheLab('198.18.3.20').start();
    const { exitCode, stderr } = await up(4);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("the container gatehouse-pc3-gateway is not this workshop's; cure: remove or rename it");
    const name = placed.getName().slice(1);
    expect(stderr).toContain(
      `gatehouse-pc3-mailbox does not start: its address 198.18.3.20 is that of the container ${name}; cure: docker network disconnect gatehouse-lab ${name}`,
    );
    expect(await running()).toEqual(expect.arrayContaining(['gatehouse-pc4-gateway', 'gatehouse-pc4-mailbox']));
    expect(await Promise.all([runs(named), runs(placed)])).toEqual([true, true]);
  });

  test('a host whose container is gone, or stands still, is named with the cure', async () => {
    const docker = await connectDocker();
    await docker.getContainer('gatehouse-pc1-mailbox').remove({ force: true });
    await docker.getContainer('gatehouse-pc2-gateway').pause();
    const cure = 'does not run; cure: gatehouse up --engine docker\n';
    for (const [command, ...args] of [
      ['solve', '01', '--seat', 'pc1'],
      ['reset', 'pc1', 'mailbox'],
    ] as const)
      expect(await run(command, ...args)).toMatchObject({ stderr: `gatehouse: gatehouse-pc1-mailbox ${cure}` });
    expect(await run('solve', '02', '--seat', 'pc2')).toMatchObject({
      stderr: `gatehouse: gatehouse-pc2-gateway ${cure}`,
    });
  });

  test('once they are gone, up makes up for it', async () => {
    expect(await up(4)).toMatchObject({ exitCode: 0 });
    expect(await running()).toEqual(expect.arrayContaining(['gatehouse-pc3-gateway', 'gatehouse-pc3-mailbox']));
  });

  test('down ends all that is the workshop’s, names who is still in its network, and leaves everybody running', async () => {
    await using beside = await new Stranger(image).start();
    await using within = await new Stranger(image).inTheLab().start();
    const { exitCode, stderr } = await run('down');
    expect(exitCode).toBe(2);
    const name = within.getName().slice(1);
    expect(stderr).toContain(`cure: docker network disconnect gatehouse-lab ${name}; then gatehouse down again`);
    expect((await running()).filter((each) => each.startsWith('gatehouse-'))).toEqual([]);

    const engine = await connectDocker();
    await engine.getNetwork(networkName).disconnect({ Container: within.getId() });
    expect(await run('down')).toMatchObject({ exitCode: 0 });
    expect(await engine.listNetworks({ filters: { name: [networkName] } })).toEqual([]);
    expect(await Promise.all([runs(beside), runs(within)])).toEqual([true, true]);
  });
});
