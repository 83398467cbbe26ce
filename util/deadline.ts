/**
 * deadline - waiting for something named, never for a while.
 *
 * `waitFor` looks again and again until the awaited thing is there or its deadline passes; then it says what was awaited, for how
 * long, and what was seen last. `withDeadline` bounds a promise that may never settle.
 */
import type { Clock } from './clock.ts';

/** What a look found: the thing itself, or a sentence saying what is there instead. */
export type Look<T> =
  { readonly kind: 'there'; readonly value: T } | { readonly kind: 'not-yet'; readonly seen: string };

/** The awaited thing did not come in time. `seen` is the last look's sentence. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
  readonly awaited: string;
  readonly timeoutMs: number;
  readonly seen: string;
  constructor(awaited: string, timeoutMs: number, seen: string) {
    super(`${awaited} not reached after ${timeoutMs} ms: ${seen}`);
    this.awaited = awaited;
    this.timeoutMs = timeoutMs;
    this.seen = seen;
  }
}

export interface WaitOptions {
  readonly clock: Clock;
  /** When to give up, in milliseconds from now. */
  readonly timeoutMs: number;
  /** Pause between two looks, milliseconds; default 25. */
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Looks until the awaited thing is there.
 * @param awaited what is awaited, as the beginning of a sentence ("queue empty")
 * @throws DeadlineError when the deadline passes; the signal's reason when aborted
 */
export async function waitFor<T>(
  awaited: string,
  look: () => Promise<Look<T>> | Look<T>,
  options: WaitOptions,
): Promise<T> {
  const startedMs = options.clock.monotonicMs();
  for (;;) {
    options.signal?.throwIfAborted();
    const found = await look();
    if (found.kind === 'there') return found.value;
    if (options.clock.monotonicMs() - startedMs >= options.timeoutMs)
      throw new DeadlineError(awaited, options.timeoutMs, found.seen);
    await pause(options.clock, options.everyMs ?? 25);
  }
}

/** Settles as `promise` does, or rejects with DeadlineError after `timeoutMs`. */
export async function withDeadline<T>(awaited: string, promise: Promise<T>, options: WaitOptions): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = options.clock.after(options.timeoutMs, () =>
    reject(new DeadlineError(awaited, options.timeoutMs, 'no answer')),
  );
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    timer.cancel();
  }
}

/** The pause between two looks; nothing else may wait for time alone. */
export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve));
}
