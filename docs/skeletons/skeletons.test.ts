/**
 * What CONTRIBUTING.md gives people to copy works: the skeleton of a lab has a lab's form and passes the grader's exam.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { examineLab } from '../../grader/exam/lab-test.ts';
import { createLocalJudge } from '../../grader/judge.ts';
import { loadLabText } from '../../grader/lab-text.ts';
import { loadLabs, type LoadedLab } from '../../grader/load-labs.ts';
import { startTemporaryRange } from '../../range/temporary-range.ts';
import lab from './lab/lab.ts';

const folder = path.join(import.meta.dirname, 'lab');

async function loadSkeleton(): Promise<LoadedLab> {
  const [model] = await loadLabs();
  if (!model) throw new Error('there are no labs');
  return { ...model, lab, folder, text: await loadLabText(lab, path.join(folder, 'en', 'text.yaml')) };
}

test("the skeleton's CHECKS.md specifies its checks, tag by tag", async () => {
  const text = await readFile(path.join(folder, 'CHECKS.md'), 'utf8');
  for (const check of lab.checks)
    expect(text).toMatch(new RegExp(`^\\| \`${check.id}\` \\|.*\\| ${check.tags.join(', ')} \\|$`, 'm'));
});

test('the skeleton passes the exam of a lab', { timeout: 120_000 }, async () => {
  await using temporary = await startTemporaryRange({ seats: 2, clock: systemClock });
  const skeleton = await loadSkeleton();
  const cases = await examineLab({
    range: temporary.range,
    labs: [skeleton],
    lab: skeleton,
    seat: 'pc1',
    judge: createLocalJudge(temporary.range, systemClock),
    progress: () => undefined,
  });
  expect(cases.filter(({ problems }) => problems.length > 0)).toEqual([]);
  expect(cases.map(({ name }) => name)).toEqual([
    'start',
    'sheet',
    'solution',
    'solution again',
    'mistakes/hidden-only',
    'near-misses/by-another-name',
  ]);
});
