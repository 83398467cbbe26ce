/**
 * check - the student's loop: `gatehouse check LAB` on a solved seat. Baseline: a command of ours that judges nothing (`gatehouse status`).
 */
import type { Figure } from './figure.ts';
import { startWorkshop } from './workshop.ts';
import { loadLabs } from '../grader/load-labs.ts';

export async function benchCheck(runs: number): Promise<Figure[]> {
  const labs = (await loadLabs()).map(({ lab }) => lab.id);
  await using workshop = await startWorkshop(2);
  await workshop.gatehouse(['solve', labs.at(-1) ?? '', '--all-seats']);
  const status: number[] = [];
  const figures = new Map<string, number[]>(labs.map((lab) => [lab, []]));
  for (let run = 0; run < runs; run += 1) {
    status.push((await workshop.gatehouse(['status'])).seconds);
    for (const [lab, seconds] of figures) seconds.push((await workshop.gatehouse(['check', lab])).seconds);
  }
  return [...figures].map(([lab, values]) => ({
    name: `check ${lab}, solved`,
    unit: 's',
    values,
    budget: 'at most 5',
    baseline: { what: 'gatehouse status', values: status },
  }));
}
