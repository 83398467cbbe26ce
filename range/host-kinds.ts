/**
 * host-kinds - a seat's mail host is ours or a genuine one; when the workshop says otherwise than the host's files, what is there is kept as a snapshot and the host begins anew.
 */
import type { Clock } from '#util/clock.ts';
import { emptyRoot, keepRoot } from './host-copies.ts';
import { readKind } from './provision.ts';
import type { Workspace } from './workspace.ts';
import type { MailHost, Seat, World } from './world.ts';

export type HostKind = 'own' | 'genuine';

export const mailHosts: readonly MailHost[] = ['gateway', 'mailbox'];

export function kindOf(seat: Seat, host: MailHost): HostKind {
  return seat.genuine.includes(host) ? 'genuine' : 'own';
}

export interface ChangedHost {
  readonly seat: string;
  readonly host: MailHost;
  readonly to: HostKind;
}

/** The hosts whose files are of the other kind. */
export async function findChangedHosts(world: World, workspace: Workspace): Promise<ChangedHost[]> {
  const changed: ChangedHost[] = [];
  for (const seat of world.seats)
    for (const host of mailHosts) {
      const there = await readKind(workspace.hostRoot(seat.id, host));
      const to = kindOf(seat, host);
      if (there !== undefined && there !== to) changed.push({ seat: seat.id, host, to });
    }
  return changed;
}

/** Empties them, each after a snapshot. The hosts must not run. @returns the snapshots' names */
export async function clearChangedHosts(
  changed: readonly ChangedHost[],
  workspace: Workspace,
  clock: Clock,
): Promise<string[]> {
  const kept: string[] = [];
  for (const { seat, host, to } of changed) {
    kept.push(await keepRoot(workspace, seat, host, `before-${to}`, clock));
    await emptyRoot(workspace.hostRoot(seat, host));
  }
  return kept;
}
