/**
 * grade - `gatehouse grade`: all labs of a seat, or of every student seat, with the third clock: hosts restart and what must survive is looked at again. Or of a
 * host that is not ours.
 */
import { writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { forEachAtMost } from '#util/at-most.ts';
import { findSeat } from '#range';
import { loadGraderText, type GraderText } from '../../grader/grader-text.ts';
import { findLab, loadLabs, type LoadedLab } from '../../grader/load-labs.ts';
import { exportReports, type ReportForm } from '../../grader/report/exports.ts';
import { exitCodeOf, type LabReport } from '../../grader/report/report.ts';
import { textReport } from '../../grader/report/text.ts';
import type { LabRun } from '../../grader/run.ts';
import { gradeTarget } from '../grade-target.ts';
import { openBench, recordRun, runOn, type Bench } from '../judge.ts';
import { requirePlaceFor } from '../report-place.ts';
import { seatOption } from '../seat-option.ts';
import { readTarget, targetOptions, type TargetOptions } from '../target.ts';
import { workspaceOption } from '../workspace-option.ts';

interface GradeOptions extends TargetOptions {
  readonly workspace: string;
  readonly allSeats?: boolean;
  /** False with --no-restart. */
  readonly restart: boolean;
  readonly report: 'text' | ReportForm;
  readonly output?: string;
}

const seatsAtOnce = 8;

export function registerGrade(program: Command): void {
  const command = program
    .command('grade [labs...]')
    .description('grade labs for a seat or for all; hosts are restarted once, to see what survives')
    .addOption(workspaceOption())
    .addOption(seatOption())
    .option('--all-seats', 'every student seat')
    .option('--no-restart', 'leave the hosts as they run')
    .addOption(
      new Option('--report <form>', 'form of the report')
        .choices(['text', 'json', 'junit', 'csv', 'html'])
        .default('text'),
    )
    .option('--output <file>', 'write the report there');
  targetOptions(command).action(async (names: readonly string[], options: GradeOptions) => {
    const { target, output } = options;
    if (output !== undefined) await requirePlaceFor(output);
    if (target === undefined) return gradeSeats(names, options);
    return gradeHost(names, { ...options, target });
  });
}

/** A host that is not ours. */
async function gradeHost(names: readonly string[], options: GradeOptions & { readonly target: string }): Promise<void> {
  if (options.allSeats)
    throw new Error('--target names one host, --all-seats all hosts of the workshop: use one of them');
  const all = await loadLabs();
  const labs = names.length === 0 ? all : names.map((name) => findLab(all, name));
  const reports = await gradeTarget(await readTarget(options), labs);
  await deliver(reports, options, await loadGraderText());
  process.exitCode = exitCodeOf(reports);
}

async function gradeSeats(names: readonly string[], options: GradeOptions): Promise<void> {
  using bench = await openBench(options.workspace);
  const labs = names.length === 0 ? bench.labs : names.map((name) => findLab(bench.labs, name));
  const seats = options.allSeats
    ? bench.range.world.seats.filter((seat) => seat.kind === 'student').map((seat) => seat.id)
    : [findSeat(bench.range.world, options.seat).id];
  const runs = await runAll(bench, labs, seats);
  const survived = options.restart ? await bench.judge.afterRestart(runs, seatsAtOnce) : runs;
  const reports: LabReport[] = [];
  for (const run of survived) reports.push(await recordRun(bench, findLab(labs, run.lab.id), run));
  await deliver(reports, options, bench.words);
  process.exitCode = exitCodeOf(reports);
}

/** Runs in order of seats, then of labs; several seats at the same time. */
async function runAll(bench: Bench, labs: readonly LoadedLab[], seats: readonly string[]): Promise<LabRun[]> {
  const runs = new Map<string, LabRun[]>(seats.map((seat) => [seat, []]));
  await forEachAtMost(seatsAtOnce, seats, async (seat) => {
    for (const lab of labs) runs.get(seat)?.push(await runOn(bench, lab, seat));
  });
  return [...runs.values()].flat();
}

async function deliver(
  reports: readonly LabReport[],
  { report: form, output }: GradeOptions,
  words: GraderText,
): Promise<void> {
  const text =
    form === 'text'
      ? reports.map((report) => textReport(report, { words, colour: false, evidence: false })).join('\n')
      : exportReports(reports, form, words);
  if (output === undefined) process.stdout.write(text);
  else await writeFile(output, text);
}
