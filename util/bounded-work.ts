/**
 * bounded-work - runs a piece of synchronous work that must end in time: regular expressions that other people wrote, on text that strangers sent.
 *
 * A backtracking pattern can run for years on thirty characters. The engine's own watchdog ends the work; nothing else in the process notices but the wait.
 *
 * Limits: synchronous work only; costs about a tenth of a millisecond, so gather many patterns into one piece of work.
 */
import vm from 'node:vm';

const hook = '__gatehouseBoundedWork';
const script = new vm.Script(`globalThis.${hook}()`);

export type BoundedOutcome<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'too-long' };

/** Runs `work`, at most `timeoutMs` long. Errors of the work itself pass through. */
export function runBounded<T>(timeoutMs: number, work: () => T): BoundedOutcome<T> {
  const outer: unknown = Reflect.get(globalThis, hook);
  Reflect.set(globalThis, hook, work);
  try {
    return { kind: 'done', value: script.runInThisContext({ timeout: timeoutMs }) as T };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return { kind: 'too-long' };
    throw error;
  } finally {
    Reflect.set(globalThis, hook, outer);
  }
}
