/**
 * qmgr - the queue manager: takes messages from `incoming` and `deferred`, gives them to the delivery agents, and decides what follows (qmgr(8)).
 *
 * Order for each message: active, route, deliver (bounded per destination), mark recipients done or deferred, report, then remove or defer. A recipient is marked before the next step, so
 * that a crash repeats at most the delivery in flight. Incoming mail is taken as it is announced; folders are listed, by name only, at start, when asked, and every queue_run_delay.
 */
import type { PostfixConfig } from '../config/config.ts';
import { tellResolver } from '../log/tell-resolver.ts';
import { deliveryLines } from '../log/delivery-lines.ts';
import type { ProcessLog } from '../log/mail-log.ts';
import type { QueuedMessage } from '../message.ts';
import type { MtaDeps } from '../mta-deps.ts';
import { NoLongerWanted, type Started } from '../program-starts.ts';
import type { Queue, QueueName, RecipientState } from '../queue/queue.ts';
import type { DeliveryAgent, DeliveryRequest, RecipientOutcome } from './agent.ts';
import type { Bounce } from './bounce.ts';
import { concludeMessage } from './conclude.ts';
import { Destinations, transportInteger } from './destinations.ts';
import { createLimiter, type Limiter } from './limiter.ts';
import { allRecipients, localOutcome } from './outcome.ts';
import { wantsReport } from './reported.ts';
import { routeRecipient, type Routed } from './route.ts';

export interface QueueManagerOptions {
  readonly config: PostfixConfig;
  readonly queue: Queue;
  readonly deps: MtaDeps;
  readonly bounce: Bounce;
  readonly started: Started;
  /** The agent of a master.cf transport; undefined when there is no such service. */
  agentFor(transport: string): DeliveryAgent | undefined;
}

/** Which deferred mail to try now; without it all. */
export interface FlushSelection {
  readonly queueId?: string;
  /** Messages with a recipient in this domain. */
  readonly site?: string;
}

export interface QueueManager {
  /** Looks at `incoming`, and at deferred mail that is due. */
  kick(): void;
  /** Deferred mail now (postqueue -f, -i, -s); resolves when it is under way. */
  flush(selection?: FlushSelection): Promise<void>;
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
  readonly #destinations: Destinations;
  /** Messages under way by queue id. */
  readonly #active = new Map<string, Promise<void>>();
  /** Left in `active` because the queue could not be written to (a full disk): they are tried with the next look. */
  readonly #stranded = new Set<string>();
  #scanning: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  readonly #cancelTimer: () => void;

