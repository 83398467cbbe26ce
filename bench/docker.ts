/**
 * docker - `gatehouse up --engine docker`, what a seat takes in memory, and `down`. Baselines in the same run: bare loops that make and start as many idle containers, as many at once;
 * on the lab's network with its addresses, rights and limits, first as `sleep`, then as a Node that does nothing; or with all that left to Docker.
 *
 * Memory is the fall of MemAvailable (proc(5)), which counts shared pages once and everything that the engine itself needs.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { forEachAtMost } from '#util/at-most.ts';
import { systemClock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import { imageName } from '../containers/base/image-names.ts';
import { connectDocker } from '../range/docker/connect.ts';
import {
  planContainers,
  planNetwork,
  type ContainerImage,
  type ContainerPlan,
} from '../range/docker/container-plan.ts';
import { makeLabNetwork } from '../range/docker/lab-network.ts';
import { loadWorkshop, openWorkspace, worldOf } from '../range/workspace.ts';
import { projectVersion } from '../cli/project-version.ts';
import type { Figure } from './figure.ts';
import { startWorkshop, type BenchWorkshop } from './workshop.ts';

type ContainerOptions = ContainerPlan['options'];

const containersAtOnce = 4;
/** Docker 20.10 was seen to keep a container's place in the network when four were removed at once. */
const removalsAtOnce = 2;
/** At rest: less than a twentieth of one processor for so long. */
const restMs = 500;
const restShare = 0.05;
const labelled = 'org.gatehouse.bench';
const sleep = ['sleep', 'infinity'];
const idleNode = ['node', '-e', 'setInterval(() => undefined, 1e6)'];

export async function benchDocker(runs: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { seats, budget, forMemory } of [
    { seats: 2, budget: 'at most 8', forMemory: { note: "the lab's own two hosts and the front count as well" } },
    { seats: 40, budget: 'at most 1.3 of the baseline', forMemory: { budget: 'at most 120' } },
  ]) {
    const [ready, idle, nodes, bridged, down, memory]: number[][] = [[], [], [], [], [], []];
    for (let run = 0; run < runs; run += 1) {
      await settle();
      const before = await availableMegabytes();
      const workshop = await startWorkshop(seats, ['--engine', 'docker']);
      ready?.push(workshop.readySeconds);
      memory?.push((before - (await availableMegabytes())) / seats);
      const plans = await plansOf(workshop);
      const startedMs = performance.now();
      await workshop.gatehouse(['down']);
      down?.push((performance.now() - startedMs) / 1000);
      const network = planNetwork(openWorkspace(workshop.folder));
      idle?.push(await timeIdle(plans.map(asIdle(sleep)), network));
      nodes?.push(await timeIdle(plans.map(asIdle(idleNode)), network));
      bridged?.push(await timeIdle(plans.map(asBare)));
      await workshop[Symbol.asyncDispose]();
    }
    const baseline = `${seats * 2 + 2} idle containers, ${containersAtOnce} at once`;
    figures.push(
      {
        name: `up --engine docker --seats ${seats}`,
        unit: 's',
        values: ready ?? [],
        budget,
        baseline: { what: `${baseline}, on the lab's network with its limits`, values: idle ?? [] },
      },
      {
        name: `the same against idle Nodes`,
        unit: 's',
        values: ready ?? [],
        baseline: { what: `${baseline}, each a Node with nothing to do`, values: nodes ?? [] },
      },
      {
        name: `the same against the barest loop`,
        unit: 's',
        values: ready ?? [],
        baseline: { what: `${baseline}, on Docker's default bridge`, values: bridged ?? [] },
      },
      { name: `down, ${seats} seats on Docker`, unit: 's', values: down ?? [], budget: 'at most 30' },
      { name: `memory a seat, ${seats} seats on Docker`, unit: 'MB', values: memory ?? [], ...forMemory },
    );
  }
  return figures;
}

/** The containers of a workshop that was up. */
async function plansOf({ folder }: BenchWorkshop): Promise<ContainerOptions[]> {
  const workspace = openWorkspace(folder);
  const workshop = await loadWorkshop(workspace);
  if (!workshop) throw new Error(`${folder} holds no workshop`);
  const version = await projectVersion();
  const imageOf = (image: ContainerImage): string => imageName(image, version);
  return planContainers({ world: worldOf(workshop), workspace, imageOf }).map(({ options }) => options);
}

/** The same network, address, rights and limits; no files of its own, and nothing to do. */
function asIdle(Entrypoint: string[]): (options: ContainerOptions) => ContainerOptions {
  return (options) => {
    const HostConfig = { ...options.HostConfig, Mounts: [] };
    return { ...options, HostConfig, Entrypoint, Labels: { [labelled]: '' } };
  };
}

/** As `docker run IMAGE sleep infinity` has it. */
function asBare({ name, Image }: ContainerOptions): ContainerOptions {
  return {
    ...(name === undefined ? {} : { name }),
    Image,
    Entrypoint: sleep,
    Labels: { [labelled]: '' },
  };
}

/** Makes and starts them; seconds. */
async function timeIdle(
  wanted: readonly ContainerOptions[],
  network?: ReturnType<typeof planNetwork>,
): Promise<number> {
  await settle();
  const docker = await connectDocker();
  const made: string[] = [];
  const startedMs = performance.now();
  if (network) await makeLabNetwork(docker, network);
  await forEachAtMost(containersAtOnce, wanted, async (options) => {
    const container = await docker.createContainer(options);
    made.push(container.id);
    await container.start();
  });
  const seconds = (performance.now() - startedMs) / 1000;
  await forEachAtMost(removalsAtOnce, made, (id) => docker.getContainer(id).remove({ force: true }));
  if (network) await docker.getNetwork(network.Name).remove();
  return seconds;
}

/** What went before is written out, and nothing is at work: neither is a part of what is measured next. */
async function settle(): Promise<void> {
  await promisify(execFile)('sync');
  let before = await busyMs();
  await waitFor(
    'a machine at rest',
    async () => {
      const now = await busyMs();
      const spent = now - before;
      before = now;
      return spent < restMs * restShare
        ? { kind: 'there', value: undefined }
        : { kind: 'not-yet', seen: `${spent} ms` };
    },
    { clock: systemClock, timeoutMs: 60_000, everyMs: restMs },
  );
}

/** Processor time of all processes and of the kernel so far (proc(5)); milliseconds. */
async function busyMs(): Promise<number> {
  const [, user = 0, nice = 0, system = 0] = (await readFile('/proc/stat', 'utf8')).split(/\s+/, 4).map(Number);
  return (user + nice + system) * 10;
}

async function availableMegabytes(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8');
  return Number(/^MemAvailable:\s+(\d+)/m.exec(text)?.[1] ?? NaN) / 1024;
}
