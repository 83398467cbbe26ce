/**
 * lay-stand-ins - seats that nobody sits at get their known good configuration, once, whichever engine runs them.
 */
import { systemClock } from '#util/clock.ts';
import { beginStandIn } from '../grader/exam/stand-in.ts';
import { loadLabs } from '../grader/load-labs.ts';
import { attachRange } from '../range/attach.ts';
import type { Workspace } from '../range/workspace.ts';

/** The workshop must run. */
export async function layStandIns({ folder }: Workspace): Promise<void> {
  const range = await attachRange(folder, systemClock);
  const absent = range.world.seats.filter((seat) => seat.kind === 'stand-in');
  if (absent.length === 0) return;
  const labs = await loadLabs();
  for (const seat of absent) await beginStandIn(range, labs, seat.id);
}
