/**
 * check - `gatehouse check` and `gatehouse hint`: the student's loop.
 */
import type { Command } from 'commander';
import { findSeat } from '#range';
import type { LoadedLab } from '../../grader/load-labs.ts';
import { exportReports } from '../../grader/report/exports.ts';
import { exitCodeOf, type LabReport } from '../../grader/report/report.ts';
import { textReport } from '../../grader/report/text.ts';
import { giveHint } from '../give-hint.ts';
import { findLabAndStep, openBench, recordRun, reportOn, runOn, type Bench } from '../judge.ts';
import { seatOption } from '../seat-option.ts';
import { watch } from '../watch.ts';
import { workspaceOption } from '../workspace-option.ts';

interface CheckOptions {
  readonly workspace: string;
  readonly seat: string;
  readonly json?: boolean;
  readonly evidence?: boolean;
  readonly watch?: boolean;
  readonly survives?: boolean;
}

export function registerCheck(program: Command): void {
  program
    .command('check [lab]')
    .description('what works, what does not, and why (LAB or LAB/STEP; without: the first lab that does not pass)')
    .addOption(workspaceOption())
    .addOption(seatOption())
    .option('--json', 'the report for other programs, and nothing else')
    .option('--evidence', 'show the recorded conversations')
    .option('--survives', 'restart your hosts as well, and look again')
    .option('--watch', 'look again whenever your configuration changes')
    .action(check);
  program
    .command('hint [lab]')
    .description('a hint that fits what was seen; asked again, the next one')
    .addOption(workspaceOption())
    .addOption(seatOption())
    .action(hint);
}

/** The named lab (and step); without a name the first lab that is not done. */
export async function chooseReport(
  bench: Bench,
  name: string | undefined,
  seat: string,
): Promise<{ lab: LoadedLab; report: LabReport }> {
  findSeat(bench.range.world, seat);
  if (name !== undefined) {
    const { lab, step } = findLabAndStep(bench.labs, name);
    return { lab, report: await reportOn(bench, lab, seat, step) };
  }
  let last: { lab: LoadedLab; report: LabReport } | undefined;
  for (const lab of bench.labs) {
    last = { lab, report: await reportOn(bench, lab, seat) };
    if (exitCodeOf([last.report]) !== 0) break;
  }
  if (!last) throw new Error('there are no labs');
  return last;
}

async function check(name: string | undefined, options: CheckOptions): Promise<void> {
  using bench = await openBench(options.workspace);
  if (options.watch) return await watch({ bench, name, seat: options.seat, evidence: options.evidence === true });
  const report = options.survives
    ? await reportAfterRestart(bench, name, options.seat)
    : (await chooseReport(bench, name, options.seat)).report;
  process.stdout.write(
    options.json
      ? exportReports([report], 'json', bench.words)
      : textReport(report, {
          words: bench.words,
          colour: process.stdout.isTTY === true,
          evidence: options.evidence === true,
          columns: process.stdout.columns,
        }),
  );
  process.exitCode = exitCodeOf([report]);
}

async function reportAfterRestart(bench: Bench, name: string | undefined, seat: string): Promise<LabReport> {
  findSeat(bench.range.world, seat);
  const { lab, step } =
    name === undefined
      ? { ...(await chooseReport(bench, name, seat)), step: undefined }
      : findLabAndStep(bench.labs, name);
  const [run] = await bench.judge.afterRestart([await runOn(bench, lab, seat, step)], 1);
  if (!run) throw new Error('nothing was run');
  return recordRun(bench, lab, run);
}

async function hint(name: string | undefined, { workspace, seat }: CheckOptions): Promise<void> {
  using bench = await openBench(workspace);
  const { lab, report } = await chooseReport(bench, name, seat);
  process.stdout.write(await giveHint(bench, lab, report));
}
