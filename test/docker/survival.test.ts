/**
 * Containers die, freeze, lose the network and their disk's last byte while mail flows through them, and the engine itself is restarted: no accepted message is lost.
 *
 * Mail for pc1 enters at pc2's gateway, is scanned there and goes on to pc1's mailbox host. Every canary that was accepted must lie in afnog's mailbox in the end.
 */
import { createInterface } from 'node:readline';
import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import type { Range } from '#range';
import { openJudge } from '../../cli/open-judge.ts';
import { readSource } from '../../docs/generate/sources.ts';
import { solveLab } from '../../grader/exam/solve.ts';
import type { Judge } from '../../grader/judge.ts';
import { findLab, loadLabs } from '../../grader/load-labs.ts';
import { isHeld } from '../../grader/verdict.ts';
import { connectDocker } from '../../range/docker/connect.ts';
import { networkName } from '../../range/docker/container-plan.ts';
import { openCommand } from '../../range/docker/exec.ts';
import { waitUntilReady } from '../../range/docker/ready.ts';
import { findActor, findSeat } from '../../range/world.ts';
import type { TemporaryRange } from '../../range/temporary-range.ts';
import { canRestartEngine, hasEngine, restartEngine, startDockerRange, turnMs } from './engine.ts';

const labs = await loadLabs();
const last = labs.at(-1)?.lab.id ?? '';
const gateway = 'gatehouse-pc2-gateway';
const mailbox = 'gatehouse-pc1-mailbox';

describe.runIf(await hasEngine())('under load', { timeout: 300_000 }, () => {
  let workshop: TemporaryRange;
  let docker: Docker;
  let judge: Judge;

  beforeAll(async () => {
    workshop = await startDockerRange(2);
    docker = await connectDocker();
    judge = await openJudge(workshop.range, labs);
    for (const { id } of workshop.range.world.seats) await solveLab(workshop.range, labs, last, id);
  }, turnMs);
  afterAll(async () => {
    judge?.close();
    await workshop?.[Symbol.asyncDispose]();
  }, 120_000);

  test.each<[string, string, (name: string) => Promise<void>]>([
    ['the gateway is killed', gateway, (name) => killAndStart(docker, name)],
    ['the mailbox host is killed', mailbox, (name) => killAndStart(docker, name)],
    ['the gateway freezes', gateway, (name) => freeze(docker, name)],
    ['the gateway loses the network', gateway, (name) => cutOff(docker, workshop.range, name)],
    ['the mailbox host loses the network', mailbox, (name) => cutOff(docker, workshop.range, name)],
    ["the gateway's disk is full", gateway, () => fillDisk(workshop.range, 'pc2', 'gateway')],
    ["the mailbox host's disk is full", mailbox, () => fillDisk(workshop.range, 'pc1', 'mailbox')],
  ])('%s: every accepted message arrives', async (_what, name, harm) => {
    const load = await startLoad(docker, workshop.range);
    await load.reaches(20);
    await harm(name);
    await load.reaches(load.accepted.size + 20);
    await load.end();
    await everyoneArrives(workshop.range, load.accepted);
  });

  test.runIf(canRestartEngine)('the engine is restarted: all hosts come back, with their work', async () => {
    const load = await startLoad(docker, workshop.range);
    await load.reaches(20);
    judge.close();
    await restartEngine();
    for (const seat of ['pc1', 'pc2'])
      for (const role of ['gateway', 'mailbox'] as const)
        await waitUntilReady(docker, systemClock, `gatehouse-${seat}-${role}`);
    await everyoneArrives(workshop.range, load.accepted);
    judge = await openJudge(workshop.range, labs);
    const { results } = await judge.run(findLab(labs, last).lab, 'pc1');
    expect(results.filter(({ verdict }) => !isHeld(verdict)).map(({ check }) => check.id)).toEqual([]);
  });
});

interface Load {
  /** Canaries that were accepted so far. */
  readonly accepted: ReadonlySet<string>;
  /** Waits until so many are. */
  reaches(count: number): Promise<void>;
  end(): Promise<void>;
}

