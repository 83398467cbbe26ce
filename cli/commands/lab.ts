/**
 * lab - for authors: `gatehouse lab test` examines the labs, `gatehouse lab try` a case from anywhere, `gatehouse lab list` names them.
 */
import path from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '#util/clock.ts';
import { loadCase } from '../../grader/exam/case-folder.ts';
import { examineLab, solveNeighbours, tryCase } from '../../grader/exam/lab-test.ts';
import { createLocalJudge } from '../../grader/judge.ts';
import { findLab, loadLabs, type LoadedLab } from '../../grader/load-labs.ts';
import type { Range } from '#range';
import { startTemporaryRange } from '../../range/temporary-range.ts';

export function registerLab(program: Command): void {
  const lab = program.command('lab').description('for authors of labs');
  lab
    .command('list')
    .description('the labs there are')
    .action(async () => {
      for (const { lab: each, text } of await loadLabs()) process.stdout.write(`${each.id.padEnd(36)} ${text.title}\n`);
    });
  lab.command('test [lab]').description("the grader's exam: start, solution twice, mistakes, near-misses").action(test);
  lab
    .command('try <lab> <folder>')
    .description('lay a case folder onto a fresh seat and compare the verdicts')
    .action(tryFolder);
}

/** A workshop of its own for the time of `work`. */
async function withPrivateRange(work: (range: Range, labs: readonly LoadedLab[]) => Promise<boolean>): Promise<void> {
  await using temporary = await startTemporaryRange({ seats: 2, clock: systemClock });
  process.exitCode = (await work(temporary.range, await loadLabs())) ? 0 : 1;
}

function test(name: string | undefined): Promise<void> {
  return withPrivateRange(async (range, labs) => {
    let good = true;
    for (const lab of name === undefined ? labs : [findLab(labs, name)]) {
      const cases = await examineLab({
        range,
        labs,
        lab,
        seat: 'pc1',
        judge: createLocalJudge(range, systemClock),
        progress: ({ name: each, problems }) =>
          process.stdout.write(
            `${problems.length === 0 ? 'ok  ' : 'FAIL'} ${lab.lab.id} ${each}\n${problems.map((problem) => `       ${problem}\n`).join('')}`,
          ),
      });
      good &&= cases.every(({ problems }) => problems.length === 0);
    }
    return good;
  });
}

async function tryFolder(name: string, folder: string): Promise<void> {
  const place = path.resolve(folder);
  // A case that is not well formed is said at once, before a workshop is started for it.
  await loadCase(findLab(await loadLabs(), name).lab, place);
  return withPrivateRange(async (range, labs) => {
    const options = { range, labs, lab: findLab(labs, name), seat: 'pc1', judge: createLocalJudge(range, systemClock) };
    await solveNeighbours(options);
    const problems = await tryCase(options, place);
    process.stdout.write(problems.length === 0 ? 'the verdicts are those expected\n' : `${problems.join('\n')}\n`);
    return problems.length === 0;
  });
}
