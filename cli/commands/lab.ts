/**
 * lab - for authors: `gatehouse lab test` examines the labs, `gatehouse lab try` a case from anywhere, `gatehouse lab list` names them.
 */
import path from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '#util/clock.ts';
import { loadCase } from '../../grader/exam/case-folder.ts';
import { examineLab, solveNeighbours, tryCase } from '../../grader/exam/lab-test.ts';
import type { Judge } from '../../grader/judge.ts';
import { findLab, loadLabs, type LoadedLab } from '../../grader/load-labs.ts';
import type { Range } from '#range';
import { mailHosts, type HostKind } from '../../range/host-kinds.ts';
import type { MailHost } from '../../range/world.ts';
import { startTemporaryRange, type TemporaryRange } from '../../range/temporary-range.ts';
import { engineOption, type Engine } from '../engine-option.ts';
import { addExamKindOptions } from '../genuine-option.ts';
import { labImages } from '../lab-images.ts';
import { listenForTheEnd } from '../listen-for-the-end.ts';
import { openJudge } from '../open-judge.ts';
import { loadTexts } from '../texts.ts';

interface LabOptions extends Readonly<Record<MailHost, HostKind>> {
  readonly engine: Engine;
}

export function registerLab(program: Command): void {
  const lab = program.command('lab').description('for authors of labs');
  lab
    .command('list')
    .description('the labs there are')
    .action(async () => {
      for (const { lab: each, text } of await loadLabs()) process.stdout.write(`${each.id.padEnd(36)} ${text.title}\n`);
    });
  addExamKindOptions(
    lab
      .command('test [lab]')
      .description("the grader's exam: start, solution twice, mistakes, near-misses")
      .addOption(engineOption()),
  ).action((name: string | undefined, options: LabOptions) => test(name, options));
  addExamKindOptions(
    lab
      .command('try <lab> <folder>')
      .description('lay a case folder onto a fresh seat and compare the verdicts')
      .addOption(engineOption()),
  ).action((name: string, folder: string, options: LabOptions) => tryFolder(name, folder, options));
}

/** What an exam is held with. */
interface Room {
  readonly range: Range;
  readonly labs: readonly LoadedLab[];
  readonly judge: Judge;
}

/** A workshop of its own for the time of `work`. Who breaks off leaves none: on Docker it would be in the way of the next. */
async function withPrivateRange(options: LabOptions, work: (room: Room) => Promise<boolean>): Promise<void> {
  const { asked } = listenForTheEnd();
  let isBroken = false;
  const broken = asked.then((status) => {
    isBroken = true;
    process.stderr.write(`gatehouse: ${loadTexts()('lab.ending')}\n`);
    return status;
  });
  const status = await inPrivateRange(options, (room) =>
    Promise.race([work(room).then((good) => (good ? 0 : 1)), broken]),
  );
  process.exitCode = status;
  // Work that was broken off does not end by itself.
  if (isBroken) process.exit();
}

async function inPrivateRange(options: LabOptions, work: (room: Room) => Promise<number>): Promise<number> {
  await using temporary = await startRange(options);
  const labs = await loadLabs();
  const judge = await openJudge(temporary.range, labs);
  const status = await work({ range: temporary.range, labs, judge });
  judge.close();
  return status;
}

async function startRange(options: LabOptions): Promise<TemporaryRange> {
  const genuine = mailHosts.filter((host) => options[host] === 'genuine');
  if (options.engine === 'embedded' && genuine.length > 0)
    throw new Error(`a genuine ${genuine.join(' and ')} needs a container; cure: add --engine docker`);
  if (options.engine === 'embedded') return startTemporaryRange({ seats: 2, clock: systemClock });
  const { startTemporaryDocker } = await import('../../range/docker/temporary-docker.ts'); // takes long to load
  return startTemporaryDocker({ seats: 2, genuine, clock: systemClock, images: await labImages() });
}

function test(name: string | undefined, options: LabOptions): Promise<void> {
  return withPrivateRange(options, async ({ range, labs, judge }) => {
    let good = true;
    for (const lab of name === undefined ? labs : [findLab(labs, name)]) {
      const cases = await examineLab({
        range,
        labs,
        lab,
        seat: 'pc1',
        judge,
        leaveOut: (each, reason) => process.stdout.write(`--   ${lab.lab.id} ${each}: left out (${reason})\n`),
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

async function tryFolder(name: string, folder: string, wanted: LabOptions): Promise<void> {
  const place = path.resolve(folder);
  // A case that is not well formed is said at once, before a workshop is started for it.
  await loadCase(findLab(await loadLabs(), name).lab, place);
  return withPrivateRange(wanted, async ({ range, labs, judge }) => {
    const options = { range, labs, lab: findLab(labs, name), seat: 'pc1', judge };
    await solveNeighbours(options);
    const problems = await tryCase(options, place);
    process.stdout.write(problems.length === 0 ? 'the verdicts are those expected\n' : `${problems.join('\n')}\n`);
    return problems.length === 0;
  });
}
