/**
 * patience - how long a check waited for each host, so that its deadline is charged to whoever used it up.
 */
import type { Clock } from '#util/clock.ts';

export interface Patience {
  /** A wait for that host begins; call the result when it ends. */
  waiting(address: string): () => void;
  /** The host that was waited for longest, waits that still last included. */
  longest(): { readonly address: string; readonly waitedMs: number } | undefined;
}

export function createPatience(clock: Clock): Patience {
  const ended = new Map<string, number>();
  const open = new Set<{ readonly address: string; readonly sinceMs: number }>();
  return {
    waiting(address) {
      const wait = { address, sinceMs: clock.monotonicMs() };
      open.add(wait);
      return () => {
        if (open.delete(wait)) ended.set(address, (ended.get(address) ?? 0) + clock.monotonicMs() - wait.sinceMs);
      };
    },
    longest() {
      const sums = new Map(ended);
      for (const { address, sinceMs } of open)
        sums.set(address, (sums.get(address) ?? 0) + clock.monotonicMs() - sinceMs);
      const [first] = [...sums].sort(([, one], [, other]) => other - one);
      return first && { address: first[0], waitedMs: first[1] };
    },
  };
}
