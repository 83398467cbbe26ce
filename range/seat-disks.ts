/**
 * seat-disks - each seat's folder on a disk of its own, an ext4 image of limited size, so that a full disk stays in its seat.
 *
 * `disks/pc1.img` of the workspace is mounted on `seats/pc1` while a workshop runs (mount(8), loop device). What the folder held before moves onto the disk. Whoever runs the workspace
 * later needs the disks mounted, whichever engine it is.
 *
 * Limits: Linux and root only; elsewhere seats share the computer's disk, and `up` says so.
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, realpath, rename, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { forEachAtMost } from '#util/at-most.ts';
import { isThere } from '#util/is-there.ts';
import type { Workspace } from './workspace.ts';

const run = promisify(execFile);
/** Room for a seat's mail, logs and quarantine. The image is sparse: it takes what is written. */
const diskBytes = 512 * 1024 * 1024;
const atOnce = 4;
/** mkfs.ext4 lies in sbin, which a caller's PATH may lack. */
const env = { PATH: '/usr/sbin:/sbin:/usr/bin:/bin', LC_ALL: 'C' };

export type DiskLimit = { readonly kind: 'limited' } | { readonly kind: 'unlimited'; readonly reason: string };

/** Can this process make disks? */
export async function canLimitDisks(): Promise<DiskLimit> {
  if (os.platform() !== 'linux') return { kind: 'unlimited', reason: 'only Linux has the means' };
  if (os.userInfo().uid !== 0) return { kind: 'unlimited', reason: 'it takes root' };
  const missing = await run('mkfs.ext4', ['-V'], { env }).then(
    () => undefined,
    () => 'mkfs.ext4 is not there',
  );
  return missing === undefined ? { kind: 'limited' } : { kind: 'unlimited', reason: missing };
}

/** Makes the seats' disks where they are missing and mounts them. @throws Error with the tool's words */
export async function makeSeatDisks(workspace: Workspace, seats: readonly string[]): Promise<void> {
  await mkdir(path.dirname(imageOf(workspace, '')), { recursive: true });
  await forEachAtMost(atOnce, seats, async (seat) => {
    if (!(await isThere(imageOf(workspace, seat)))) await makeDisk(workspace, seat);
  });
  await mountSeatDisks(workspace);
}

/** Mounts the disks that the workspace has; none, and nothing is done. @throws Error with the cure */
export async function mountSeatDisks(workspace: Workspace): Promise<void> {
  const seats = await seatsWithDisks(workspace);
  const mounted = await mountPoints();
  await forEachAtMost(atOnce, seats, async (seat) => {
    const folder = folderOf(workspace, seat);
    await mkdir(folder, { recursive: true });
    if (mounted.has(await realpath(folder))) return;
    await run('mount', ['-t', 'ext4', '-o', 'loop,nodev,nosuid', imageOf(workspace, seat), folder], {
      env,
    }).catch((error: Error & { stderr?: string }) => {
      throw new Error(
        `${imageOf(workspace, seat)}: ${error.stderr?.trim() || error.message}; cure: run as root, as when the workshop first ran on Docker: the seat's files are on that disk`,
      );
    });
  });
}

/** Unmounts them. @throws Error naming a folder that is in use */
export async function unmountSeatDisks(workspace: Workspace): Promise<void> {
  const mounted = await mountPoints();
  await forEachAtMost(atOnce, await seatsWithDisks(workspace), async (seat) => {
    const folder = await realpath(folderOf(workspace, seat)).catch(() => '');
    if (!mounted.has(folder)) return;
    await run('umount', [folder], { env }).catch((error: Error & { stderr?: string }) => {
      throw new Error(`${error.stderr?.trim() || error.message}; cure: leave the folder, then gatehouse down again`);
    });
  });
}

async function makeDisk(workspace: Workspace, seat: string): Promise<void> {
  const [image, folder] = [imageOf(workspace, seat), folderOf(workspace, seat)];
  const [fresh, before] = [`${image}.new`, `${folder}.moving`];
  // A run that broke off may have left the files aside already.
  if (!(await isThere(before)) && (await readdir(folder).catch(() => [])).length > 0) await rename(folder, before);
  const isEmpty = !(await isThere(before));
  await writeFile(fresh, '');
  await truncate(fresh, diskBytes);
  // No blocks kept back for root: root is who works here.
  await run('mkfs.ext4', ['-q', '-F', '-m', '0', '-J', 'size=4', ...(isEmpty ? [] : ['-d', before]), fresh], {
    env,
  });
  await rename(fresh, image);
  if (!isEmpty) await rm(before, { recursive: true });
}

async function seatsWithDisks(workspace: Workspace): Promise<string[]> {
  const names = await readdir(path.dirname(imageOf(workspace, ''))).catch(() => []);
  return names.filter((name) => name.endsWith('.img')).map((name) => name.slice(0, -'.img'.length));
}

/** proc(5), mountinfo: the fifth field, with octal escapes. */
async function mountPoints(): Promise<ReadonlySet<string>> {
  const text = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  const unescaped = (field: string): string =>
    field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return new Set(text.split('\n').map((line) => unescaped(line.split(' ')[4] ?? '')));
}

function imageOf(workspace: Workspace, seat: string): string {
  return path.join(workspace.folder, 'disks', `${seat}.img`);
}

function folderOf(workspace: Workspace, seat: string): string {
  return path.dirname(workspace.hostRoot(seat, 'gateway'));
}
