/**
 * report - a lab's run as the documented report: verdicts with their texts, points, evidence (docs/reference/report.md). Pure.
 */
import { fillText, type LabText } from '../lab-text.ts';
import type { Check, VerdictKind } from '../lab.ts';
import type { Standing } from '../standing.ts';
import type { EvidenceItem } from '../evidence.ts';
import type { CheckResult, LabRun } from '../run.ts';
import { scoreChecks, type Score } from '../score.ts';
import { isHeld } from '../verdict.ts';

export interface CheckReport {
  readonly id: string;
  readonly step: string;
  readonly title: string;
  readonly verdict: VerdictKind;
  readonly tag: string;
  readonly points: number;
  readonly of: number;
  readonly rationale: string;
  readonly help: string;
  readonly expected: string | null;
  readonly actual: string | null;
  readonly fault: string;
  readonly waitingFor: string | null;
  readonly blockedBy: string | null;
  readonly manual: string;
  /** Which clock counts (lab.ts), and what the journal knows of it. */
  readonly persists: Check['persists'];
  readonly standing: Standing;
  readonly evidence: readonly EvidenceItem[];
}

export interface LabReport {
  readonly schema: 'gatehouse-report/1';
  readonly lab: string;
  readonly title: string;
  readonly seat: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly score: Score;
  readonly checks: readonly CheckReport[];
}

/** Texts for the tags that the grader itself gives. */
export const ownTags: Readonly<Record<string, { rationale: string; help: string }>> = {
  NEEDED_CHECK_NOT_PASSED: {
    rationale: 'Not looked at yet: "{check}" comes first.',
    help: 'Get the earlier check to pass.',
  },
  CONTROL_NOT_PASSED: {
    rationale:
      'Nothing can be said: the harmless counterpart "{check}" did not go through either, and a host that refuses everything proves nothing.',
    help: 'Get the counterpart to pass first.',
  },
  SUBJECT_DOWN: {
    rationale: 'The {subject} does not answer.',
    help: 'Start it: postfix start. The mail log says why it stopped.',
  },
  COULD_NOT_LOOK: {
    rationale: 'The grader could not look: {reason}',
    help: 'This is not your fault and costs nothing. Tell your instructor.',
  },
  NEIGHBOUR_SILENT: {
    rationale: 'Your neighbour {neighbour} is on the way of this mail, and does not answer.',
    help: 'This costs you nothing. Talk to your neighbour, or ask for a stand-in: gatehouse stand-in {neighbour} on',
  },
  CLASS_SERVICE_SILENT: {
    rationale: 'A service of the lab is down: {reason}',
    help: 'This is not your fault and costs nothing. Tell your instructor.',
  },
  DID_NOT_SURVIVE: {
    rationale: 'It held, but not any more after a restart of your hosts.',
    help: 'What runs is not yet what is saved: read var/log/mail.log from the last start on, and run postfix check.',
  },
  CHECK_TOOK_TOO_LONG: {
    rationale: 'The check did not end in time: {reason}',
    help: 'Run it again. If it stays so, look at the mail log for long waits.',
  },
};

const neverSeen: Standing = { heldFirst: null, heldLast: null, brokenSince: null, changed: [] };

/** @param standing what the journal knows of a check; without a journal nothing */
export function makeReport(
  run: LabRun,
  text: LabText,
  standing: (check: string) => Standing = () => neverSeen,
): LabReport {
  const achieved = new Set(
    run.results.filter(({ check }) => standing(check.id).heldFirst !== null).map(({ check }) => check.id),
  );
  const counts = ({ check, verdict }: Pick<CheckResult, 'check' | 'verdict'>): boolean =>
    isHeld(verdict) || (check.persists === 'once' && achieved.has(check.id));
  const checks = run.results.map(({ check, verdict, evidence }): CheckReport => {
    const words = text.tags[verdict.tag] ?? ownTags[verdict.tag];
    return {
      id: check.id,
      step: check.step,
      title: text.checks[check.id]?.title ?? check.id,
      verdict: verdict.kind,
      tag: verdict.tag,
      points: counts({ check, verdict }) ? (run.lab.rubric[check.id] ?? 0) : 0,
      of: run.lab.rubric[check.id] ?? 0,
      rationale: fillText(words?.rationale ?? '', verdict.args),
      help: isHeld(verdict) && verdict.kind !== 'warning' ? '' : fillText(words?.help ?? '', verdict.args),
      expected: verdict.expected ?? null,
      actual: verdict.actual ?? null,
      fault: verdict.fault,
      waitingFor: verdict.waitingFor ?? null,
      blockedBy: verdict.blockedBy ?? null,
      manual: check.manual,
      persists: check.persists,
      standing: standing(check.id),
      evidence,
    };
  });
  return {
    schema: 'gatehouse-report/1',
    lab: run.lab.id,
    title: text.title,
    seat: run.seat,
    startedAt: new Date(run.startedMs).toISOString(),
    finishedAt: new Date(run.finishedMs).toISOString(),
    score: scoreChecks(checks),
    checks,
  };
}

/** 0 all points earned, 1 not all, 2 something could not be judged and nothing failed. */
export function exitCodeOf(reports: readonly LabReport[]): 0 | 1 | 2 {
  const open = reports.flatMap((report) => report.checks).filter((check) => !isDone(check));
  if (open.length === 0) return 0;
  return open.some((check) => check.verdict === 'error') && !open.some((check) => check.verdict === 'fail') ? 2 : 1;
}

/** Nothing is left to do: it holds, or it was achieved once and need not hold for good. */
export function isDone(check: CheckReport): boolean {
  return (
    check.verdict === 'pass' ||
    check.verdict === 'warning' ||
    (check.persists === 'once' && check.standing.heldFirst !== null)
  );
}
