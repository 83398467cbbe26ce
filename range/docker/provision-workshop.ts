/**
 * provision-workshop - what must lie in the workspace before containers start, and the note that the workshop runs: the same for `gatehouse up` and for docker compose.
 */
import { forEachAtMost } from '#util/at-most.ts';
import type { Clock } from '#util/clock.ts';
import { mailHosts } from '../host-kinds.ts';
import { isLackOfRoom, provisionHost } from '../provision.ts';
import { worldOf, writeState, type Workshop, type Workspace } from '../workspace.ts';
import type { HostName } from '../world.ts';
import { provisionLab } from './provision-lab.ts';

const hostsAtOnce = 8;

/** Lays everything: the lab's own folders anew and the seats' where they are missing. */
export async function provisionWorkshop(workshop: Workshop, workspace: Workspace, clock: Clock): Promise<void> {
  await provisionShared(workshop, workspace, clock);
  for (const host of mailHosts) await provisionHosts(workshop, workspace, host, clock);
}

/** What the lab's own containers need: their folders, and the seats' zones. A seat's own hosts may follow one by one. */
export async function provisionShared(workshop: Workshop, workspace: Workspace, clock: Clock): Promise<void> {
  await provisionLab(workshop, workspace);
  await provisionHosts(workshop, workspace, 'dns', clock);
}

async function provisionHosts(workshop: Workshop, workspace: Workspace, host: HostName, clock: Clock): Promise<void> {
  const world = worldOf(workshop);
  await forEachAtMost(hostsAtOnce, world.seats, async ({ id }) => {
    await provisionHost(world, id, host, workspace.hostRoot(id, host), clock).catch((error: unknown) => {
      // A seat whose own disk is full keeps no other seat from starting.
      if (host !== 'dns' || !isLackOfRoom(error)) throw error;
    });
  });
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
