/**
 * run - runs a lab's checks against a range: in order, some side by side, each with its deadline.
 *
 * A probe that cannot look is verdict `error`, never a fail. Who is silent meanwhile (subject, neighbour, lab service) decides whose fault a fail is: subjects.ts.
 */
import type { Clock } from '#util/clock.ts';
import { DeadlineError, withDeadline } from '#util/deadline.ts';
import { findSeat, OutOfReachError, type Range, type Seat } from '#range';
import { ProbeError } from './context.ts';
import { createEvidence, type Evidence, type EvidenceItem } from './evidence.ts';
import type { Check, Finding, Lab } from './lab.ts';
import { createContext } from './make-context.ts';
import { createPatience, type Patience } from './patience.ts';
import { dependencies, planChecks } from './plan.ts';
import { createSubjects, type Subjects } from './subjects.ts';
import { blockedVerdict, judgeFinding, type Verdict } from './verdict.ts';

export interface CheckResult {
  readonly check: Check;
  readonly verdict: Verdict;
  readonly evidence: readonly EvidenceItem[];
}

export interface LabRun {
  readonly lab: Lab;
  readonly seat: string;
  readonly startedMs: number;
  readonly finishedMs: number;
  /** What was wrong with the lab's own services when the run began; absent when nothing was. */
  readonly serviceProblem?: string;
  /** The host that was judged from outside; absent when a workshop's seat was. */
  readonly target?: { readonly address: string; readonly port: number };
  /** In the lab's order. */
  readonly results: readonly CheckResult[];
}

export interface RunOptions {
  readonly range: Range;
  readonly lab: Lab;
  readonly seat: string;
  /** Only this step's checks (and what they need). */
  readonly step?: string;
  readonly clock: Clock;
}

const checksAtOnce = 6;

export async function runLab(options: RunOptions): Promise<LabRun> {
  const { range, lab, seat: seatId, clock } = options;
  const seat = findSeat(range.world, seatId);
  const startedMs = clock.now();
  const subjects = createSubjects(range, seat, clock);
  const serviceProblem = await subjects.silentService();
  const results = new Map<string, CheckResult>();
  const pending = planChecks(lab, options.step);
  const running = new Map<string, Promise<void>>();
  while (pending.length > 0 || running.size > 0) {
    for (const check of [...pending]) {
      const isReady = dependencies(check).every(
        (id) => results.has(id) || !pending.concat(runningChecks(lab, running)).some((each) => each.id === id),
      );
      if (!isReady || running.size >= checksAtOnce) continue;
      pending.splice(pending.indexOf(check), 1);
      const work = runCheck(options, seat, check, results, subjects).then(
        (result) => void results.set(check.id, result),
      );
      running.set(
        check.id,
        work.finally(() => running.delete(check.id)),
      );
    }
    await Promise.race(running.values());
  }
  const ordered = lab.checks.flatMap((check) => results.get(check.id) ?? []);
  return {
    lab,
    seat: seatId,
    startedMs,
    finishedMs: clock.now(),
    ...(serviceProblem === undefined ? {} : { serviceProblem }),
    ...(range.reach ? { target: { address: seat[range.reach.place].address, port: range.reach.port } } : {}),
    results: ordered,
  };
}

function runningChecks(lab: Lab, running: ReadonlyMap<string, unknown>): Check[] {
  return lab.checks.filter((check) => running.has(check.id));
}

/** One check, in the light of those that ran before. @param options.seat whose hosts are judged */
export async function runCheck(
  { range, clock }: RunOptions,
  seat: Seat,
  check: Check,
  earlier: ReadonlyMap<string, CheckResult>,
  subjects: Subjects,
): Promise<CheckResult> {
  const evidence = createEvidence(clock);
  const blocked = blockedVerdict(check, new Map([...earlier].map(([id, result]) => [id, result.verdict])));
  if (blocked) return { check, verdict: blocked, evidence: [] };
  const finding = await findWithin(range, seat, check, clock, evidence);
  const innocent = finding.kind === 'fail' ? await excuse(check, subjects) : undefined;
  const answers = finding.kind !== 'pass' || (await subjects.answers(check.subject));
  return { check, verdict: judgeFinding(check, innocent ?? finding, answers), evidence: evidence.items };
}

/** A finding that takes the place of a fail when the fault lies elsewhere: in the lab's services, or with a silent neighbour. */
async function excuse(check: Check, subjects: Subjects): Promise<Finding | undefined> {
  const service = await subjects.silentService();
  if (service !== undefined)
    return { kind: 'error', tag: 'CLASS_SERVICE_SILENT', fault: 'class-service', reason: service };
  const neighbour = await subjects.silentNeighbour(check.through ?? []);
  return neighbour === undefined ? undefined : { kind: 'waiting', tag: 'NEIGHBOUR_SILENT', neighbour };
}

/** The check's own finding; whatever goes wrong in us is an error of ours. */
async function findWithin(range: Range, seat: Seat, check: Check, clock: Clock, evidence: Evidence): Promise<Finding> {
  const abort = new AbortController();
  const patience = createPatience(clock);
  try {
    return await withDeadline(
      `check ${check.id}`,
      check.run(createContext(range, seat, evidence, clock, abort.signal, patience)),
      { clock, timeoutMs: check.deadlineMs },
    );
  } catch (error) {
    if (error instanceof OutOfReachError)
      return { kind: 'not-run', tag: 'NEEDS_MORE_THAN_THE_WIRE', reason: error.what };
    const slow = error instanceof DeadlineError ? whoWasSlow(range, seat, check, patience) : undefined;
    if (slow) return slow;
    const fault = error instanceof ProbeError ? error.fault : 'grader';
    const reason = error instanceof Error ? error.message : String(error);
    evidence.add('note', 'grader', [reason]);
    return {
      kind: 'error',
      tag: error instanceof DeadlineError ? 'CHECK_TOOK_TOO_LONG' : 'COULD_NOT_LOOK',
      fault,
      reason,
    };
  } finally {
    abort.abort();
  }
}

/** A host that used up most of a check's time is at fault; undefined when it was nobody's. */
function whoWasSlow({ world, reach }: Range, seat: Seat, check: Check, patience: Patience): Finding | undefined {
  const longest = patience.longest();
  if (!longest || longest.waitedMs < check.deadlineMs / 2) return undefined;
  const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
  const seen = {
    args: { address: longest.address },
    expected: `an end within ${seconds(check.deadlineMs)}`,
    actual: `${seconds(longest.waitedMs)} were spent waiting for ${longest.address}`,
  };
  // The way to a host that is not ours may be slow, and it may slow strangers down on purpose.
  if (reach) return { kind: 'inconclusive', tag: 'TARGET_TOO_SLOW', ...seen };
  const owner = world.seats.find(({ gateway, mailbox }) =>
    [gateway.address, mailbox.address].includes(longest.address),
  );
  if (!owner) return undefined;
  if (owner.id !== seat.id) return { kind: 'waiting', tag: 'NEIGHBOUR_SILENT', neighbour: owner.id };
  return { kind: 'fail', tag: 'SUBJECT_TOO_SLOW', ...seen };
}
