/**
 * disk-room - is there room for a workshop on the computer's disk? Asked by `doctor`, and by `up` before it keeps a plan.
 *
 * A seat's own disk is sparse (seat-disks.ts): it says that it has room when the computer's disk has none, and what is written then can be lost without a word to the seat.
 */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { isThere } from '#util/is-there.ts';
import { canLimitDisks, hasSeatDisk } from './seat-disks.ts';
import type { RangeState, Workspace } from './workspace.ts';

/** scarce: a workshop starts, and what it writes may find no room. too-little: it cannot start. */
export interface DiskRoom {
  readonly kind: 'enough' | 'scarce' | 'too-little';
  readonly freeMegabytes: number;
  /** What the first files of new seats take. */
  readonly neededMegabytes: number;
}

/** To be left once the seats' first files lie. */
const leastFreeMegabytes = 300;
/** Measured on a fresh seat: its files, and an ext4 of its own around them. */
const megabytesPerSeat = { files: 1, disk: 6 } as const;

/** @param seats how many there are to be @param engine whose seats would be made; on Docker each has a disk, where there are the means @throws Error of the system where the disk does not tell */
export async function lookForRoom(
  workspace: Workspace,
  seats: number,
  engine: RangeState['engine'],
): Promise<DiskRoom> {
  const { bavail, bsize } = await statfs(await nearestFolder(workspace.folder));
  const ids = Array.from({ length: seats }, (_, index) => `pc${index + 1}`);
  const hasDisks = engine === 'docker' && canLimitDisks().kind === 'limited';
  const fresh = ids.filter((id) => !(hasDisks ? hasSeatDisk(workspace, id) : hasFiles(workspace, id))).length;
  return judgeRoom(bavail * bsize, fresh * (hasDisks ? megabytesPerSeat.disk : megabytesPerSeat.files));
}

export function judgeRoom(freeBytes: number, neededMegabytes: number): DiskRoom {
  const freeMegabytes = Math.floor(freeBytes / 1024 / 1024);
  const rest = freeMegabytes - neededMegabytes;
  return {
    kind: rest >= leastFreeMegabytes ? 'enough' : rest >= 0 ? 'scarce' : 'too-little',
    freeMegabytes,
    neededMegabytes,
  };
}

/** The folder itself, or the nearest one above it that is there. */
export async function nearestFolder(folder: string): Promise<string> {
  const isLast = (await isThere(folder)) || path.dirname(folder) === folder;
  return isLast ? folder : nearestFolder(path.dirname(folder));
}

function hasFiles(workspace: Workspace, seat: string): boolean {
  return existsSync(workspace.hostRoot(seat, 'mailbox'));
}
