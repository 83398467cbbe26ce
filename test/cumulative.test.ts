/**
 * Labs are cumulative: whoever has solved a later lab still scores full in every earlier one. A lab that closes a door must not lock an earlier lab's check out.
 */
import { expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { layTree, restartServices } from '../grader/exam/lay.ts';
import { loadLabs } from '../grader/load-labs.ts';
import { runLab } from '../grader/run.ts';
import { isHeld } from '../grader/verdict.ts';
import { startTemporaryRange } from '../range/temporary-range.ts';

test('after each lab, all labs up to it score full', { timeout: 300_000 }, async () => {
  const labs = await loadLabs();
  await using temporary = await startTemporaryRange({ seats: 3, clock: systemClock });
  const { range } = temporary;
  for (const [index, solved] of labs.entries()) {
    for (const { id } of range.world.seats) {
      await layTree(range, id, `${solved.folder}/solution`);
      await restartServices(range, id, labs.slice(0, index + 1));
    }
    const runs = await Promise.all(
      labs.slice(0, index + 1).map(({ lab }) => runLab({ range, lab, seat: 'pc2', clock: systemClock })),
    );
    const missing = runs.flatMap(({ lab, results }) =>
      results
        .filter(({ verdict }) => !isHeld(verdict))
        .map(({ check, verdict }) => `${lab.id} after ${solved.lab.id}: ${check.id} ${verdict.tag} ${verdict.actual}`),
    );
    expect(missing).toEqual([]);
  }
});
