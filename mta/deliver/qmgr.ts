/**
 * qmgr - the queue manager: takes messages from `incoming` and `deferred`, gives them to the delivery agents, and decides what follows (qmgr(8)).
 *
 * Order for each message: active, route, deliver (bounded per destination), mark recipients done or deferred, report, then remove or defer. A recipient is marked before the next step, so
 * that a crash repeats at most the delivery in flight.
 *
 * Limits: concurrency is a fixed bound per destination, without the feedback of the genuine one..
 */
import type { PostfixConfig } from '../config/config.ts';
import { deliveryLines } from '../log/delivery-lines.ts';
import type { ProcessLog } from '../log/mail-log.ts';
import type { QueuedMessage } from '../message.ts';
import type { MtaDeps } from '../mta-deps.ts';
import type { Queue, QueueEntry, RecipientState } from '../queue/queue.ts';
import type { DeliveryAgent, DeliveryRequest, RecipientOutcome } from './agent.ts';
import type { Bounce } from './bounce.ts';
import { createLimiter, type Limiter } from './limiter.ts';
import { allRecipients } from './outcome.ts';
import { reportedRecipients, wantsReport } from './reported.ts';
import { isExpired, nextTryMs } from './retry-schedule.ts';
import { routeRecipient } from './route.ts';

export interface QueueManagerOptions {
  readonly config: PostfixConfig;
  readonly queue: Queue;
  readonly deps: MtaDeps;
  readonly bounce: Bounce;
  /** The agent of a master.cf transport; undefined when there is no such service. */
  agentFor(transport: string): DeliveryAgent | undefined;
}

export interface QueueManager {
  /** Looks at `incoming`, and at deferred mail that is due. */
  kick(): void;
  /** All deferred mail now (postqueue -f). */
  flush(): Promise<void>;
  /** Resolves when what is under way is done. */
  stop(): Promise<void>;
}

const mostMessagesAtOnce = 100;

export function createQueueManager(options: QueueManagerOptions): QueueManager {
  return new Manager(options);
}

class Manager implements QueueManager {
  readonly #options: QueueManagerOptions;
  readonly #log: ProcessLog;
  readonly #messages: Limiter = createLimiter(mostMessagesAtOnce);
  readonly #destinations = new Map<string, Limiter>();
  /** Messages under way by queue id. */
  readonly #active = new Map<string, Promise<void>>();
  #scanning: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #cancelTimer: () => void;

  constructor(options: QueueManagerOptions) {
    this.#options = options;
    this.#log = options.deps.log.process(`${options.config.text('syslog_name')}/qmgr`);
    const unwatch = options.queue.watch((queue) => queue === 'incoming' && this.kick());
    const cancel = this.#armTimer();
    this.#cancelTimer = () => (unwatch(), cancel());
    this.kick();
  }

  /** The deferred queue is looked at every queue_run_delay. */
  #armTimer(): () => void {
    const { deps, config } = this.#options;
    let timer = deps.clock.after(config.durationMs('queue_run_delay'), () => fire(), { weak: true });
    const fire = (): void => {
      if (this.#stopped) return;
      this.kick();
      timer = deps.clock.after(config.durationMs('queue_run_delay'), () => fire(), { weak: true });
    };
    return () => timer.cancel();
  }

