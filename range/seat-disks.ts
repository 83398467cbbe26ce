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
  const made = (await Promise.all(seats.map((seat) => prepareDisk(workspace, seat)))).filter(
    (disk) => disk !== undefined,
  );
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
    await rename(fresh, image);
    if (before !== undefined) await rm(before, { recursive: true });
  }
  await mountSeatDisks(workspace);
}

/** Mounts the disks that the workspace has; none, and nothing is done. @throws Error with the cure */
export async function mountSeatDisks(workspace: Workspace): Promise<void> {
  const mounted = await mountPoints();
  const missing: [image: string, folder: string][] = [];
  for (const seat of await seatsWithDisks(workspace)) {
    const folder = folderOf(workspace, seat);
    await mkdir(folder, { recursive: true });
    if (!mounted.has(await realpath(folder))) missing.push([imageOf(workspace, seat), folder]);
  }
  await runForEach(missing, ['mount', '-t', 'ext4', '-o', 'loop,nodev,nosuid']).catch((error: unknown) => {
    throw new Error(
      `${wordsOf(error)}; cure: run as root, as when the workshop first ran on Docker: the seats' files are on disks of ${path.dirname(imageOf(workspace, ''))}`,
    );
  });
}

/** Unmounts them. @throws Error naming a folder that is in use */
export async function unmountSeatDisks(workspace: Workspace): Promise<void> {
  const mounted = await mountPoints();
  const there: string[] = [];
  for (const seat of await seatsWithDisks(workspace)) {
    const folder = await realpath(folderOf(workspace, seat)).catch(() => '');
    if (mounted.has(folder)) there.push(folder);
  }
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
async function prepareDisk(workspace: Workspace, seat: string): Promise<NewDisk | undefined> {
  const [image, folder] = [imageOf(workspace, seat), folderOf(workspace, seat)];
  if (await isThere(image)) return undefined;
  const [fresh, before] = [`${image}.new`, `${folder}.moving`];
  // A run that broke off may have left the files aside already.
  if (!(await isThere(before)) && (await readdir(folder).catch(() => [])).length > 0) await rename(folder, before);
  await writeFile(fresh, '');
  await truncate(fresh, diskBytes);
  return { image, fresh, before: (await isThere(before)) ? before : undefined };
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
