/**
 * retry-schedule - when a deferred message is tried again, and when it is given up (qmgr(8)).
 *
 * The wait is as long as the message has waited already, but at least minimal_backoff_time and at most maximal_backoff_time.
 */
import type { PostfixConfig } from '../config/config.ts';

/** Time of the next try, ms since the epoch. */
export function nextTryMs(config: PostfixConfig, arrivalMs: number, nowMs: number): number {
  const waitedMs = Math.max(0, nowMs - arrivalMs);
  const waitMs = Math.min(
    Math.max(waitedMs, config.durationMs('minimal_backoff_time')),
    config.durationMs('maximal_backoff_time'),
  );
  return nowMs + waitMs;
}

/** Has it waited too long? Bounces have a lifetime of their own. */
export function isExpired(config: PostfixConfig, reversePath: string, arrivalMs: number, nowMs: number): boolean {
  return (
    nowMs - arrivalMs >= config.durationMs(reversePath === '' ? 'bounce_queue_lifetime' : 'maximal_queue_lifetime')
  );
}
