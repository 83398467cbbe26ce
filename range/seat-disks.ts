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

/**
 * Makes the seats' disks where they are missing and mounts them. @param content what a new disk holds from its beginning, with owners and rights: a folder's path; absent: nothing
 * @returns the seats whose disks are new and hold that @throws Error with the tool's words
 */
export async function makeSeatDisks(
  workspace: Workspace,
  seats: readonly string[],
  content?: string,
): Promise<ReadonlySet<string>> {
  const folder = path.dirname(imageOf(workspace, ''));
  mkdirSync(folder, { recursive: true });
  const made = seats.map((seat) => prepareDisk(workspace, seat)).filter((disk) => disk !== undefined);
  const moved = made.flatMap(({ fresh, before }) => (before === undefined ? [] : [{ fresh, before }]));
  const empty = made.filter(({ before }) => before === undefined);
  if (empty.length > 0) await makeAlike(path.join(folder, 'first.new'), content, empty);
  for (const { fresh, before } of moved) await format(fresh, before);
  for (const { fresh, image } of made) renameSync(fresh, image);
  for (const { before } of moved) await rm(before, { recursive: true });
  await mountSeatDisks(workspace);
  return new Set(content === undefined ? [] : empty.map(({ seat }) => seat));
}

/** One is made, the others are copies of it. They are of one name as well (UUID), which matters to who looks for a disk by it: we do not. */
async function makeAlike(first: string, content: string | undefined, disks: readonly NewDisk[]): Promise<void> {
  await format(first, content);
  await runForEach(
    disks.map(({ fresh }) => [first, fresh]),
    ['cp', '--sparse=always'],
  );
  await rm(first);
}

/** An empty image, or one with what lies in the folder `content`. */
async function format(image: string, content: string | undefined): Promise<void> {
  writeFileSync(image, '');
  truncateSync(image, diskBytes);
  // No blocks kept back for root: root is who works here.
  const options = ['-q', '-F', '-m', '0', '-J', 'size=4', ...(content === undefined ? [] : ['-d', content])];
  await run('mkfs.ext4', [...options, image], { env }).catch((error: unknown) => {
    throw new Error(wordsOf(error), { cause: error });
  });
}

/** Mounts the disks that the workspace has; none, and nothing is done. @throws Error with the cure */
export async function mountSeatDisks(workspace: Workspace): Promise<void> {
  const mounted = mountPoints();
  const lines: string[] = [];
  for (const seat of seatsWithDisks(workspace)) {
    const folder = folderOf(workspace, seat);
    mkdirSync(folder, { recursive: true });
    if (mounted.has(realpathSync(folder))) continue;
    lines.push(`${asField(imageOf(workspace, seat))} ${asField(folder)} ext4 loop,nodev,nosuid 0 0\n`);
  }
  if (lines.length === 0) return;
  const disks = path.dirname(imageOf(workspace, ''));
  const list = path.join(disks, 'fstab');
  try {
    writeFileSync(list, lines.join(''));
    await run('mount', ['--all', '--fstab', list], { env });
  } catch (error) {
    throw new Error(
      `${wordsOf(error)}; cure: run as root, as when the workshop first ran on Docker: the seats' files are on disks of ${disks}`,
      { cause: error },
    );
  }
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
  readonly seat: string;
  readonly image: string;
  /** What becomes the image when it is whole. */
  readonly fresh: string;
  /** What the seat's folder held, set aside. */
  readonly before: string | undefined;
}

/** The seat's files aside. Undefined when the disk is there. */
function prepareDisk(workspace: Workspace, seat: string): NewDisk | undefined {
  const [image, folder] = [imageOf(workspace, seat), folderOf(workspace, seat)];
  if (existsSync(image)) return undefined;
  const [fresh, before] = [`${image}.new`, `${folder}.moving`];
  // A run that broke off may have left the files aside already.
  if (!existsSync(before) && existsSync(folder) && readdirSync(folder).length > 0) renameSync(folder, before);
  return { seat, image, fresh, before: existsSync(before) ? before : undefined };
}

/** Runs `command` with each of the groups of arguments. One process begins them all: each that Node begins holds it up for milliseconds, and a class has many disks. */
async function runForEach(groups: readonly (readonly string[])[], command: readonly string[]): Promise<void> {
  const size = String(groups[0]?.length);
  const work = run('xargs', ['-0', '-n', size, '-P', String(atOnce), ...command], { env });
  work.child.stdin?.end(groups.flat().join('\0'));
  await work.catch((error: unknown) => {
    throw new Error(wordsOf(error), { cause: error });
  });
}

/** As fstab(5) has a field. */
function asField(text: string): string {
  return text.replace(/[\s\\#]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
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
