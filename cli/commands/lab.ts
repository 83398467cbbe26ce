/**
 * lab - for authors: `gatehouse lab test` examines the labs, `gatehouse lab try` a case from anywhere, `gatehouse lab list` names them.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '#util/clock.ts';
import { examineLab, tryCase } from '../../grader/exam/lab-test.ts';
import { findLab, loadLabs, type LoadedLab } from '../../grader/load-labs.ts';
import { attachRange } from '../../range/attach.ts';
import { startEmbedded } from '../../range/embedded.ts';
import { openWorkspace, saveWorkshop } from '../../range/workspace.ts';

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
async function withPrivateRange(
  work: (range: Awaited<ReturnType<typeof attachRange>>, labs: readonly LoadedLab[]) => Promise<boolean>,
): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-exam-'));
  const workspace = openWorkspace(folder);
  const engine = await startEmbedded({
    workspace,
    workshop: await saveWorkshop(workspace, undefined),
    clock: systemClock,
    pid: process.pid,
    progress: () => undefined,
  });
  try {
    process.exitCode = (await work(await attachRange(folder, systemClock), await loadLabs())) ? 0 : 1;
  } finally {
    await engine.stop();
    await rm(folder, { recursive: true, force: true });
  }
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
        clock: systemClock,
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

function tryFolder(name: string, folder: string): Promise<void> {
  return withPrivateRange(async (range, labs) => {
    const problems = await tryCase(
      { range, labs, lab: findLab(labs, name), seat: 'pc1', clock: systemClock },
      path.resolve(folder),
    );
    process.stdout.write(problems.length === 0 ? 'the verdicts are those expected\n' : `${problems.join('\n')}\n`);
    return problems.length === 0;
  });
}
