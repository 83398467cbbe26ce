/**
 * prepare-workshop - lays a workshop's folders before its hosts start, as `gatehouse up` does, for docker compose: nobody else does it then.
 *
 * Never touches a student's file. The engine makes a missing folder root's own: what the command `gatehouse` writes is given to whom the project's folder belongs.
 *
 * A host that is to be of the other kind (ours or genuine) begins anew; what it had is kept as a snapshot. End the workshop before such a change.
 *
 * Limits: seats have no disks of their own. A workshop whose seats have some (made by `gatehouse up` as root) is refused unless they are mounted, for without them hosts would begin anew.
 */
import { chown, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '#util/clock.ts';
import { isThere } from '#util/is-there.ts';
import { noteRunning, provisionWorkshop } from '../../range/docker/provision-workshop.ts';
import { mountSeatDisks } from '../../range/seat-disks.ts';
import { clearChangedHosts, findChangedHosts, mailHosts } from '../../range/host-kinds.ts';
import {
  loadWorkshop,
  openWorkspace,
  saveWorkshop,
  worldOf,
  type Workshop,
  type Workspace,
} from '../../range/workspace.ts';
import type { World } from '../../range/world.ts';
import type { Say } from '../texts.ts';

export interface Preparation {
  /** The workspace's folder. */
  readonly workspace: string;
  /** A folder of the person whose workshop this is. */
  readonly project: string;
  readonly seats: number;
  /** `pc2-gateway`: the hosts that are made of genuine programs. */
  readonly genuine: readonly string[];
  readonly clock: Clock;
}

const foldersOfThePerson = ['.', 'run', 'grades', 'snapshots'];
const filesOfThePerson = ['workshop.json', 'run/state.json'];

/** @throws Error with the cure */
export async function prepareWorkshop(
  { workspace: folder, project, seats, genuine, clock }: Preparation,
  say: Say,
): Promise<World> {
  const workspace = openWorkspace(folder);
  // The socket that it names cannot be asked from a container.
  if (await isThere(workspace.controlFile)) throw new Error(say('compose.embedded'));
  // Whether the scanners' profile was asked for is not told: their name and folders are there for it.
  const workshop = { ...(await saveSeats(workspace, seats, genuine)), scanners: true };
  const world = worldOf(workshop);
  await mountSeatDisks(workspace).catch(() => {
    throw new Error(say('compose.disks'));
  });
  await clearChangedHosts(await findChangedHosts(world, workspace), workspace, clock);
  await provisionWorkshop(workshop, workspace, clock);
  await noteRunning(workspace, clock);
  const { uid, gid } = await stat(project);
  for (const name of foldersOfThePerson) await mkdir(path.join(workspace.folder, name), { recursive: true });
  for (const name of [...foldersOfThePerson, ...filesOfThePerson])
    await chown(path.join(workspace.folder, name), uid, gid);
  return world;
}

/** As many seats as the file has, with the persons that the workspace knows. */
async function saveSeats(workspace: Workspace, count: number, genuineHosts: readonly string[]): Promise<Workshop> {
  const before = (await loadWorkshop(workspace))?.seats ?? [];
  const seats = Array.from({ length: count }, (_, index) => {
    const { person = '', kind = 'student' } = before[index] ?? {};
    const genuine = mailHosts.filter((host) => genuineHosts.includes(`pc${index + 1}-${host}`));
    return { person, kind, ...(genuine.length > 0 ? { genuine } : {}) };
  });
  return saveWorkshop(workspace, seats);
}

/** Who sits where, and what to do first. */
export function preparedText({ seats }: World, say: Say): string {
  const lines = seats.map(({ id, domain, user, password }) => say('start.seat', { seat: id, domain, user, password }));
  return `${[...lines, say('compose.prepared', { seats: seats.length })].join('\n')}\n`;
}
