/**
 * require-room - what `up` says of a computer's disk that is nearly full, before it keeps a plan: a warning, or a refusal where new seats would find no room.
 */
import { printable } from '#util/terminal-text.ts';
import { lookForRoom } from '../range/disk-room.ts';
import type { RangeState, Workshop, Workspace } from '../range/workspace.ts';
import type { Say } from './texts.ts';

/** @throws Error with the cure when the workshop cannot start for lack of room */
export async function requireRoom(
  workspace: Workspace,
  { seats }: Pick<Workshop, 'seats'>,
  engine: RangeState['engine'],
  say: Say,
): Promise<void> {
  // A folder that tells nothing of its disk is no reason not to try; one that cannot be written to is told when it is.
  const room = await lookForRoom(workspace, seats.length, engine).catch(() => undefined);
  if (room === undefined || room.kind === 'enough') return;
  const words = { folder: workspace.folder, free: room.freeMegabytes, needed: room.neededMegabytes };
  if (room.kind === 'too-little') throw new Error(say('up.diskFull', words));
  process.stderr.write(`gatehouse: ${printable(say('up.diskScarce', words), { multiline: true })}\n`);
}
