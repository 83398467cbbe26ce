/**
 * destinations - how many deliveries go to one destination at once, and which destinations are left alone for a while (SCHEDULER_README).
 *
 * A destination is a transport with a nexthop; for local(8) it is a recipient. When one cohort of deliveries has failed without any success in between, the destination is dead:
 * everything for it is deferred without a connection until minimal_backoff_time has passed, or `postqueue -f` revives it. What nobody waits for is forgotten, so a single failure kills nothing.
 *
 * Limits: concurrency is the configured bound from the start; only failures change it.
 */
import type { Clock } from '#util/clock.ts';
import type { PostfixConfig } from '../config/config.ts';
import type { DeliveryRequest, RecipientOutcome } from './agent.ts';
import { createLimiter, type Limiter } from './limiter.ts';
import { allRecipients } from './outcome.ts';

interface Destination {
  readonly limiter: Limiter;
  /** Shrinks with each failure, as the genuine one's concurrency does. */
  window: number;
  failedCohorts: number;
  dead: { readonly untilMs: number; readonly dsn: string; readonly text: string } | undefined;
}

export class Destinations {
  readonly #config: PostfixConfig;
  readonly #clock: Clock;
  readonly #all = new Map<string, Destination>();

  constructor(config: PostfixConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  /** Delivers when there is room, or suspends. */
  async deliver(
    request: DeliveryRequest,
    call: () => Promise<readonly RecipientOutcome[]>,
  ): Promise<readonly RecipientOutcome[]> {
    const key = this.#keyOf(request);
    const destination = this.#all.get(key) ?? this.#create(request.transport);
    this.#all.set(key, destination);
    const outcomes = await destination.limiter.run(async () => {
      const suspended = this.#suspension(destination);
      if (suspended)
        return allRecipients(request, 'deferred', suspended.dsn, `delivery temporarily suspended: ${suspended.text}`);
      const delivered = await call();
      this.#learn(destination, request.transport, delivered);
      return delivered;
    });
    if (destination.limiter.idle && !this.#suspension(destination)) this.#all.delete(key);
    return outcomes;
  }

  /** All destinations may be tried again. */
  revive(): void {
    for (const destination of this.#all.values()) if (destination.dead) this.#reset(destination);
  }

  #keyOf({ transport, nexthop, recipients }: DeliveryRequest): string {
    const isPerRecipient = transportInteger(this.#config, transport, 'destination_recipient_limit') === 1;
    return `${transport}:${(isPerRecipient ? (recipients[0]?.address ?? '') : nexthop).toLowerCase()}`;
  }

  #create(transport: string): Destination {
    const bound = transportInteger(this.#config, transport, 'destination_concurrency_limit');
    return {
      limiter: createLimiter(bound <= 0 ? Infinity : bound),
      window: this.#initialWindow(),
      failedCohorts: 0,
      dead: undefined,
    };
  }

  #initialWindow(): number {
    return Math.max(1, this.#config.integer('initial_destination_concurrency'));
  }

  #suspension(destination: Destination): Destination['dead'] {
    if (destination.dead && destination.dead.untilMs <= this.#clock.now()) {
      this.#reset(destination);
    }
    return destination.dead;
  }

  #reset(destination: Destination): void {
    destination.dead = undefined;
    destination.failedCohorts = 0;
    destination.window = this.#initialWindow();
  }

  #learn(destination: Destination, transport: string, outcomes: readonly RecipientOutcome[]): void {
    const failure = outcomes.find((outcome) => outcome.throttle);
    if (!failure) {
      destination.failedCohorts = 0;
      return;
    }
    destination.failedCohorts += 1 / destination.window;
    destination.window = Math.max(1, destination.window - 1);
    const limit = transportInteger(this.#config, transport, 'destination_concurrency_failed_cohort_limit');
    if (limit === 0 || destination.failedCohorts < limit) return;
    const untilMs = this.#clock.now() + this.#config.durationMs('minimal_backoff_time');
    destination.dead = { untilMs, dsn: failure.dsn, text: failure.text };
  }
}

/** `smtp_destination_recipient_limit`, or what `default_...` says for all transports (postconf(5)). */
export function transportInteger(config: PostfixConfig, transport: string, name: string): number {
  const own = `${transport}_${name}`;
  return config.text(own) === '' ? config.integer(`default_${name}`) : config.integer(own);
}
