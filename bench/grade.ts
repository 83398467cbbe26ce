/**
 * grade - `gatehouse grade --all-seats` over 40 solved seats and all labs, restarts included. A seat that does not score full spoils the figure and is told of.
 */
import type { Figure } from './figure.ts';
import { startWorkshop } from './workshop.ts';
import { loadLabs } from '../grader/load-labs.ts';

const seats = 40;

export async function benchGrade(runs: number): Promise<Figure[]> {
  const last = (await loadLabs()).at(-1)?.lab.id ?? '';
  const values: number[] = [];
  let open = 0;
  for (let run = 0; run < runs; run += 1) {
    await using workshop = await startWorkshop(seats);
    await workshop.gatehouse(['solve', last, '--all-seats']);
    const graded = await workshop.gatehouse(['grade', '--all-seats', '--report', 'json'], [0, 1]);
    values.push(graded.seconds);
    const { reports } = JSON.parse(graded.stdout) as { reports: { score: { points: number; of: number } }[] };
    open += reports.filter(({ score }) => score.points < score.of).length;
  }
  return [
    {
      name: `grade --all-seats, ${seats} solved seats, all labs`,
      unit: 's',
      values,
      budget: 'at most 120',
      note: open === 0 ? 'every seat scored full' : `${open} reports short of full marks`,
    },
  ];
}
