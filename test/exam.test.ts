/**
 * The grader's exam as a test: each lab on a workshop of its own. `gatehouse lab test` prints the same.
 */
import { describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { examineLab } from '../grader/exam/lab-test.ts';
import { createLocalJudge } from '../grader/judge.ts';
import { loadLabs } from '../grader/load-labs.ts';
import { startTemporaryRange } from '../range/temporary-range.ts';

const labs = await loadLabs();

describe(
  'every lab fails at its start, scores full by sheet and by solution, and catches each of its mistakes',
  { concurrent: true },
  () => {
    test.each(labs)('$lab.id', { timeout: 300_000 }, async (lab) => {
      await using temporary = await startTemporaryRange({ seats: 2, clock: systemClock });
      const cases = await examineLab({
        range: temporary.range,
        labs,
        lab,
        seat: 'pc1',
        judge: createLocalJudge(temporary.range, systemClock),
        progress: () => undefined,
      });
      expect(cases.filter(({ problems }) => problems.length > 0)).toEqual([]);
      const names = cases.map(({ name }) => name.split('/')[0]);
      expect(names.filter((name) => name === 'mistakes').length).toBeGreaterThanOrEqual(4);
      expect(names.filter((name) => name === 'near-misses').length).toBeGreaterThanOrEqual(2);
    });
  },
);
