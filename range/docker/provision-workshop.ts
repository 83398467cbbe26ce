/**
 * provision-workshop - what must lie in the workspace before any container starts, and the note that the workshop runs: the same for `gatehouse up` and for docker compose.
 */
import { forEachAtMost } from '#util/at-most.ts';
import type { Clock } from '#util/clock.ts';
import { provisionHost } from '../provision.ts';
import { worldOf, writeState, type Workshop, type Workspace } from '../workspace.ts';
import { provisionLab } from './provision-lab.ts';

const hostsAtOnce = 8;

/** Lays the lab's own folders anew and the seats' where they are missing. */
export async function provisionWorkshop(workshop: Workshop, workspace: Workspace, clock: Clock): Promise<void> {
  const world = worldOf(workshop);
  await provisionLab(workshop, workspace);
  const places = world.seats.flatMap((seat) =>
    (['gateway', 'mailbox', 'dns'] as const).map((host) => ({ seat, host })),
  );
  await forEachAtMost(hostsAtOnce, places, ({ seat, host }) =>
    provisionHost(world, seat.id, host, workspace.hostRoot(seat.id, host), clock).then(() => undefined),
  );
}

/** Tells other commands that this workshop is on Docker. */
export async function noteRunning(workspace: Workspace, clock: Clock): Promise<void> {
  await writeState(workspace, {
    pid: 0,
    engine: 'docker',
    wire: 'direct',
    startedAt: new Date(clock.now()).toISOString(),
  });
}
