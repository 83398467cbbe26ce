/**
 * listen-for-the-end - Ctrl-C, SIGTERM and SIGHUP ask for an end in order; the same again ends the command at once.
 */
import { constants } from 'node:os';
import { systemClock } from '#util/clock.ts';

/** A second Ctrl-C sooner than this is the first one's echo: a terminal signals every process of the command. */
const echoMs = 1000;

export interface Ending {
  /** Resolves when somebody asked, with the exit status of a command that was broken off. */
  readonly asked: Promise<number>;
  /** Asks, as Ctrl-C does. */
  end(): void;
}

export function listenForTheEnd(): Ending {
  const { promise: asked, resolve } = Promise.withResolvers<number>();
  let askedMs: number | undefined;
  const ask = (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void => {
    const status = 128 + constants.signals[signal];
    if (askedMs !== undefined && systemClock.monotonicMs() - askedMs > echoMs) process.exit(status);
    askedMs ??= systemClock.monotonicMs();
    resolve(status);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ask(signal));
  return { asked, end: () => ask('SIGINT') };
}
