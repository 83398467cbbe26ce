/**
 * seat-disks - each seat's folder on a disk of its own, an ext4 image of limited size, so that a full disk stays in its seat.
 *
 * `disks/pc1.img` of the workspace is mounted on `seats/pc1` while a workshop runs (mount(8), loop device). What the folder held before moves onto the disk. Whoever runs the workspace
 * later needs the disks mounted, whichever engine it is. Small files and folders are looked at at once: to wait for each of a class's would take longer than to make the disks.
 *
 * Limits: Linux and root only; elsewhere seats share the computer's disk, and `up` says so.
 */
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Workspace } from './workspace.ts';

const run = promisify(execFile);
/** Room for a seat's mail, logs and quarantine. The image is sparse: it takes what is written. */
const diskBytes = 512 * 1024 * 1024;
const atOnce = 4;
/** mkfs.ext4 lies in sbin, which a caller's PATH may lack. */
const folders = ['/usr/sbin', '/sbin', '/usr/bin', '/bin'];
const env = { PATH: folders.join(path.delimiter), LC_ALL: 'C' };

export type DiskLimit = { readonly kind: 'limited' } | { readonly kind: 'unlimited'; readonly reason: string };

/** Can this process make disks? */
export function canLimitDisks(): DiskLimit {
  if (os.platform() !== 'linux') return { kind: 'unlimited', reason: 'only Linux has the means' };
  if (os.userInfo().uid !== 0) return { kind: 'unlimited', reason: 'it takes root' };
  return folders.some((folder) => existsSync(path.join(folder, 'mkfs.ext4')))
    ? { kind: 'limited' }
    : { kind: 'unlimited', reason: 'mkfs.ext4 is not there' };
}

/** Has the seat a disk already, mounted or not? */
export function hasSeatDisk(workspace: Workspace, seat: string): boolean {
  return existsSync(imageOf(workspace, seat));
}

/** Makes the seats' disks where they are missing and mounts them. @throws Error with the tool's words */
export async function makeSeatDisks(workspace: Workspace, seats: readonly string[]): Promise<void> {
  mkdirSync(path.dirname(imageOf(workspace, '')), { recursive: true });
  const made = seats.map((seat) => prepareDisk(workspace, seat)).filter((disk) => disk !== undefined);
  const format = ['mkfs.ext4', '-q', '-F', '-m', '0', '-J', 'size=4']; // no blocks kept back for root: root is who works here
  await runForEach(
    made.filter(({ before }) => before === undefined).map(({ fresh }) => [fresh]),
    format,
  );
  await runForEach(
    made.flatMap(({ fresh, before }) => (before === undefined ? [] : [['-d', before, fresh]])),
    format,
  );
  for (const { fresh, image, before } of made) {
    renameSync(fresh, image);
    if (before !== undefined) await rm(before, { recursive: true });
  }
  await mountSeatDisks(workspace);
}

/** Mounts the disks that the workspace has; none, and nothing is done. @throws Error with the cure */
export async function mountSeatDisks(workspace: Workspace): Promise<void> {
  const mounted = mountPoints();
  const missing: [image: string, folder: string][] = [];
  for (const seat of seatsWithDisks(workspace)) {
    const folder = folderOf(workspace, seat);
    mkdirSync(folder, { recursive: true });
    if (!mounted.has(realpathSync(folder))) missing.push([imageOf(workspace, seat), folder]);
  }
  await runForEach(missing, ['mount', '-t', 'ext4', '-o', 'loop,nodev,nosuid']).catch((error: unknown) => {
    throw new Error(
      `${wordsOf(error)}; cure: run as root, as when the workshop first ran on Docker: the seats' files are on disks of ${path.dirname(imageOf(workspace, ''))}`,
    );
  });
}

/** Unmounts them. @throws Error naming a folder that is in use */
export async function unmountSeatDisks(workspace: Workspace): Promise<void> {
  const mounted = mountPoints();
  const there = seatsWithDisks(workspace)
    .map((seat) => folderOf(workspace, seat))
    .filter((folder) => existsSync(folder))
    .map((folder) => realpathSync(folder))
    .filter((folder) => mounted.has(folder));
  if (there.length === 0) return;
  await run('umount', there, { env }).catch((error: unknown) => {
    throw new Error(`${wordsOf(error)}; cure: leave the folder, then gatehouse down again`);
  });
}

interface NewDisk {
  readonly image: string;
  /** What becomes the image when it is whole. */
  readonly fresh: string;
  /** What the seat's folder held, set aside. */
  readonly before: string | undefined;
}

/** An empty image, and the seat's files aside. Undefined when the disk is there. */
function prepareDisk(workspace: Workspace, seat: string): NewDisk | undefined {
  const [image, folder] = [imageOf(workspace, seat), folderOf(workspace, seat)];
  if (existsSync(image)) return undefined;
  const [fresh, before] = [`${image}.new`, `${folder}.moving`];
  // A run that broke off may have left the files aside already.
  if (!existsSync(before) && existsSync(folder) && readdirSync(folder).length > 0) renameSync(folder, before);
  writeFileSync(fresh, '');
  truncateSync(fresh, diskBytes);
  return { image, fresh, before: existsSync(before) ? before : undefined };
}

/** Runs `command` with each of the groups of arguments. One process begins them all: each that Node begins holds it up for milliseconds, and a class has many disks. */
async function runForEach(groups: readonly (readonly string[])[], command: readonly string[]): Promise<void> {
  const size = groups[0]?.length;
  if (size === undefined) return;
  const work = run('xargs', ['-0', '-n', String(size), '-P', String(atOnce), ...command], { env });
  work.child.stdin?.end(groups.flat().join('\0'));
  await work;
}

function wordsOf(error: unknown): string {
  const { stderr = '', message } = error as Error & { stderr?: string };
  return stderr.trim() || message;
}

function seatsWithDisks(workspace: Workspace): string[] {
  const disks = path.dirname(imageOf(workspace, ''));
  const names = existsSync(disks) ? readdirSync(disks) : [];
  return names.filter((name) => name.endsWith('.img')).map((name) => name.slice(0, -'.img'.length));
}

/** proc(5), mountinfo: the fifth field, with octal escapes. */
function mountPoints(): ReadonlySet<string> {
  const text = existsSync('/proc/self/mountinfo') ? readFileSync('/proc/self/mountinfo', 'utf8') : '';
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
