/**
 * host-copies - a host's root copied aside, and put back: what snapshots and resets are made of.
 *
 * Owners are kept where this process may give files away (root): a mailbox that came back as root's could not be opened by its user.
 */
import { cp, lchown, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '#util/clock.ts';
import type { Workspace } from './workspace.ts';
import type { HostName } from './world.ts';

const mostTries = 20;

/** Copies a host's root into a new folder of its snapshots. @returns the snapshot's name */
export async function keepRoot(
  workspace: Workspace,
  seat: string,
  host: HostName,
  why: string,
  clock: Clock,
): Promise<string> {
  const folder = workspace.snapshotFolder(seat, host);
  await mkdir(folder, { recursive: true });
  const stamp = new Date(clock.now()).toISOString().replace(/[:.]/g, '-');
  const name = await makeFolder(folder, `${stamp}-${why.replace(/[^a-z0-9-]/gi, '')}`);
  await copyRoot(workspace.hostRoot(seat, host), path.join(folder, name));
  return name;
}

/** Removes what is in a root, not the folder itself: a container may hold on to it. */
export async function emptyRoot(root: string): Promise<void> {
  // The name server may write its log meanwhile: then a folder is not empty any more.
  for (const name of await readdir(root))
    await rm(path.join(root, name), { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
}

/** Everything below a root but control files and sockets, which belong to running programs. @throws Error when a file goes away under our hands again and again */
export async function copyRoot(from: string, to: string): Promise<void> {
  for (let triesLeft = mostTries; ; triesLeft--)
    try {
      await copyTree(from, to);
      break;
    } catch (error) {
      // A queue is at work: a message left its folder between the look and the copy. Begin anew, so that no half of it stays.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || triesLeft === 1) throw error;
      await emptyRoot(to);
    }
  if (globalThis.process.getuid?.() === 0) await copyOwners(from, to);
}

function copyTree(from: string, to: string): Promise<void> {
  return cp(from, to, {
    recursive: true,
    verbatimSymlinks: true,
    preserveTimestamps: true,
    filter: async (file) => !file.endsWith('.ctl') && isKept(await lstat(file)),
  });
}

function isKept(found: Awaited<ReturnType<typeof lstat>>): boolean {
  return !found.isSocket() && !found.isFIFO();
}

async function copyOwners(from: string, to: string): Promise<void> {
  for (const entry of await readdir(to, { recursive: true, withFileTypes: true })) {
    const place = path.join(entry.parentPath, entry.name);
    const source = await lstat(path.join(from, path.relative(to, place))).catch(() => undefined);
    if (source && (source.uid !== 0 || source.gid !== 0)) await lchown(place, source.uid, source.gid);
  }
}

/** Makes a folder of that name, or of the name with a number, and returns which. */
async function makeFolder(parent: string, wanted: string): Promise<string> {
  for (let count = 1; ; count++) {
    const name = count === 1 ? wanted : `${wanted}-${count}`;
    try {
      await mkdir(path.join(parent, name));
      return name;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
