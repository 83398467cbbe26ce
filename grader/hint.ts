/**
 * hint - the next rung of a step's hint ladder: what fits the observed mistake first, then the step's own, each once. Pure.
 */
import type { HintEvent } from './journal.ts';
import type { Hint, Lab } from './lab.ts';
import { isDone, type LabReport } from './report/report.ts';

export type NextHint =
  | { readonly kind: 'nothing-open' }
  /** `left`: how many more there are after it. */
  | { readonly kind: 'hint'; readonly step: string; readonly key: string; readonly left: number }
  /** All were given; `key` is the last one. */
  | { readonly kind: 'no-more'; readonly step: string; readonly key: string };

/** The hint for the first step with something to repair; a step that only waits for a neighbour comes last. @param given hints of this lab that the seat was given before */
export function nextHint(lab: Lab, report: LabReport, given: readonly HintEvent[]): NextHint {
  const open = report.checks.filter((check) => !isDone(check));
  const urgent = [['fail'], ['not-run', 'inconclusive', 'error'], ['waiting']].find((kinds) =>
    open.some(({ verdict }) => kinds.includes(verdict)),
  );
  const step = lab.steps.find((each) =>
    open.some((check) => check.step === each.id && urgent?.includes(check.verdict)),
  );
  if (!step) return { kind: 'nothing-open' };
  const fits = ({ when }: Hint): boolean =>
    when !== undefined && open.some(({ id, tag }) => id === when.check && (when.tag === undefined || when.tag === tag));
  const ladder = [...step.hints.filter(fits), ...step.hints.filter(({ when }) => when === undefined)];
  const keys = (ladder.length > 0 ? ladder : step.hints).map(({ key }) => key);
  const before = new Set(given.filter((event) => event.lab === lab.id && event.step === step.id).map(({ key }) => key));
  const left = keys.filter((key) => !before.has(key));
  const [key] = left;
  return key === undefined
    ? { kind: 'no-more', step: step.id, key: keys.at(-1) ?? '' }
    : { kind: 'hint', step: step.id, key, left: left.length - 1 };
}