  constructor(options: QueueManagerOptions) {
    this.#options = options;
    this.#log = options.deps.log.process(`${options.config.text('syslog_name')}/qmgr`);
    this.#destinations = new Destinations(options.config, options.deps.clock);
    const unwatch = options.queue.watch((queue, queueId) => queue === 'incoming' && this.#take(queueId, queue));
    const cancel = this.#armTimer();
    this.#cancelTimer = () => (unwatch(), cancel());
    this.kick();
  }

  /** The deferred queue is looked at every queue_run_delay. */
  #armTimer(): () => void {
    const { deps, config } = this.#options;
    const fire = (): void => {
      if (this.#stopped) return;
      this.kick();
      timer = deps.clock.after(config.durationMs('queue_run_delay'), fire, { weak: true });
    };
    let timer = deps.clock.after(config.durationMs('queue_run_delay'), fire, { weak: true });
    return () => timer.cancel();
  }

  kick(): void {
    if (this.#stopped) return;
    if (this.#scanning) {
      this.#again = true;
      return;
    }
    this.#scanning = this.#scan()
      .catch((error: unknown) => this.#log.error(words(error)))
      .finally(() => {
        this.#scanning = undefined;
        if (this.#again) {
          this.#again = false;
          this.kick();
        }
      });
  }

  async flush({ queueId, site }: FlushSelection = {}): Promise<void> {
    const { queue } = this.#options;
    await this.#scanning;
    this.#destinations.revive();
    this.#takeStranded();
    if (site !== undefined) {
      const suffix = `@${site.toLowerCase()}`;
      for (const entry of await queue.list(['deferred']))
        if (entry.recipients.some(({ address }) => address.toLowerCase().endsWith(suffix)))
          this.#take(entry.queueId, 'deferred');
      return;
    }
    for (const name of ['incoming', 'deferred'] as const)
      for (const id of await queue.ids(name)) if (queueId === undefined || queueId === id) this.#take(id, name);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    await this.#scanning;
    await Promise.allSettled(this.#active.values());
    for (const queueId of this.#stranded)
      await this.#options.queue.move(queueId, 'active', 'incoming').catch(() => undefined);
  }

  async #scan(): Promise<void> {
    const { queue, deps } = this.#options;
    this.#takeStranded();
    for (const queueId of await queue.ids('incoming')) this.#take(queueId, 'incoming');
    for (const queueId of await queue.ids('deferred', deps.clock.now())) this.#take(queueId, 'deferred');
  }

  #takeStranded(): void {
    for (const queueId of [...this.#stranded].filter((each) => !this.#active.has(each))) {
      this.#stranded.delete(queueId);
      this.#take(queueId, 'active');
    }
  }

  #take(queueId: string, from: QueueName): void {
    if (this.#stopped || this.#active.has(queueId)) return;
    const work = this.#messages
      .run(() => this.#message(queueId, from))
      .catch((error: unknown) => {
        if (!(error instanceof NoLongerWanted)) this.#log.error(`${queueId}: ${words(error)}`);
        this.#stranded.add(queueId);
      })
      .finally(() => this.#active.delete(queueId));
    this.#active.set(queueId, work);
  }

  async #message(queueId: string, from: QueueName): Promise<void> {
    const { queue, deps } = this.#options;
    if (this.#stopped || !(await queue.move(queueId, from, 'active'))) return;
    const taken = await queue.take(queueId, 'active');
    if (!taken) return;
    const { message, entry } = taken;
    const startedMs = deps.clock.now();
    const open = entry.recipients.flatMap((recipient, index) => (recipient.state.kind === 'done' ? [] : [index]));
    this.#log.info(
      deliveryLines.active(
        queueId,
        message.envelope.reversePath,
        message.sizeBytes,
        message.envelope.recipients.length,
      ),
    );
    await this.#options.started('trivial-rewrite');
    const outcomes = await this.#deliver(message, open, startedMs);
    await concludeMessage({ ...this.#options, log: this.#log }, message, entry, outcomes);
  }

  /** Groups recipients by transport and nexthop, and delivers the groups side by side. */
  async #deliver(message: QueuedMessage, open: readonly number[], startedMs: number): Promise<RecipientOutcome[]> {
    const groups = new Map<
      string,
      Omit<DeliveryRequest, 'message'> & { recipients: { index: number; address: string }[] }
    >();
    const outcomes: RecipientOutcome[] = [];
    for (const index of open) {
      const routed = await this.#route(message, index);
      if (routed.kind === 'deferred') {
        tellResolver(this.#options.deps.log, this.#options.config, routed.warnings);
        const failed = localOutcome(index, 'deferred', routed.dsn, routed.text, 'none');
        this.#logOutcome(message, failed, startedMs, this.#options.agentFor('retry')?.log);
        outcomes.push(failed);
        continue;
      }
      const { transport, nexthop, recipient } = routed.route;
      const key = `${transport}\0${nexthop.toLowerCase()}`;
      const group = groups.get(key) ?? { transport, nexthop, recipients: [] };
      group.recipients.push({ index, address: recipient });
      groups.set(key, group);
    }
    const requests = [...groups.values()].flatMap((group) =>
      this.#split(group.transport, group.recipients).map((recipients) => ({ message, ...group, recipients })),
    );
    const isOnly = requests.length === 1 && outcomes.length === 0;
    const delivered = await Promise.allSettled(requests.map((request) => this.#request(request, startedMs, isOnly)));
    // Only when the others are done with: the message may be taken up anew.
    const failed = delivered.find((each) => each.status === 'rejected');
    if (failed) throw failed.reason;
    return [...outcomes, ...delivered.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))];
  }

  async #route(message: QueuedMessage, index: number): Promise<Routed> {
    const { config, deps } = this.#options;
    const address = message.envelope.recipients[index]?.address ?? '';
    if (message.filter !== undefined) return filterRoute(message.filter, address);
    const own = deps.interfaces.map((each) => each.address);
    return routeRecipient(config, address, message.envelope.reversePath, own);
  }

  #split<T>(transport: string, recipients: readonly T[]): T[][] {
    const limit = transportInteger(this.#options.config, transport, 'destination_recipient_limit');
    return chunk(recipients, limit <= 0 ? recipients.length : limit);
  }

  /** `isOnly`: the message has no other recipients to deliver to. */
  async #request(request: DeliveryRequest, startedMs: number, isOnly: boolean): Promise<RecipientOutcome[]> {
    const outcomes = await this.#destinations.deliver(request, () => this.#callAgent(request));
    for (const outcome of outcomes)
      for (const step of outcome.steps ?? [outcome])
        this.#logOutcome(request.message, step, startedMs, this.#options.agentFor(request.transport)?.log);
    await this.#markDone(request.message, outcomes, isOnly);
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
      if (error instanceof NoLongerWanted) throw error;
      this.#log.error(`${request.message.queueId}: ${words(error)}`);
      return allRecipients(request, 'deferred', '4.3.0', 'unknown mail transport error');
    }
  }

  /** What was delivered is never delivered again, whatever happens next. A message that is done with leaves at once: that is mark enough. */
  async #markDone(message: QueuedMessage, outcomes: readonly RecipientOutcome[], isOnly: boolean): Promise<void> {
    const sent = outcomes.filter((outcome) => outcome.status === 'sent');
    const leavesNow =
      isOnly && sent.length === outcomes.length && !sent.some((outcome) => wantsReport(message, outcome, 'SUCCESS'));
    if (sent.length === 0 || leavesNow) return;
    await this.#options.queue.mark(
      message.queueId,
      new Map(sent.map((outcome): [number, RecipientState] => [outcome.index, { kind: 'done' }])),
    );
  }

  #logOutcome(message: QueuedMessage, outcome: RecipientOutcome, startedMs: number, log: ProcessLog = this.#log): void {
    const recipient = message.envelope.recipients[outcome.index];
    const totalMs = Math.max(0, this.#options.deps.clock.now() - startedMs);
    const inQueue = Math.max(0, totalMs / 1000 - outcome.connectSeconds - outcome.transmitSeconds);
    log.info(
      deliveryLines.delivery({
        queueId: message.queueId,
        recipient: outcome.address ?? recipient?.address ?? '',
        originalRecipient: recipient?.originalRecipient ?? '',
        relay: outcome.relay,
        delays: [
          Math.max(0, startedMs - message.arrivalMs) / 1000,
          inQueue,
          outcome.connectSeconds,
          outcome.transmitSeconds,
        ],
        dsn: outcome.dsn,
        status:
          outcome.status === 'bounced' && this.#options.config.bool('soft_bounce') ? 'SOFTBOUNCE' : outcome.status,
        text: outcome.text,
      }),
    );
  }
}

/** content_filter: all recipients go to the filter. */
function filterRoute(filter: string, address: string): Routed {
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

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
