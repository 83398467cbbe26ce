/**
 * ready - waits until a container's host has started its services: its first process then says `ready` on standard output, once each time that it starts.
 *
 * Read from the container's log, which costs the engine less than a command in every container.
 */
import type Docker from 'dockerode';
import type { Clock } from '#util/clock.ts';
import { waitFor, withDeadline } from '#util/deadline.ts';

const readyMs = 60_000;
const everyMs = 100;

/** @throws DeadlineError naming the container */
export async function waitUntilReady(docker: Docker, clock: Clock, name: string): Promise<void> {
  const options = { clock, timeoutMs: readyMs, everyMs };
  await waitFor(
    name,
    async () => {
      const container = docker.getContainer(name);
      const { Running, StartedAt, FinishedAt } = (await container.inspect()).State;
      if (!Running) return { kind: 'not-yet', seen: 'it does not run' };
      // Its word may have left the log since, which is bounded; whoever has run so long has said it.
      if (clock.now() - Date.parse(StartedAt) > readyMs) return { kind: 'there', value: name };
      const leave = new AbortController();
      try {
        const isReady = await withDeadline(name, saysReady(container, FinishedAt, leave.signal), options);
        return isReady ? { kind: 'there', value: name } : { kind: 'not-yet', seen: 'it ended before it was ready' };
      } finally {
        leave.abort();
      }
    },
    options,
  );
}

/**
 * False when the log ends before: the container has stopped. What an earlier run said was said before its end. When this run began is no help: a busy engine may note it after the host's word.
 */
async function saysReady(container: Docker.Container, finishedAt: string, abortSignal: AbortSignal): Promise<boolean> {
  const since = Math.max(0, Date.parse(finishedAt) / 1000); // year 1 when it never ended
  const log = await container.logs({ follow: true, stdout: true, since, abortSignal });
  let text = '';
  for await (const chunk of log) {
    text += String(chunk);
    if (text.includes('ready\n')) return true;
  }
  return false;
}
