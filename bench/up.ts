/**
 * up - from the command to a running workshop, and what it takes in memory. Baseline: as many bare TCP listeners opened by one Node process.
 */
import type { Figure } from './figure.ts';
import { memoryOf, startWorkshop, timeProgram } from './workshop.ts';

/** SMTP, submission and the like on two hosts a seat. */
const listenersPerSeat = 6;
const listenersOnly = (count: number): string => `
  const net = require('node:net');
  Promise.all(Array.from({ length: ${count} }, () => new Promise((r) => net.createServer().listen(0, '127.0.0.1', r)))).then(() => process.exit());`;

export async function benchUp(runs: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [seats, budget] of [
    [2, 'at most 3'],
    [40, 'at most 15'],
  ] as const) {
    const ready: number[] = [];
    const bare: number[] = [];
    const down: number[] = [];
    const memory: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      bare.push((await timeProgram(process.execPath, ['-e', listenersOnly(seats * listenersPerSeat)])).seconds);
      const startedDown = await (async () => {
        await using workshop = await startWorkshop(seats);
        ready.push(workshop.readySeconds);
        const used = await memoryOf(workshop.folder);
        if (used !== undefined) memory.push(used);
        return performance.now();
      })();
      down.push((performance.now() - startedDown) / 1000);
    }
    figures.push({
      name: `up --seats ${seats}`,
      unit: 's',
      values: ready,
      budget,
      baseline: { what: `${seats * listenersPerSeat} bare listeners`, values: bare },
    });
    figures.push({ name: `down, ${seats} seats`, unit: 's', values: down });
    if (memory.length > 0)
      figures.push({
        name: `memory at rest, ${seats} seats`,
        unit: 'MB',
        values: memory,
        ...(seats === 40 ? { budget: 'at most 1200' } : {}),
        note: 'proportional set size',
      });
  }
  return figures;
}