  kick(): void {
    if (this.#stopped) return;
    if (this.#scanning) {
      this.#again = true;
      return;
    }
    this.#scanning = this.#scan(false)
      .catch((error: unknown) => this.#log.error(error instanceof Error ? error.message : String(error)))
      .finally(() => {
        this.#scanning = undefined;
        if (this.#again) {
          this.#again = false;
          this.kick();
        }
      });
  }

  async flush(): Promise<void> {
    await this.#scanning;
    await this.#scan(true);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    await this.#scanning;
    await Promise.allSettled(this.#active.values());
  }

  async #scan(isFlush: boolean): Promise<void> {
    const { queue, deps } = this.#options;
    const nowMs = deps.clock.now();
    for (const entry of await queue.list(['incoming', 'deferred'])) {
      if (this.#stopped) return;
      const isDue = entry.queueName === 'incoming' || isFlush || (entry.nextTryMs ?? 0) <= nowMs;
      if (!isDue || this.#active.has(entry.queueId)) continue;
      const work = this.#messages
        .run(() => this.#message(entry))
        .catch((error: unknown) =>
          this.#log.error(`${entry.queueId}: ${error instanceof Error ? error.message : String(error)}`),
        );
      this.#active.set(
        entry.queueId,
        work.finally(() => this.#active.delete(entry.queueId)),
      );
    }
  }

  async #message(entry: QueueEntry): Promise<void> {
    const { queue, deps } = this.#options;
    if (this.#stopped || !(await queue.move(entry.queueId, entry.queueName, 'active'))) return;
    const message = await queue.read(entry.queueId);
    if (!message) return;
    const startedMs = deps.clock.now();
    const open = entry.recipients.flatMap((recipient, index) => (recipient.state.kind === 'done' ? [] : [index]));
    this.#log.info(
      deliveryLines.active(
        message.queueId,
        message.envelope.reversePath,
        message.sizeBytes,
        message.envelope.recipients.length,
      ),
    );
    const outcomes = await this.#deliver(message, open, startedMs);
    await this.#conclude(message, entry, outcomes, startedMs);
  }

  /** Groups recipients by transport and nexthop, and delivers the groups side by side. */
  async #deliver(message: QueuedMessage, open: readonly number[], startedMs: number): Promise<RecipientOutcome[]> {
    const { config, deps } = this.#options;
    const own = deps.interfaces.map(({ address }) => address);
    const groups = new Map<
      string,
      { transport: string; nexthop: string; recipients: { index: number; address: string }[] }
    >();
    const outcomes: RecipientOutcome[] = [];
    for (const index of open) {
      const address = message.envelope.recipients[index]?.address ?? '';
      const routed =
        message.filter === undefined
          ? await routeRecipient(config, address, message.envelope.reversePath, own)
          : filterRoute(message.filter, address);
      if (routed.kind === 'deferred') {
        const failed = {
          index,
          status: 'deferred',
          dsn: routed.dsn,
          text: routed.text,
          relay: 'none',
          connectSeconds: 0,
          transmitSeconds: 0,
        } as const;
        this.#logOutcome(message, failed, startedMs);
        outcomes.push(failed);
        continue;
      }
      const { transport, nexthop, recipient } = routed.route;
      const key = `${transport}\0${nexthop.toLowerCase()}`;
      const group = groups.get(key) ?? { transport, nexthop, recipients: [] };
      group.recipients.push({ index, address: recipient });
      groups.set(key, group);
    }
    const limit = Math.max(1, config.integer('default_destination_recipient_limit'));
    const requests = [...groups.values()].flatMap((group) =>
      chunk(group.recipients, limit).map((recipients) => ({ message, ...group, recipients })),
    );
    const delivered = await Promise.all(requests.map((request) => this.#request(request, startedMs)));
    return [...outcomes, ...delivered.flat()];
  }

  async #request(request: DeliveryRequest, startedMs: number): Promise<RecipientOutcome[]> {
    const { config } = this.#options;
    const isLocal = request.transport === 'local';
    const key = `${request.transport}:${isLocal ? (request.recipients[0]?.address ?? '') : request.nexthop}`;
    const bound = config.integer(
      isLocal ? 'local_destination_concurrency_limit' : 'default_destination_concurrency_limit',
    );
    const limiter = this.#destinations.get(key) ?? createLimiter(Math.max(1, bound));
    this.#destinations.set(key, limiter);
    const outcomes = await limiter.run(() => this.#callAgent(request));
    if (limiter.idle) this.#destinations.delete(key);
    for (const outcome of outcomes)
      this.#logOutcome(request.message, outcome, startedMs, this.#options.agentFor(request.transport)?.log);
    await this.#markDone(request.message.queueId, outcomes);
    return [...outcomes];
  }

  async #callAgent(request: DeliveryRequest): Promise<readonly RecipientOutcome[]> {
    const agent = this.#options.agentFor(request.transport);
    if (!agent) {
      this.#log.warning(deliveryLines.noTransport(request.transport));
      return allRecipients(request, 'deferred', '4.3.0', 'mail transport unavailable');
    }
    try {
      return await agent.deliver(request);
    } catch (error) {
      this.#log.error(`${request.message.queueId}: ${error instanceof Error ? error.message : String(error)}`);
      return allRecipients(request, 'deferred', '4.3.0', 'unknown mail transport error');
    }
  }

  /** What was delivered is never delivered again, whatever happens next. */
  async #markDone(queueId: string, outcomes: readonly RecipientOutcome[]): Promise<void> {
    const done = outcomes
      .filter((outcome) => outcome.status === 'sent')
      .map((outcome): [number, RecipientState] => [outcome.index, { kind: 'done' }]);
    if (done.length > 0) await this.#options.queue.mark(queueId, new Map(done));
  }

  #logOutcome(message: QueuedMessage, outcome: RecipientOutcome, startedMs: number, log: ProcessLog = this.#log): void {
    const recipient = message.envelope.recipients[outcome.index];
    const totalMs = Math.max(0, this.#options.deps.clock.now() - startedMs);
    const inQueue = Math.max(0, totalMs / 1000 - outcome.connectSeconds - outcome.transmitSeconds);
    log.info(
      deliveryLines.delivery({
        queueId: message.queueId,
        recipient: recipient?.address ?? '',
        originalRecipient: recipient?.originalRecipient ?? '',
        relay: outcome.relay,
        delays: [
          Math.max(0, startedMs - message.arrivalMs) / 1000,
          inQueue,
          outcome.connectSeconds,
          outcome.transmitSeconds,
        ],
        dsn: outcome.dsn,
        status: outcome.status,
        text: outcome.text,
      }),
    );
  }

  /** Bounces, delays, successes; then the message goes or waits. */
  async #conclude(
    message: QueuedMessage,
    entry: QueueEntry,
    outcomes: readonly RecipientOutcome[],
    startedMs: number,
  ): Promise<void> {
    const { config, queue, deps } = this.#options;
    const nowMs = deps.clock.now();
    const expired = entry.forcedExpire || isExpired(config, message.envelope.reversePath, message.arrivalMs, nowMs);
    const soft = config.bool('soft_bounce');
    const failed = outcomes.filter(
      (outcome) => (outcome.status === 'bounced' && !soft) || (outcome.status === 'deferred' && expired),
    );
    const waiting = outcomes.filter((outcome) => outcome.status !== 'sent' && !failed.includes(outcome));
    if (expired && failed.length > 0)
      this.#log.info(deliveryLines.expired(message.queueId, message.envelope.reversePath));
    await this.#report('failure', message, failed);
    await this.#report(
      'success',
      message,
      outcomes.filter((outcome) => outcome.status === 'sent' && wantsReport(message, outcome, 'SUCCESS')),
    );
    if (failed.length > 0)
      await queue.mark(message.queueId, new Map(failed.map(({ index }) => [index, { kind: 'done' }])));
    if (waiting.length === 0) {
      await queue.remove(message.queueId);
      this.#log.info(deliveryLines.removed(message.queueId));
      return;
    }
    await queue.mark(
      message.queueId,
      new Map(waiting.map(({ index, dsn, text }) => [index, { kind: 'deferred', dsn, reason: text }])),
    );
    await this.#warnOfDelay(message, waiting, startedMs, nowMs);
    await queue.move(message.queueId, 'active', 'deferred', { nextTryMs: nextTryMs(config, message.arrivalMs, nowMs) });
  }

  /** Once, when the message has waited delay_warning_time. */
  async #warnOfDelay(
    message: QueuedMessage,
    waiting: readonly RecipientOutcome[],
    startedMs: number,
    nowMs: number,
  ): Promise<void> {
    const { config } = this.#options;
    const afterMs = config.durationMs('delay_warning_time');
    if (afterMs === 0 || nowMs - message.arrivalMs < afterMs) return;
    // The try before this one was early enough to have had no warning: only then is it the first.
    const previousTryMs =
      startedMs - Math.max(config.durationMs('minimal_backoff_time'), (startedMs - message.arrivalMs) / 2);
    if (previousTryMs - message.arrivalMs >= afterMs) return;
    await this.#report('delay', message, waiting, message.arrivalMs + config.durationMs('maximal_queue_lifetime'));
  }

  async #report(
    kind: 'failure' | 'delay' | 'success',
    message: QueuedMessage,
    outcomes: readonly RecipientOutcome[],
    retryUntilMs?: number,
  ): Promise<void> {
    const reported = reportedRecipients(kind, message, outcomes);
    if (reported.length > 0) await this.#options.bounce.report(kind, message, reported, retryUntilMs);
  }
}

/** content_filter: all recipients go to the filter. */
function filterRoute(
  filter: string,
  address: string,
): { kind: 'route'; route: { transport: string; nexthop: string; recipient: string } } {
  const colon = filter.indexOf(':');
  return {
    kind: 'route',
    route: {
      transport: filter.slice(0, colon < 0 ? undefined : colon),
      nexthop: colon < 0 ? '' : filter.slice(colon + 1),
      recipient: address,
    },
  };
}

function chunk<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