async function startLoad(docker: Docker, { world }: Range): Promise<Load> {
  const { host, domain } = findActor(world, 'sound');
  const { address } = findSeat(world, 'pc2').gateway;
  const { stream, stdout, exitCode } = await openCommand(docker, {
    container: 'gatehouse-classroom',
    command: [
      'node',
      '--input-type=module-typescript',
      '-e',
      await readSource('test/docker/sender.ts'),
      'sender',
      host.address,
      domain,
      address,
      `afnog@${findSeat(world, 'pc1').domain}`,
    ],
    env: { NODE_NO_WARNINGS: '1' },
    folder: '/tmp',
  });
  const accepted = new Set<string>();
  const ended = Promise.withResolvers<void>();
  createInterface({ input: stdout })
    .on('line', (line) => line.startsWith('accepted ') && accepted.add(line.slice('accepted '.length)))
    .once('close', ended.resolve);
  return {
    accepted,
    reaches: (count) =>
      waitFor(
        `${count} messages accepted`,
        () =>
          accepted.size >= count
            ? { kind: 'there', value: undefined }
            : { kind: 'not-yet', seen: `${accepted.size} accepted` },
        { clock: systemClock, timeoutMs: 60_000 },
      ),
    async end() {
      stream.end();
      await ended.promise;
      expect(await exitCode()).toBe(0);
    },
  };
}

/** SIGKILL to the host's first process, as when the power goes. */
async function killAndStart(docker: Docker, name: string): Promise<void> {
  const container = docker.getContainer(name);
  await container.kill();
  // The engine takes a kill by hand for a wish: it does not start such a container again by itself.
  if (!(await container.inspect()).State.Running) await container.start();
  await waitUntilReady(docker, systemClock, name);
}

async function freeze(docker: Docker, name: string): Promise<void> {
  const container = docker.getContainer(name);
  await container.pause();
  await waitForState(async () => (await container.inspect()).State.Paused, `${name} paused`);
  await container.unpause();
}

async function cutOff(docker: Docker, { world }: Range, name: string): Promise<void> {
  const network = docker.getNetwork(networkName);
  const seat = world.seats.find(({ id }) => name.includes(`-${id}-`));
  const address = name.endsWith('gateway') ? seat?.gateway.address : seat?.mailbox.address;
  await network.disconnect({ Container: name, Force: true });
  const attached = async (): Promise<boolean> =>
    networkName in (await docker.getContainer(name).inspect()).NetworkSettings.Networks;
  await waitForState(async () => !(await attached()), `${name} cut off`);
  await network.connect({ Container: name, EndpointConfig: { IPAMConfig: { IPv4Address: address ?? '' } } });
}

/** Not a byte is left for a while, then the hog goes away. */
async function fillDisk(range: Range, seat: string, host: 'gateway' | 'mailbox'): Promise<void> {
  const filled = await range.exec(seat, host, ['sh', '-c', 'cat /dev/zero > /var/tmp/hog'], { timeoutMs: 60_000 });
  expect(filled.stderr).toContain('No space left on device');
  await range.exec(seat, host, ['sh', '-c', 'echo more >> /var/tmp/more']);
  await range.exec(seat, host, ['rm', '-f', '/var/tmp/hog', '/var/tmp/more']);
}

async function waitForState(look: () => Promise<boolean>, what: string): Promise<void> {
  await waitFor(
    what,
    async () => ((await look()) ? { kind: 'there', value: undefined } : { kind: 'not-yet', seen: 'not so' }),
    { clock: systemClock, timeoutMs: 20_000, everyMs: 100 },
  );
}

/** Has both hosts try their queues at once, and waits until the mailbox holds every canary. */
async function everyoneArrives(range: Range, accepted: ReadonlySet<string>): Promise<void> {
  await waitFor(
    `${accepted.size} accepted messages in the mailbox`,
    async () => {
      for (const seat of ['pc1', 'pc2'])
        for (const host of ['gateway', 'mailbox'] as const) await range.exec(seat, host, ['postqueue', '-f']);
      const { stdout } = await range.exec('pc1', 'mailbox', [
        'grep',
        '-rhoE',
        'canary-[0-9]+-[a-z0-9]+',
        '/home/afnog/Maildir',
      ]);
      const found = new Set(stdout.split('\n'));
      const lost = [...accepted].filter((canary) => !found.has(canary));
      return lost.length === 0
        ? { kind: 'there', value: undefined }
        : { kind: 'not-yet', seen: `${lost.length} missing, ${lost.slice(0, 3).join(' ')}` };
    },
    { clock: systemClock, timeoutMs: 120_000, everyMs: 1000 },
  );
}
