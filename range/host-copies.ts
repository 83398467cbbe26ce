/**
 * host-copies - a host's root copied aside, and put back: what snapshots and resets are made of.
 *
 * A root is its student's, who may be at work in it meanwhile, or have left in it what no program of ours could name or hold: names that are no text, paths that are longer than a path may be,
 * files with terabytes of holes, folders that become links. So tar(1) copies and find(1) removes: they go from folder to open folder and follow no link.
 * Owners are kept where this process may give files away (root): a mailbox that came back as root's could not be opened by its user.
 *
 * Failures: an Error with the tool's words, with `code` where rights or room were lacking.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { chmod, mkdir, readdir, rename, rmdir, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '#util/clock.ts';
import { randomName } from '#util/random-name.ts';
import type { Workspace } from './workspace.ts';
import type { HostName } from './world.ts';

const mostTries = 20;
const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
/** BSD's tar keeps holes by itself. */
const keepsHoles = os.platform() === 'linux' ? ['--sparse'] : [];
/** What tar ends with when a file went away, or grew, under its hands. */
const changedMeanwhile = 1;
const endedByKill = 137;
/** Begins the name of a copy that is not whole yet. */
const partialMark = '.';

/** Copies a host's root into a new folder of its snapshots, which its owner alone may enter: programs in it may run as root (setuid). It has its name once it is whole. @returns the name @throws Error with the cure when there is no room */
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
  const wanted = `${stamp}-${why.replace(/[^a-z0-9-]/gi, '')}`;
  const partial = path.join(folder, `${partialMark}${wanted}.${randomName()}`);
  try {
    await mkdir(partial, { mode: 0o700 });
    await copyRoot(workspace.hostRoot(seat, host), partial);
    return await giveName(partial, folder, wanted);
  } catch (error) {
    await removeAll(partial).catch(() => undefined);
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (!['ENOSPC', 'EDQUOT', 'EROFS'].includes(code)) throw error;
    throw new Error(
      `no snapshot of ${seat} ${host} could be kept: ${message}; cure: make room in ${workspace.folder}`,
      { cause: error },
    );
  }
}

async function removeAll(folder: string): Promise<void> {
  await emptyRoot(folder);
  await rmdir(folder);
}

/** A host's snapshots, oldest first; one that broke off half way is none. */
export async function listSnapshots(workspace: Workspace, seat: string, host: HostName): Promise<readonly string[]> {
  const names = await readdir(workspace.snapshotFolder(seat, host)).catch(() => []);
  return names.filter((name) => !name.startsWith(partialMark)).sort();
}

/** Removes what is in a root, not the folder itself: a container may hold on to it. */
export async function emptyRoot(root: string): Promise<void> {
  for (let triesLeft = mostTries; ; triesLeft--) {
    const { exitCode, words } = await run('find', [root, '-mindepth', '1', '-delete']).ended;
    if (exitCode === 0) return;
    // The name server may write its log meanwhile: then a folder is not empty any more.
    if (triesLeft === 1) throw faultOf(words);
  }
}

/** Puts a snapshot into an empty root: made beside it, where its student cannot reach, and moved in. */
export async function restoreRoot(snapshot: string, root: string): Promise<void> {
  const fresh = `${root}.new`;
  await mkdir(fresh, { recursive: true });
  await emptyRoot(fresh);
  await copyRoot(snapshot, fresh);
  const inside = (folder: string, name: Buffer): Buffer => Buffer.concat([Buffer.from(`${folder}${path.sep}`), name]);
  for (const name of await readdir(fresh, { encoding: 'buffer' }))
    await rename(inside(fresh, name), inside(root, name));
  await rmdir(fresh);
}

/** Everything below a root but control files and sockets, which belong to running programs. What changes all the time is kept as it was at the last try. */
export async function copyRoot(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const { mode } = await stat(to);
  for (let triesLeft = mostTries; triesLeft > 0; triesLeft--) {
    // A queue is at work: a message left its folder between the look and the copy. Begin anew, so that no half of it stays.
    if (triesLeft < mostTries) await emptyRoot(to);
    if ((await copyOnce(from, to)) !== changedMeanwhile) break;
  }
  await chmod(to, mode);
}

/** @returns how reading ended */
async function copyOnce(from: string, to: string): Promise<number> {
  const reading = run('tar', ['-c', ...keepsHoles, '--exclude=*.ctl', '-f', '-', '-C', from, '.']);
  const writing = run('tar', ['-x', '-p', '--numeric-owner', '-f', '-', '-C', to]);
  await pipeline(reading.child.stdout, writing.child.stdin).catch(() => undefined); // how they end tells why
  const [read, written] = await Promise.all([reading.ended, writing.ended]);
  if (read.exitCode > changedMeanwhile) throw faultOf(read.words);
  // A path that is too long to be written was made on purpose (mkdir, cd, mkdir, ...): it must not keep a host from being put back.
  if (written.exitCode !== 0 && written.words.length > 0) throw faultOf(written.words);
  return read.exitCode;
}

interface Ended {
  readonly exitCode: number;
  /** The first lines of its standard error. */
  readonly words: readonly string[];
}

const mostWords = 20;
const isExpected = /: (File name too long|Exiting with failure status due to previous errors)$/;

function run(
  program: string,
  args: readonly string[],
): { readonly child: ChildProcessWithoutNullStreams; readonly ended: Promise<Ended> } {
  const child = spawn(program, args, { env });
  const words: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (words.length < mostWords && !isExpected.test(line)) words.push(line);
  });
  const { promise: ended, resolve, reject } = Promise.withResolvers<Ended>();
  child.once('error', reject).once('close', (code) => resolve({ exitCode: code ?? endedByKill, words }));
  ended.catch(() => undefined); // whoever waits for it hears of it
  return { child, ended };
}

/** Faults with a cure, as tar and find say them (strerror(3)). */
const codes: readonly (readonly [RegExp, string])[] = [
  [/: Permission denied$/, 'EACCES'],
  [/: (No space left on device|Wrote only \d+ of \d+ bytes)$/, 'ENOSPC'],
  [/: Disk quota exceeded$/, 'EDQUOT'],
  [/: Read-only file system$/, 'EROFS'],
];

function faultOf(words: readonly string[]): Error {
  for (const [fault, code] of codes) {
    const line = words.find((each) => fault.test(each));
    if (line !== undefined)
      return Object.assign(new Error(line), { code, path: /(\/[^:]*|\.\/[^:]*)/.exec(line)?.[1] ?? '' });
  }
  return new Error(words[0] ?? '');
}

/** Gives a folder that name, or the name with a number, and returns which. */
async function giveName(made: string, parent: string, wanted: string): Promise<string> {
  for (let count = 1; ; count++) {
    const name = count === 1 ? wanted : `${wanted}-${count}`;
    try {
      await rename(made, path.join(parent, name));
      return name;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (!['EEXIST', 'ENOTEMPTY'].includes(code)) throw error;
    }
  }
}
