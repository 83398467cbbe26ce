/**
 * ready - waits until a container's host has started its services: its first process then says `ready` on standard output, once each time that it starts.
 *
 * Read from the container's log, which costs the engine less than a command in every container.
 */
import type Docker from 'dockerode';
import type { Clock } from '#util/clock.ts';
import { DeadlineError, waitFor, withDeadline } from '#util/deadline.ts';

const readyMs = 60_000;
const everyMs = 100;
/** Whoever follows a log of Docker 20.10 can miss the line that is written in that moment, and there is but one: after a while the log is read anew. */
const followMs = 2000;

/** @throws DeadlineError naming the container */
export async function waitUntilReady(docker: Docker, clock: Clock, name: string): Promise<void> {
  await waitFor(
    name,
    async () => {
      const container = docker.getContainer(name);
      const { Running, StartedAt } = (await container.inspect()).State;
      if (!Running) return { kind: 'not-yet', seen: 'it does not run' };
      // Its word may have left the log since, which is bounded; whoever has run so long has said it.
      if (clock.now() - Date.parse(StartedAt) > readyMs) return { kind: 'there', value: name };
      const leave = new AbortController();
      try {
        const isReady = await withDeadline(name, saysReady(container, StartedAt, leave.signal), {
          clock,
          timeoutMs: followMs,
        });
        return isReady ? { kind: 'there', value: name } : { kind: 'not-yet', seen: 'it ended before it was ready' };
      } catch (error) {
        if (error instanceof DeadlineError) return { kind: 'not-yet', seen: 'it has not said that it is ready' };
        throw error;
      } finally {
        leave.abort();
      }
    },
    { clock, timeoutMs: readyMs, everyMs },
  );
}

/** False when the log ends before: the container has stopped. */
async function saysReady(container: Docker.Container, startedAt: string, abortSignal: AbortSignal): Promise<boolean> {
  const since = Date.parse(startedAt) / 1000;
  const log = await container.logs({ follow: true, stdout: true, since, abortSignal });
  let text = '';
  for await (const chunk of log) {
    text += String(chunk);
    if (text.includes('ready\n')) return true;
  }
  return false;
}
