/**
 * judge - a lab's run for a seat with the journal: what `check`, `grade` and `hint` share.
 */
import { systemClock } from '#util/clock.ts';
import { findSeat } from '#range';
import { textFor } from '../grader/genuine-variant.ts';
import { openJournal, type Journal, type RunEvent } from '../grader/journal.ts';
import { loadGraderText, type GraderText } from '../grader/grader-text.ts';
import { findLab, loadLabs, type LoadedLab } from '../grader/load-labs.ts';
import { makeReport, type LabReport } from '../grader/report/report.ts';
import type { Judge } from '../grader/judge.ts';
import type { LabRun } from '../grader/run.ts';
import { readSettings } from '../grader/settings.ts';
import { standingOf } from '../grader/standing.ts';
import { attachRange } from '../range/attach.ts';
import { loadWorkshop } from '../range/workspace.ts';
import { openJudge } from './open-judge.ts';

export type AttachedRange = Awaited<ReturnType<typeof attachRange>>;

/** All that judging needs, opened once a command. */
export interface Bench extends Disposable {
  readonly range: AttachedRange;
  readonly judge: Judge;
  readonly labs: readonly LoadedLab[];
  readonly journal: Journal;
  /** The grader's words. */
  readonly words: GraderText;
}

/** @throws Error with the cure when no workshop runs there. */
export async function openBench(workspace: string): Promise<Bench> {
  const range = await attachRange(workspace, systemClock);
  const workshop = await loadWorkshop(range.workspace);
  const labs = await loadLabs();
  const judge = await openJudge(range, labs);
  return {
    range,
    judge,
    [Symbol.dispose]: () => judge.close(),
    labs,
    words: await loadGraderText(),
    journal: openJournal(range.workspace.gradesFolder, workshop?.seed ?? ''),
  };
}

/** A lab, and the step of it that is asked for: `01` or `01/receive`. @throws Error naming the labs or steps there are. */
export function findLabAndStep(labs: readonly LoadedLab[], name: string): { lab: LoadedLab; step: string | undefined } {
  const [id = '', step] = name.split('/');
  const lab = findLab(labs, id);
  if (step !== undefined && !lab.lab.steps.some((each) => each.id === step))
    throw new Error(
      `lab ${lab.lab.id} has no step "${step}"; it has ${lab.lab.steps.map((each) => each.id).join(', ')}`,
    );
  return { lab, step };
}

/** Runs a lab's checks (or a step's). */
export function runOn({ judge }: Bench, { lab }: LoadedLab, seat: string, step?: string): Promise<LabRun> {
  return judge.run(lab, seat, step);
}

/** Writes the run into the seat's journal and makes the report, with what the journal knew before. */
export async function recordRun({ range, journal }: Bench, lab: LoadedLab, run: LabRun): Promise<LabReport> {
  const { events } = await journal.read(run.seat);
  const { person } = findSeat(range.world, run.seat);
  const words = { text: textFor(lab, range.world, run.seat), words: lab.words, person };
  const plain = makeReport(run, words);
  const now: RunEvent = {
    kind: 'run',
    at: plain.finishedAt,
    lab: run.lab.id,
    version: run.lab.version,
    points: plain.score.points,
    of: plain.score.of,
    checks: Object.fromEntries(plain.checks.map((check) => [check.id, check.verdict])),
    settings: await readSettings(range, run.seat),
  };
  await journal.append(run.seat, now);
  return makeReport(run, words, (check) => standingOf(check, now, events));
}

/** Runs and records. */
export async function reportOn(bench: Bench, lab: LoadedLab, seat: string, step?: string): Promise<LabReport> {
  return recordRun(bench, lab, await runOn(bench, lab, seat, step));
}
