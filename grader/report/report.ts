/**
 * report - a lab's run as the documented report: verdicts with their texts, points, evidence (docs/reference/report.md). Pure.
 */
import { fillText, type LabText } from '../lab-text.ts';
import { annotate } from '../annotate.ts';
import type { GraderText } from '../grader-text.ts';
import type { Check, TagArguments, VerdictKind } from '../lab.ts';
import type { Standing } from '../standing.ts';
import type { EvidenceItem } from '../evidence.ts';
import type { CheckResult, LabRun } from '../run.ts';
import { scoreChecks, type Score } from '../score.ts';
import { isHeld, outOfReachTag, type Verdict } from '../verdict.ts';

export interface CheckReport {
  readonly id: string;
  readonly step: string;
  readonly stepTitle: string;
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
  readonly evidence: readonly ReportedEvidence[];
}

/** Evidence with the setting behind each line, where it is known (SMTP conversations only; null elsewhere). */
export interface ReportedEvidence extends EvidenceItem {
  readonly notes: readonly (string | null)[];
}

export interface LabReport {
  readonly schema: 'gatehouse-report/1';
  readonly lab: string;
  readonly title: string;
  readonly seat: string;
  /** Who sits there, from the roster; '' when unknown. */
  readonly person: string;
  /** The host that was judged from outside, in the place of one of the seat's; null in a workshop. */
  readonly target: string | null;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly score: Score;
  /** Do the lab's own services answer? What fails while they do not may not be the student's fault. */
  readonly infrastructure: { readonly fine: boolean; readonly reason: string | null };
  readonly checks: readonly CheckReport[];
}

/** The seat, and who sits there. */
export const seatOf = ({ seat, person }: Pick<LabReport, 'seat' | 'person'>): string =>
  person === '' ? seat : `${seat} (${person})`;

const neverSeen: Standing = { heldFirst: null, heldLast: null, brokenSince: null, changed: [] };

/** @param standing what the journal knows of a check; without a journal nothing */
export function makeReport(
  run: LabRun,
  { text, words: own, person = '' }: { readonly text: LabText; readonly words: GraderText; readonly person?: string },
  standing: (check: string) => Standing = () => neverSeen,
): LabReport {
  const achieved = new Set(
    run.results.filter(({ check }) => standing(check.id).heldFirst !== null).map(({ check }) => check.id),
  );
  const counts = ({ check, verdict }: Pick<CheckResult, 'check' | 'verdict'>): boolean =>
    isHeld(verdict) || (check.persists === 'once' && achieved.has(check.id));
  // Texts that name the port of SMTP name the one that was knocked at.
  const port = run.target?.port ?? 25;
  const args = (verdict: Verdict): TagArguments => ({ port, ...filling(verdict, text, own) });
  const checks = run.results.map(({ check, verdict, evidence }): CheckReport => {
    const words = text.tags[verdict.tag] ?? own.tags[verdict.tag];
    const isCounted = verdict.tag !== outOfReachTag;
    return {
      id: check.id,
      step: check.step,
      stepTitle: text.steps[check.step]?.title ?? check.step,
      title: text.checks[check.id]?.title ?? check.id,
      verdict: verdict.kind,
      tag: verdict.tag,
      points: counts({ check, verdict }) ? (run.lab.rubric[check.id] ?? 0) : 0,
      of: isCounted ? (run.lab.rubric[check.id] ?? 0) : 0,
      rationale: fillText(words?.rationale ?? '', args(verdict)),
      help: isHeld(verdict) && verdict.kind !== 'warning' ? '' : fillText(words?.help ?? '', args(verdict)),
      expected: verdict.expected ?? null,
      actual: verdict.actual ?? null,
      fault: verdict.fault,
      waitingFor: verdict.waitingFor ?? null,
      blockedBy: verdict.blockedBy ?? null,
      manual: text.manuals?.[check.id] ?? check.manual,
      persists: check.persists,
      standing: standing(check.id),
      evidence: evidence.map((item) => ({
        ...item,
        notes: item.kind === 'smtp' ? annotate(item.lines, own.notes) : item.lines.map(() => null),
      })),
    };
  });
  return {
    schema: 'gatehouse-report/1',
    lab: run.lab.id,
    title: text.title,
    seat: run.seat,
    person,
    target: run.target ? `${run.target.address} port ${run.target.port}` : null,
    startedAt: new Date(run.startedMs).toISOString(),
    finishedAt: new Date(run.finishedMs).toISOString(),
    score: scoreChecks(checks),
    infrastructure: { fine: run.serviceProblem === undefined, reason: run.serviceProblem ?? null },
    checks,
  };
}

/** What is filled into the sentences of a verdict: names for ids. */
function filling({ args, blockedBy, tag }: Verdict, text: LabText, own: GraderText): TagArguments {
  if (blockedBy !== undefined) return { ...args, check: text.checks[blockedBy]?.title ?? blockedBy };
  return tag === outOfReachTag ? { ...args, reason: own.outside[String(args['reason'])] ?? '' } : args;
}

/** 0 all points earned, 1 not all, 2 something could not be judged and nothing failed. */
export function exitCodeOf(reports: readonly LabReport[]): 0 | 1 | 2 {
  const checks = reports.flatMap((report) => report.checks);
  if (checks.length > 0 && checks.every(({ tag }) => tag === outOfReachTag)) return 2;
  const open = checks.filter((check) => !isDone(check));
  if (open.length === 0) return 0;
  return open.some((check) => check.verdict === 'error') && !open.some((check) => check.verdict === 'fail') ? 2 : 1;
}

/** Whether the lab itself is fine; for a host that is not ours, from where it was judged. */
export function circumstances({ target, infrastructure: { fine, reason } }: LabReport, { report }: GraderText): string {
  if (target !== null) return fillText(report['from-outside'] ?? '', { target });
  return fillText(report[fine ? 'fine' : 'not-fine'] ?? '', { reason: reason ?? '' });
}

/** Nothing is left to do: it holds, it was achieved once and need not hold for good, or nobody can say it from where we stand. */
export function isDone(check: CheckReport): boolean {
  return (
    check.verdict === 'pass' ||
    check.verdict === 'warning' ||
    check.tag === outOfReachTag ||
    (check.persists === 'once' && check.standing.heldFirst !== null)
  );
}
