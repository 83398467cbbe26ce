/**
 * standing - a check in the light of the journal: when it held, since when it does not, what was changed between. Pure.
 *
 * What was attained is never silently taken away: it becomes "held at 10:31, not since 10:42".
 */
import type { VerdictKind } from './lab.ts';
import type { JournalEvent, RunEvent } from './journal.ts';

export interface Standing {
  /** ISO 8601; when it was first and last seen to hold. */
  readonly heldFirst: string | null;
  readonly heldLast: string | null;
  /** When it was first seen broken after that. */
  readonly brokenSince: string | null;
  /** Settings that differ from when it last held: `gateway mynetworks: "127.0.0.0/8" became "0.0.0.0/0"`. */
  readonly changed: readonly string[];
}

const isHeld = (verdict: VerdictKind | undefined): boolean => verdict === 'pass' || verdict === 'warning';

/** @param now the run being reported; @param earlier events of this seat before it */
export function standingOf(check: string, now: RunEvent, earlier: readonly JournalEvent[]): Standing {
  const runs = [...earlier.filter((event): event is RunEvent => event.kind === 'run' && event.lab === now.lab), now];
  const held = runs.filter((run) => isHeld(run.checks[check]));
  const last = held.at(-1);
  if (!last) return { heldFirst: null, heldLast: null, brokenSince: null, changed: [] };
  const broken = runs.slice(runs.indexOf(last) + 1).find((run) => run.checks[check] === 'fail');
  return {
    heldFirst: held[0]?.at ?? null,
    heldLast: last.at,
    brokenSince: broken?.at ?? null,
    changed: broken ? changesBetween(last.settings, now.settings) : [],
  };
}

function changesBetween(before: RunEvent['settings'], after: RunEvent['settings']): string[] {
  const show = (value: string | undefined): string => (value === undefined ? 'not set' : `"${value}"`);
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => before[name] !== after[name])
    .sort()
    .map((name) => `${name}: ${show(before[name])} became ${show(after[name])}`);
}
