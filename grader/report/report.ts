/**
 * report - a lab's run as the documented report: verdicts with their texts, points, evidence (docs/reference/report.md). Pure.
 */
import { fillText, type LabText } from '../lab-text.ts';
import type { VerdictKind } from '../lab.ts';
import type { EvidenceItem } from '../evidence.ts';
import type { LabRun } from '../run.ts';
import { scoreVerdicts, type Score } from '../score.ts';
import { isHeld, type Verdict } from '../verdict.ts';

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
const ownTags: Readonly<Record<string, { rationale: string; help: string }>> = {
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
  CHECK_TOOK_TOO_LONG: {
    rationale: 'The check did not end in time: {reason}',
    help: 'Run it again. If it stays so, look at the mail log for long waits.',
  },
};

export function makeReport(run: LabRun, text: LabText): LabReport {
  const checks = run.results.map(({ check, verdict, evidence }): CheckReport => {
    const words = text.tags[verdict.tag] ?? ownTags[verdict.tag];
    return {
      id: check.id,
      step: check.step,
      title: text.checks[check.id]?.title ?? check.id,
      verdict: verdict.kind,
      tag: verdict.tag,
      points: isHeld(verdict) ? (run.lab.rubric[check.id] ?? 0) : 0,
      of: run.lab.rubric[check.id] ?? 0,
      rationale: fillText(words?.rationale ?? '', verdict.args),
      help: isHeld(verdict) && verdict.kind !== 'warning' ? '' : fillText(words?.help ?? '', verdict.args),
      expected: verdict.expected ?? null,
      actual: verdict.actual ?? null,
      fault: verdict.fault,
      waitingFor: verdict.waitingFor ?? null,
      blockedBy: verdict.blockedBy ?? null,
      manual: check.manual,
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
    score: scoreVerdicts(
      new Map(run.results.map(({ check, verdict }): [string, Verdict] => [check.id, verdict])),
      run.lab.rubric,
    ),
    checks,
  };
}

/** 0 all passed, 1 not all, 2 something could not be judged and nothing failed. */
export function exitCodeOf(reports: readonly LabReport[]): 0 | 1 | 2 {
  const kinds = new Set(reports.flatMap((report) => report.checks.map((check) => check.verdict)));
  if ([...kinds].every((kind) => kind === 'pass' || kind === 'warning')) return 0;
  return kinds.has('error') && !kinds.has('fail') ? 2 : 1;
}
