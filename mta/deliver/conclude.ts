/**
 * conclude - what follows when every recipient of a message has been tried: notices, then the message goes or waits (qmgr(8)).
 *
 * Notices are stored before the recipients they speak of are marked done, and the marks before the message goes: a crash repeats a notice, never loses one.
 */
import type { PostfixConfig } from '../config/config.ts';
import { deliveryLines } from '../log/delivery-lines.ts';
import type { ProcessLog } from '../log/mail-log.ts';
import type { QueuedMessage } from '../message.ts';
import type { MtaDeps } from '../mta-deps.ts';
import type { Queue, QueueEntry, RecipientState } from '../queue/queue.ts';
import type { RecipientOutcome } from './agent.ts';
import type { Bounce } from './bounce.ts';
import type { NoticeKind } from './dsn.ts';
import { reportedRecipients, wantsReport } from './reported.ts';
import { isExpired, nextTryMs } from './retry-schedule.ts';

export interface ConcludeOptions {
  readonly config: PostfixConfig;
  readonly queue: Queue;
  readonly deps: MtaDeps;
  readonly bounce: Bounce;
  readonly log: ProcessLog;
}

/** Bounces, delays, successes; then the message is removed or deferred. */
export async function concludeMessage(
  options: ConcludeOptions,
  message: QueuedMessage,
  entry: QueueEntry,
  outcomes: readonly RecipientOutcome[],
): Promise<void> {
  const { queue, log } = options;
  const { failed, waiting } = sortOut(options, message, entry, outcomes);
  await report(options, 'failure', message, failed);
  await report(
    options,
    'success',
    message,
    outcomes.filter((outcome) => outcome.status === 'sent' && wantsReport(message, outcome, 'SUCCESS')),
  );
  if (waiting.length === 0) {
    await queue.remove(message.queueId);
    log.info(deliveryLines.removed(message.queueId));
    return;
  }
  await deferMessage(options, message, entry, failed, waiting);
}

/** Which recipients have failed for good, and which wait. */
function sortOut(
  { config, deps, log }: ConcludeOptions,
  message: QueuedMessage,
  entry: QueueEntry,
  outcomes: readonly RecipientOutcome[],
): { failed: RecipientOutcome[]; waiting: RecipientOutcome[] } {
  const { reversePath } = message.envelope;
  const tooOld = isExpired(config, reversePath, message.arrivalMs, deps.clock.now());
  const expired = entry.forcedExpire || tooOld;
  const soft = config.bool('soft_bounce');
  const failed = outcomes.filter(
    (outcome) => (outcome.status === 'bounced' && !soft) || (outcome.status === 'deferred' && expired),
  );
  if (expired && failed.some((outcome) => outcome.status === 'deferred'))
    log.info((tooOld ? deliveryLines.expired : deliveryLines.forceExpired)(message.queueId, reversePath));
  return { failed, waiting: outcomes.filter((outcome) => outcome.status !== 'sent' && !failed.includes(outcome)) };
}

async function deferMessage(
  options: ConcludeOptions,
  message: QueuedMessage,
  entry: QueueEntry,
  failed: readonly RecipientOutcome[],
  waiting: readonly RecipientOutcome[],
): Promise<void> {
  const { config, queue, deps } = options;
  const nowMs = deps.clock.now();
  const warned = await warnOfDelay(options, message, entry, waiting, nowMs);
  const states = new Map<number, RecipientState>([
    ...failed.map(({ index }): [number, RecipientState] => [index, { kind: 'done' }]),
    ...waiting.map(({ index, dsn, text }): [number, RecipientState] => [
      index,
      { kind: 'deferred', dsn, reason: text },
    ]),
  ]);
  await queue.mark(message.queueId, states, warned ? { delayWarned: true } : {});
  await queue.move(message.queueId, 'active', 'deferred', { nextTryMs: nextTryMs(config, message.arrivalMs, nowMs) });
}

/** Once in a message's life, when it has waited delay_warning_time. Was the sender told? */
async function warnOfDelay(
  options: ConcludeOptions,
  message: QueuedMessage,
  entry: QueueEntry,
  waiting: readonly RecipientOutcome[],
  nowMs: number,
): Promise<boolean> {
  const { config } = options;
  const afterMs = config.durationMs('delay_warning_time');
  if (afterMs === 0 || entry.delayWarned || nowMs - message.arrivalMs < afterMs) return false;
  await report(options, 'delay', message, waiting, message.arrivalMs + config.durationMs('maximal_queue_lifetime'));
  return true;
}

async function report(
  { bounce }: ConcludeOptions,
  kind: NoticeKind,
  message: QueuedMessage,
  outcomes: readonly RecipientOutcome[],
  retryUntilMs?: number,
): Promise<void> {
  const reported = reportedRecipients(kind, message, outcomes);
  if (reported.length > 0) await bounce.report(kind, message, reported, retryUntilMs);
}
