/**
 * limiter - so many at once, the others wait in line.
 */

export interface Limiter {
  /** Runs when there is room. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Nothing runs, nothing waits. */
  readonly idle: boolean;
}

export function createLimiter(most: number): Limiter {
  let running = 0;
  const waiting: (() => void)[] = [];
  return {
    get idle() {
      return running === 0 && waiting.length === 0;
    },
    async run(work) {
      if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
      else running += 1;
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else running -= 1;
      }
    },
  };
}
