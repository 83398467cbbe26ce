/**
 * docker - `gatehouse up --engine docker`, what a seat takes in memory, and `down`. Baseline in the same run: a bare loop that makes and starts as many idle containers, as many at once.
 *
 * Memory is the fall of MemAvailable (proc(5)), which counts shared pages once and everything that the engine itself needs.
 */
import { readFile } from 'node:fs/promises';
import { forEachAtMost } from '#util/at-most.ts';
import { imageName } from '../containers/base/image-names.ts';
import { connectDocker } from '../range/docker/connect.ts';
import { projectVersion } from '../cli/project-version.ts';
import type { Figure } from './figure.ts';
import { startWorkshop } from './workshop.ts';

const containersAtOnce = 4;
const labelled = 'org.gatehouse.bench';

export async function benchDocker(runs: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { seats, budget } of [
    { seats: 2, budget: 'at most 8' },
    { seats: 40, budget: 'at most 1.3 of the baseline' },
  ]) {
    const [ready, bare, down, memory]: number[][] = [[], [], [], []];
    for (let run = 0; run < runs; run += 1) {
      bare?.push(await timeBareLoop(seats * 2 + 2));
      const before = await availableMegabytes();
      const workshop = await startWorkshop(seats, ['--engine', 'docker']);
      ready?.push(workshop.readySeconds);
      memory?.push((before - (await availableMegabytes())) / seats);
      const startedMs = performance.now();
      await workshop[Symbol.asyncDispose]();
      down?.push((performance.now() - startedMs) / 1000);
    }
    figures.push(
      {
        name: `up --engine docker --seats ${seats}`,
        unit: 's',
        values: ready ?? [],
        budget,
        baseline: { what: `${seats * 2 + 2} idle containers, ${containersAtOnce} at once`, values: bare ?? [] },
      },
      { name: `down, ${seats} seats on Docker`, unit: 's', values: down ?? [], budget: 'at most 30' },
      { name: `memory a seat, ${seats} seats on Docker`, unit: 'MB', values: memory ?? [], budget: 'at most 120' },
    );
  }
  return figures;
}

/** Makes and starts idle containers of our image; seconds. */
async function timeBareLoop(count: number): Promise<number> {
  const docker = await connectDocker();
  const Image = imageName('gateway', await projectVersion());
  const names = Array.from({ length: count }, (_, index) => `gatehouse-bench-${index}`);
  const startedMs = performance.now();
  await forEachAtMost(containersAtOnce, names, async (name) => {
    const made = await docker.createContainer({
      name,
      Image,
      Entrypoint: ['sleep', 'infinity'],
      Labels: { [labelled]: '' },
    });
    await made.start();
  });
  const seconds = (performance.now() - startedMs) / 1000;
  await forEachAtMost(containersAtOnce, names, (name) => docker.getContainer(name).remove({ force: true }));
  return seconds;
}

async function availableMegabytes(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8');
  return Number(/^MemAvailable:\s+(\d+)/m.exec(text)?.[1] ?? NaN) / 1024;
}
