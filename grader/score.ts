/**
 * score - points of a lab's checks. Pure.
 *
 * A check that holds earns its points; every other verdict earns none, but only `fail` counts against (`lost`).
 */
import type { VerdictKind } from './lab.ts';

export interface Score {
  readonly points: number;
  readonly of: number;
  /** Points of failed checks; the rest of what is missing was not judged. */
  readonly lost: number;
}

/** @param checks verdict, points earned, and points there are, of each check */
export function scoreChecks(
  checks: readonly { readonly verdict: VerdictKind; readonly points: number; readonly of: number }[],
): Score {
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
  return {
    points: sum(checks.map((check) => check.points)),
    of: sum(checks.map((check) => check.of)),
    lost: sum(checks.filter((check) => check.verdict === 'fail').map((check) => check.of - check.points)),
  };
}
