/**
 * survive - the third clock: restarts the hosts of the graded seats and looks again at what must survive it.
 *
 * Running state is not saved state: a table that was never rebuilt, a typo made after the start, shows only now. All hosts restart before any
 * check is repeated, so that no seat suffers from a neighbour's restart.
 */
import { createSubjects } from './subjects.ts';
import { findSeat, type Range } from '#range';
import { forEachAtMost } from '#util/at-most.ts';
import type { Clock } from '#util/clock.ts';
import { runCheck, type CheckResult, type LabRun } from './run.ts';
import { isHeld, verdictAfterRestart } from './verdict.ts';

export interface SurviveOptions {
  readonly range: Range;
  readonly clock: Clock;
  /** Seats judged at the same time. */
  readonly atOnce: number;
}

/** The runs with the verdicts of `survives` checks brought up to date. A host that does not start again is what the checks then see. */
export async function runAfterRestart(runs: readonly LabRun[], options: SurviveOptions): Promise<LabRun[]> {
  const { range, atOnce } = options;
  const seats = [...new Set(runs.map((run) => run.seat))];
  await forEachAtMost(atOnce, seats, async (seat) => {
    for (const host of ['gateway', 'mailbox'] as const)
      await range.control(seat, host, 'restart').catch(() => undefined);
  });
  const again = new Map<LabRun, LabRun>();
  await forEachAtMost(atOnce, runs, async (run) => void again.set(run, await lookAgain(run, options)));
  return runs.map((run) => again.get(run) ?? run);
}

async function lookAgain(run: LabRun, { range, clock }: SurviveOptions): Promise<LabRun> {
  const seat = findSeat(range.world, run.seat);
  const subjects = createSubjects(range, seat, clock);
  const earlier = new Map(run.results.map((result) => [result.check.id, result]));
  const results = run.results.map(async (result): Promise<CheckResult> => {
    if (result.check.persists !== 'survives' || !isHeld(result.verdict)) return result;
    const after = await runCheck({ range, clock, lab: run.lab, seat: run.seat }, seat, result.check, earlier, subjects);
    return {
      check: result.check,
      verdict: verdictAfterRestart(result.verdict, after.verdict),
      evidence: [...result.evidence, ...after.evidence],
    };
  });
  return { ...run, results: await Promise.all(results), finishedMs: clock.now() };
}
