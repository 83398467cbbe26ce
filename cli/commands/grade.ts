/**
 * grade - `check`, `grade`, `hint`, `solve`, `stand-in` and `lab`: judging labs, and preparing seats for them.
 */
import { writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { systemClock } from '#util/clock.ts';
import { findSeat } from '#range';
import { solveLab } from '../../grader/exam/solve.ts';
import { findLab, loadLabs, type LoadedLab } from '../../grader/load-labs.ts';
import { exportReports, type ReportForm } from '../../grader/report/exports.ts';
import { exitCodeOf, makeReport, type LabReport } from '../../grader/report/report.ts';
import { textReport } from '../../grader/report/text.ts';
import { runLab } from '../../grader/run.ts';
import { attachRange } from '../../range/attach.ts';
import { fillText } from '../../grader/lab-text.ts';
import { workspaceOption } from '../workspace-option.ts';

interface GradeOptions {
  readonly workspace: string;
  readonly seat: string;
  readonly json?: boolean;
  readonly evidence?: boolean;
  readonly allSeats?: boolean;
  readonly report: 'text' | ReportForm;
  readonly output?: string;
}

type AttachedRange = Awaited<ReturnType<typeof attachRange>>;

const seatsAtOnce = 8;

export function registerGrade(program: Command): void {
  const seatOption = (): Option => new Option('--seat <seat>', 'whose hosts').env('GATEHOUSE_SEAT').default('pc1');
  program
    .command('check [lab]')
    .description('what works, what does not, and why (LAB or LAB/STEP; without: the first lab that does not pass)')
    .addOption(workspaceOption())
    .addOption(seatOption())
    .option('--json', 'the report for other programs, and nothing else')
    .option('--evidence', 'show the recorded conversations')
    .action(check);
  program
    .command('grade [labs...]')
    .description('grade labs for a seat or for all')
    .addOption(workspaceOption())
    .addOption(seatOption())
    .option('--all-seats', 'every student seat')
    .addOption(
      new Option('--report <form>', 'form of the report')
        .choices(['text', 'json', 'junit', 'csv', 'html'])
        .default('text'),
    )
    .option('--output <file>', 'write the report there')
    .action(grade);
  program
    .command('hint [lab]')
    .description('a hint that fits what was seen')
    .addOption(workspaceOption())
    .addOption(seatOption())
    .action(hint);
  program
    .command('solve <lab>')
    .description("lay a lab's solution onto a seat (authors and instructors)")
    .addOption(workspaceOption())
    .addOption(seatOption())
    .action(solve);
}

async function reportOn(range: AttachedRange, lab: LoadedLab, seat: string, step?: string): Promise<LabReport> {
  const run = await runLab({ range, lab: lab.lab, seat, clock: systemClock, ...(step === undefined ? {} : { step }) });
  return makeReport(run, lab.text);
}

/** The named lab; without a name the first that does not pass. */
async function chooseReport(
  range: AttachedRange,
  name: string | undefined,
  seat: string,
): Promise<{ lab: LoadedLab; report: LabReport }> {
  const labs = await loadLabs();
  findSeat(range.world, seat);
  if (name !== undefined) {
    const [id = '', step] = name.split('/');
    const lab = findLab(labs, id);
    if (step !== undefined && !lab.lab.steps.some((each) => each.id === step))
      throw new Error(
        `lab ${lab.lab.id} has no step "${step}"; it has ${lab.lab.steps.map((each) => each.id).join(', ')}`,
      );
    return { lab, report: await reportOn(range, lab, seat, step) };
  }
  let last: { lab: LoadedLab; report: LabReport } | undefined;
  for (const lab of labs) {
    last = { lab, report: await reportOn(range, lab, seat) };
    if (exitCodeOf([last.report]) !== 0) break;
  }
  if (!last) throw new Error('there are no labs');
  return last;
}

async function check(name: string | undefined, { workspace, seat, json, evidence }: GradeOptions): Promise<void> {
  const range = await attachRange(workspace, systemClock);
  const { report } = await chooseReport(range, name, seat);
  process.stdout.write(
    json
      ? exportReports([report], 'json')
      : textReport(report, { colour: process.stdout.isTTY === true, evidence: evidence === true }),
  );
  process.exitCode = exitCodeOf([report]);
}

async function grade(names: readonly string[], options: GradeOptions): Promise<void> {
  const range = await attachRange(options.workspace, systemClock);
  const all = await loadLabs();
  const labs = names.length === 0 ? all : names.map((name) => findLab(all, name));
  const seats = options.allSeats
    ? range.world.seats.filter((seat) => seat.kind === 'student').map((seat) => seat.id)
    : [findSeat(range.world, options.seat).id];
  const reports: LabReport[] = [];
  const left = [...seats];
  const worker = async (): Promise<void> => {
    for (let seat = left.shift(); seat !== undefined; seat = left.shift())
      for (const lab of labs) reports.push(await reportOn(range, lab, seat));
  };
  await Promise.all(Array.from({ length: Math.min(seatsAtOnce, seats.length) }, worker));
  const order = (report: LabReport): number =>
    seats.indexOf(report.seat) * 1000 + labs.findIndex(({ lab }) => lab.id === report.lab);
  reports.sort((first, second) => order(first) - order(second));
  const text =
    options.report === 'text'
      ? reports.map((report) => textReport(report, { colour: false, evidence: false })).join('\n')
      : exportReports(reports, options.report);
  if (options.output === undefined) process.stdout.write(text);
  else await writeFile(options.output, text);
  process.exitCode = exitCodeOf(reports);
}

/** The hint of the first step that is not done: one that fits an observed mistake, else the step's first. */
async function hint(name: string | undefined, { workspace, seat }: GradeOptions): Promise<void> {
  const range = await attachRange(workspace, systemClock);
  const { lab, report } = await chooseReport(range, name, seat);
  const open = report.checks.filter((each) => each.verdict !== 'pass' && each.verdict !== 'warning');
  const step = lab.lab.steps.find((each) => open.some((one) => one.step === each.id));
  if (!step) return void process.stdout.write(`${lab.text.title}: everything passes.\n`);
  const fits = step.hints.find(
    ({ when }) => when && open.some((one) => one.id === when.check && (when.tag === undefined || when.tag === one.tag)),
  );
  const chosen = fits ?? step.hints.find((each) => !each.when) ?? step.hints[0];
  const title = lab.text.steps[step.id]?.title ?? step.id;
  process.stdout.write(`${lab.text.title}: ${title}\n${fillText(lab.text.hints[chosen?.key ?? ''] ?? '', {})}\n`);
}

async function solve(name: string, { workspace, seat }: GradeOptions): Promise<void> {
  const range = await attachRange(workspace, systemClock);
  const labs = await loadLabs();
  findSeat(range.world, seat);
  await solveLab(range, labs, findLab(labs, name).lab.id, seat);
  process.stdout.write(`${seat}: the solution of ${findLab(labs, name).lab.id} is laid\n`);
}
