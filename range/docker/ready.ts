/**
 * ready - waits until a container's host has started its services: its first process then says `ready` on standard output, once each time that it starts.
 *
 * Read from the container's log, which costs the engine less than a command in every container.
 */
import type Docker from 'dockerode';
import type { Clock } from '#util/clock.ts';
import { waitFor, withDeadline } from '#util/deadline.ts';

const readyMs = 60_000;
const readyWord = 'ready\n';
const everyMs = 100;
/** The end of a container that has not ended yet, as the engine writes it. */
const never = '0001-01-01T00:00:00Z';

/** As waitUntilReady, for a container that was just made: no earlier run can have left its word in the log. @throws DeadlineError naming the container */
export async function waitUntilFirstReady(docker: Docker, clock: Clock, name: string): Promise<void> {
  if (!(await saysReady(docker, clock, name, never))) await waitUntilReady(docker, clock, name);
}

/** @throws DeadlineError naming the container */
export async function waitUntilReady(docker: Docker, clock: Clock, name: string): Promise<void> {
  const options = { clock, timeoutMs: readyMs, everyMs };
  await waitFor(
    name,
    async () => {
      const { Running, StartedAt, FinishedAt } = (await docker.getContainer(name).inspect()).State;
      if (!Running) return { kind: 'not-yet', seen: 'it does not run' };
      // Its word may have left the log since, which is bounded; whoever has run so long has said it.
      if (clock.now() - Date.parse(StartedAt) > readyMs) return { kind: 'there', value: name };
      return (await saysReady(docker, clock, name, FinishedAt))
        ? { kind: 'there', value: name }
        : { kind: 'not-yet', seen: 'it ended before it was ready' };
    },
    options,
  );
}

/**
 * False when the log ends before: the container has stopped. What an earlier run said was said before its end. When this run began is no help: a busy engine may note it after the host's word.
 */
async function saysReady(docker: Docker, clock: Clock, name: string, finishedAt: string): Promise<boolean> {
  const leave = new AbortController();
  const since = Math.max(0, Date.parse(finishedAt) / 1000);
  const word = hear(docker.getContainer(name), since, leave.signal);
  return withDeadline(name, word, { clock, timeoutMs: readyMs }).finally(() => leave.abort());
}

async function hear(container: Docker.Container, since: number, abortSignal: AbortSignal): Promise<boolean> {
  const log = await container.logs({ follow: true, stdout: true, since, abortSignal });
  let text = '';
  for await (const chunk of log) {
    text += String(chunk);
    if (text.includes(readyWord)) return true;
    text = text.slice(-readyWord.length); // a host's root may write into it without end
  }
  return false;
}
