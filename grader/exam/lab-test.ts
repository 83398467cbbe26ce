/**
 * lab-test - the grader's own exam: a lab's start must not pass, its sheet and its solution must score full, the solution twice; each mistake fails exactly its named
 * checks; each near-miss passes.
 *
 * The neighbours are solved for the same lab first, as stand-ins: what fails is the examined seat's.
 */
import path from 'node:path';
import type { Range } from '#range';
import type { Lab } from '../lab.ts';
import { isHeld } from '../verdict.ts';
import type { LoadedLab } from '../load-labs.ts';
import type { Judge } from '../judge.ts';
import type { CheckResult, LabRun } from '../run.ts';
import { compareCase, loadCase, type ExpectedCase } from './case-folder.ts';
import { casesOf, solutionFolder } from '../genuine-variant.ts';
import { layTree, restartServices } from './lay.ts';
import { commandBlocks, renderSheet } from '../sheet.ts';
import { layGround, layStart, solveLab, upTo } from './solve.ts';

export interface ExamCase {
  readonly name: string;
  /** Empty when all is as expected. */
  readonly problems: readonly string[];
}

export interface ExamOptions {
  readonly range: Range;
  readonly labs: readonly LoadedLab[];
  readonly lab: LoadedLab;
  readonly seat: string;
  readonly judge: Judge;
  progress(result: ExamCase): void;
  /** Told of a case that a genuine gateway cannot carry. */
  leaveOut?(name: string, reason: string): void;
}

/** Examines one lab on one seat. */
export async function examineLab(options: ExamOptions): Promise<ExamCase[]> {
  const { range, labs, lab, seat } = options;
  const cases: ExamCase[] = [];
  const record = (name: string, problems: readonly string[]): void => {
    cases.push({ name, problems });
    options.progress({ name, problems });
  };
  await solveNeighbours(options);
  await layStart(range, labs, lab.lab.id, seat);
  const atStart = await run(options);
  record('start', startProblems(atStart));
  record('sheet', await trySheet(options));
  await solveLab(range, labs, lab.lab.id, seat);
  for (const time of ['solution', 'solution again']) record(time, solutionProblems(await run(options)));
  for (const kind of ['mistakes', 'near-misses'] as const) {
    const { folders, leftOut } = await casesOf(lab, kind, range.world, seat);
    for (const [name, reason] of leftOut) options.leaveOut?.(name, reason);
    for (const folder of folders) record(`${kind}/${path.basename(folder)}`, await tryCase(options, folder));
  }
  return cases;
}

/** The other seats become good neighbours, so that what fails is the examined seat's. */
export async function solveNeighbours({
  range,
  labs,
  lab,
  seat,
}: Pick<ExamOptions, 'range' | 'labs' | 'lab' | 'seat'>): Promise<void> {
  for (const other of range.world.seats.filter((each) => each.id !== seat))
    await solveLab(range, labs, lab.lab.id, other.id);
}

/** Types what the sheet says, on the start state; that must be enough for full marks. */
async function trySheet(options: ExamOptions): Promise<string[]> {
  const { range, labs, lab, seat } = options;
  await layStart(range, labs, lab.lab.id, seat);
  for (const { host, commands } of commandBlocks(await renderSheet(lab, range.world, seat))) {
    const result = await range.exec(seat, host, ['sh', '-e', '-c', commands]);
    if (result.exitCode !== 0)
      return [
        `the sheet's commands on ${host} end with ${result.exitCode}: ${result.stderr || result.stdout}\n${commands}`,
      ];
  }
  return solutionProblems(await run(options));
}

/** Lays a case and compares the verdicts; the sentences say what differs. */
export async function tryCase(
  options: Pick<ExamOptions, 'range' | 'labs' | 'lab' | 'seat' | 'judge'>,
  folder: string,
): Promise<string[]> {
  const { range, labs, lab, seat } = options;
  const expected: ExpectedCase = await loadCase(lab.lab, folder);
  await layGround(range, labs, lab.lab.id, seat);
  if (expected.on === 'solution') await layTree(range, seat, solutionFolder(lab, range.world, seat));
  if (!expected.restart) await restartServices(range, seat, upTo(labs, lab.lab.id));
  await layTree(range, seat, folder);
  if (expected.restart) await restartServices(range, seat, upTo(labs, lab.lab.id));
  return compareCase(expected, (await run(options)).results);
}

function run({ judge, lab, seat }: Pick<ExamOptions, 'judge' | 'lab' | 'seat'>): Promise<LabRun> {
  return judge.run(lab.lab, seat);
}

/** A freshly begun lab that scores full would teach nothing. */
function startProblems({ lab, results }: LabRun): string[] {
  const { points, of } = earned(lab, results);
  return points >= of ? [`the start scores ${points} of ${of}: nothing is left to do`] : errorsOf(results);
}

function solutionProblems({ lab, results }: LabRun): string[] {
  const { points, of } = earned(lab, results);
  const missing = results
    .filter((result) => !isHeld(result.verdict))
    .map(
      ({ check, verdict }) =>
        `${check.id}: ${verdict.kind} (${verdict.tag}${verdict.actual === undefined ? '' : `: ${verdict.actual}`}${verdict.args['reason'] === undefined ? '' : `: ${verdict.args['reason']}`})`,
    );
  return points === of ? [] : [`scores ${points} of ${of}`, ...missing];
}

function errorsOf(results: readonly CheckResult[]): string[] {
  return results
    .filter(({ verdict }) => verdict.kind === 'error')
    .map(({ check, verdict }) => `${check.id}: could not be judged: ${String(verdict.args['reason'] ?? verdict.tag)}`);
}

function earned(lab: Lab, results: readonly CheckResult[]): { points: number; of: number } {
  const worth = (result: CheckResult): number => lab.rubric[result.check.id] ?? 0;
  const sum = (some: readonly CheckResult[]): number => some.reduce((total, each) => total + worth(each), 0);
  return { points: sum(results.filter(({ verdict }) => isHeld(verdict))), of: sum(results) };
}
