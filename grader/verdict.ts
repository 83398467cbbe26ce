/**
 * verdict - a check's finding, seen in the light of its control and its needs. Pure.
 *
 * Only `fail` costs points. A must-refuse check whose control did not pass says nothing: a dead host refuses everything too.
 */
import type { Check, Fault, Finding, TagArguments, VerdictKind } from './lab.ts';

export interface Verdict {
  readonly kind: VerdictKind;
  readonly tag: string;
  readonly args: TagArguments;
  readonly fault: Fault;
  readonly expected?: string;
  readonly actual?: string;
  /** The neighbour waited for. */
  readonly waitingFor?: string;
  /** The check that stood in the way (not-run, inconclusive). */
  readonly blockedBy?: string;
}

/** Verdicts of checks that ran before, by id. */
export type EarlierVerdicts = ReadonlyMap<string, Verdict>;

/** What needs more than the wire, and all that rests on it, is not judged and not counted. */
export const outOfReachTag = 'NEEDS_MORE_THAN_THE_WIRE';

/** A verdict without running the check: something it needs did not pass. Undefined when it may run. */
export function blockedVerdict(check: Check, earlier: EarlierVerdicts): Verdict | undefined {
  for (const id of check.needs ?? []) {
    const needed = earlier.get(id);
    if (!needed || isHeld(needed)) continue;
    if (needed.tag === outOfReachTag) return needed;
    if (needed.kind === 'waiting') return { ...needed, blockedBy: id };
    if (needed.kind === 'error')
      return {
        kind: 'not-run',
        tag: 'NEEDED_CHECK_NOT_PASSED',
        args: { check: id },
        fault: needed.fault,
        blockedBy: id,
      };
    return { kind: 'not-run', tag: 'NEEDED_CHECK_NOT_PASSED', args: { check: id }, fault: 'none', blockedBy: id };
  }
  const control = check.control === undefined ? undefined : earlier.get(check.control);
  if (!control || isHeld(control)) return undefined;
  if (control.kind === 'waiting') return { ...control, blockedBy: check.control ?? '' };
  return {
    kind: 'inconclusive',
    tag: 'CONTROL_NOT_PASSED',
    args: { check: check.control ?? '' },
    fault: 'none',
    blockedBy: check.control ?? '',
  };
}

/** What the finding means. `subjectAnswers`: the host that the check is about answered during the run. */
export function judgeFinding(check: Check, finding: Finding, subjectAnswers: boolean): Verdict {
  if (finding.kind === 'pass' && !subjectAnswers)
    return {
      kind: 'fail',
      tag: 'SUBJECT_DOWN',
      args: { subject: check.subject },
      fault: 'self',
      expected: `the ${check.subject} answers`,
      actual: 'it does not answer',
    };
  switch (finding.kind) {
    case 'pass':
      return { kind: 'pass', tag: finding.tag, args: finding.args ?? {}, fault: 'none' };
    case 'fail':
    case 'warning':
      return {
        kind: finding.kind,
        tag: finding.tag,
        args: finding.args ?? {},
        fault: 'self',
        expected: finding.expected,
        actual: finding.actual,
      };
    case 'inconclusive':
      return {
        kind: 'inconclusive',
        tag: finding.tag,
        args: finding.args ?? {},
        fault: 'none',
        expected: finding.expected,
        actual: finding.actual,
      };
    case 'not-run':
      return { kind: 'not-run', tag: finding.tag, args: { reason: finding.reason }, fault: 'none' };
    case 'waiting':
      return {
        kind: 'waiting',
        tag: finding.tag,
        args: { neighbour: finding.neighbour, ...finding.args },
        fault: `neighbour:${finding.neighbour}`,
        waitingFor: finding.neighbour,
      };
    case 'error':
      return { kind: 'error', tag: finding.tag, args: { reason: finding.reason }, fault: finding.fault };
  }
}

/** The verdict of a check that held, once its hosts were restarted and it was looked at again. */
export function verdictAfterRestart(before: Verdict, after: Verdict): Verdict {
  if (after.kind !== 'fail' && after.kind !== 'inconclusive' && after.kind !== 'not-run')
    return isHeld(after) ? before : after;
  return {
    kind: 'fail',
    tag: 'DID_NOT_SURVIVE',
    args: { reason: after.actual ?? after.tag },
    fault: 'self',
    expected: `as before the restart: ${before.tag}`,
    actual: after.actual ?? after.tag,
  };
}

/** Does it hold (a warning holds too)? */
export function isHeld(verdict: Verdict): boolean {
  return verdict.kind === 'pass' || verdict.kind === 'warning';
}
