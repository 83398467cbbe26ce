/**
 * provision-workshop - what must lie in the workspace before containers start, and the note that the workshop runs: the same for `gatehouse up` and for docker compose.
 */
import { forEachAtMost } from '#util/at-most.ts';
import type { Clock } from '#util/clock.ts';
import { mailHosts } from '../host-kinds.ts';
import { isLackOfRoom, Provision } from '../provision.ts';
import { worldOf, writeState, type Workshop, type Workspace } from '../workspace.ts';
import type { HostName } from '../world.ts';
import { provisionLab } from './provision-lab.ts';

const hostsAtOnce = 8;

/** Lays everything: the lab's own folders anew and the seats' where they are missing. */
export async function provisionWorkshop(workshop: Workshop, workspace: Workspace, clock: Clock): Promise<void> {
  const provision = new Provision(worldOf(workshop), clock);
  await provisionShared(workshop, workspace, provision);
  for (const host of mailHosts) await provisionHosts(workshop, workspace, host, provision);
}

/** What the lab's own containers need: their folders, and the seats' zones. A seat's own hosts may follow one by one. */
export async function provisionShared(workshop: Workshop, workspace: Workspace, provision: Provision): Promise<void> {
  await provisionLab(workshop, workspace);
  await provisionHosts(workshop, workspace, 'dns', provision);
}

async function provisionHosts(
  workshop: Workshop,
  workspace: Workspace,
  host: HostName,
  provision: Provision,
): Promise<void> {
  await forEachAtMost(hostsAtOnce, worldOf(workshop).seats, async ({ id }) => {
    await provision.layHost(id, host, workspace.hostRoot(id, host)).catch((error: unknown) => {
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
