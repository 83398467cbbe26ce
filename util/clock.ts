/**
 * clock - the time, and timers, as something handed in.
 *
 * Every program here asks a Clock instead of the machine, so that a test (or a waiting check) can move time.
 * `systemClock` is the machine's; `createManualClock` stands still until told to advance.
 *
 * Limits: a manual clock fires timers in order of due time, synchronously inside `advance`.
 */

/** A pending timer. `cancel` is idempotent. */
export interface Timer {
  cancel(): void;
}

/** Where the time comes from. */
export interface Clock {
  /** Wall time, milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /** A time that never goes back, in milliseconds with fractions; only differences mean anything. */
  monotonicMs(): number;
  /** Calls `run` once after `delayMs`. A timer never keeps the process alive by itself if `weak` is true. */
  after(delayMs: number, run: () => void, options?: { weak?: boolean }): Timer;
}

/** setTimeout's own ceiling (2^31 - 1 ms); longer waits are chained. */
const longestTimeoutMs = 2_147_483_647;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  // Not performance.now, for which Node loads a module: every host asks the time as it starts.
  monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
  after(delayMs, run, options) {
    let handle: NodeJS.Timeout;
    const arm = (leftMs: number): void => {
      const stepMs = Math.min(leftMs, longestTimeoutMs);
      handle = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : run()), stepMs);
      if (options?.weak) handle.unref();
    };
    arm(Math.max(0, delayMs));
    return { cancel: () => clearTimeout(handle) };
  },
};

/** A clock that only moves when `advance` is called. */
export interface ManualClock extends Clock {
  /** Moves time forward by `ms`, firing what falls due, in order. */
  advance(ms: number): void;
}

/** Makes a manual clock that reads `startMs` (wall time, ms since the epoch). */
export function createManualClock(startMs: number): ManualClock {
  let nowMs = startMs;
  const pending = new Set<{ dueMs: number; run: () => void }>();
  const nextDue = (untilMs: number) =>
    [...pending].filter((timer) => timer.dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0];
  return {
    now: () => nowMs,
    monotonicMs: () => nowMs - startMs,
    after(delayMs, run) {
      const timer = { dueMs: nowMs + Math.max(0, delayMs), run };
      pending.add(timer);
      return { cancel: () => void pending.delete(timer) };
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      for (let timer = nextDue(untilMs); timer; timer = nextDue(untilMs)) {
        pending.delete(timer);
        nowMs = timer.dueMs;
        timer.run();
      }
      nowMs = untilMs;
    },
  };
}
