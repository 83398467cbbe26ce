/**
 * score - verdicts and the rubric to points. Pure.
 *
 * A check that holds earns its points; every other verdict earns none, but only `fail` counts against (`lost`).
 */
import { isHeld, type Verdict } from './verdict.ts';

export interface Score {
  readonly points: number;
  readonly of: number;
  /** Points of failed checks; the rest of what is missing was not judged. */
  readonly lost: number;
}

export function scoreVerdicts(verdicts: ReadonlyMap<string, Verdict>, rubric: Readonly<Record<string, number>>): Score {
  let points = 0;
  let of = 0;
  let lost = 0;
  for (const [id, verdict] of verdicts) {
    const worth = rubric[id] ?? 0;
    of += worth;
    if (isHeld(verdict)) points += worth;
    else if (verdict.kind === 'fail') lost += worth;
  }
  return { points, of, lost };
}
