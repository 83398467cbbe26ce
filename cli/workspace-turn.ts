/**
 * workspace-turn - one `up` or `down` at a time in a workspace on Docker: two at once would each format, mount and end what the other needs. Who comes second waits.
 *
 * `run/turn.ctl` is the claim; one that was killed gives its turn away (util/control.ts).
 */
import path from 'node:path';
import { systemClock } from '#util/clock.ts';
import { AlreadyServedError, serveControl, type ControlAnswer } from '#util/control.ts';
import { waitFor } from '#util/deadline.ts';
import { cannotWrite, type Workspace } from '../range/workspace.ts';

/** A class of 250 seats is up by then. */
const longestMs = 600_000;

/** Does the work when it is its turn. @throws Error with the cure where nothing can be written, DeadlineError when another goes on and on, what `work` throws */
export async function inTurn<T>(workspace: Workspace, work: () => Promise<T>): Promise<T> {
  const file = path.join(workspace.folder, 'run', 'turn.ctl');
  const answer = (): Promise<ControlAnswer> => Promise.resolve({ exitCode: 0, output: '' });
  const claim = await waitFor(
    `the turn in ${workspace.folder}`,
    async () => {
      try {
        return { kind: 'there', value: await serveControl(file, answer, { exclusive: true }) };
      } catch (error) {
        if (!(error instanceof AlreadyServedError)) throw cannotWrite(workspace, error);
        return { kind: 'not-yet', seen: 'another gatehouse up or down is at work there' };
      }
    },
    { clock: systemClock, timeoutMs: longestMs, everyMs: 200 },
  );
  try {
    return await work();
  } finally {
    await claim.stop();
  }
}
