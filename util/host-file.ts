/**
 * host-file - files and folders of a host's root, opened by somebody who does not trust the host: its owner may put a link, a FIFO or a device in the place of any name, at any moment.
 *
 * What was opened is looked at, not its name: on Linux an open file tells where it lies (proc(5), fd), so a name that is swapped between look and opening leads nowhere.
 *
 * Failures: the system's error (ENOENT, ENOTDIR, EACCES ...), or an Error saying that it leads outside the root, or is not a plain file.
 * Limits: where there is no /proc, a name is looked at before it is opened only.
 */
import { constants, lstat, mkdir, open, readlink, realpath, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from './atomic-file.ts';
import { isInside, realResolve, type HostRoot } from './host-root.ts';

const { O_APPEND, O_CREAT, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** A folder that is held open. */
export interface HostFolder {
  /** Leads to this very folder, whatever its name stands for by now. */
  readonly path: string;
  close(): Promise<void>;
}

/** Opens a plain file for reading; links inside the root are followed. */
export async function openHostFile(root: HostRoot, hostPath: string): Promise<FileHandle> {
  const file = await openInside(root, hostPath, O_RDONLY);
  return requirePlain(file, hostPath);
}

/** Adds to the end of a file, which is made (with its folders) where it is missing. A link in its place is refused. */
export async function appendToHostFile(root: HostRoot, hostPath: string, text: string): Promise<void> {
  const folder = await makeHostFolder(root, path.posix.dirname(hostPath));
  try {
    const place = path.join(folder.path, path.posix.basename(hostPath));
    const opened = await open(place, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o644);
    const file = await requirePlain(opened, hostPath);
    await file.appendFile(text).finally(() => file.close());
  } finally {
    await folder.close();
  }
}

/** Replaces a file, or whatever has its name; missing folders are made. With `isKept`, what is there stays. */
export async function writeHostFile(
  root: HostRoot,
  { path: hostPath, content, mode }: { path: string; content: Uint8Array; mode?: number },
  { isKept = false } = {},
): Promise<void> {
  const folder = await makeHostFolder(root, path.posix.dirname(hostPath));
  try {
    const place = path.join(folder.path, path.posix.basename(hostPath));
    if (isKept && (await isTaken(place))) return;
    await writeFileAtomic(place, content, mode ?? 0o644);
    if (mode === undefined) return;
    // Beyond the umask; by the open file, since chmod(2) would follow a link that took its place.
    const file = await open(place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    await file.chmod(mode).finally(() => file.close());
  } finally {
    await folder.close();
  }
}

/** Opens a folder; it and those above it are made where they are missing. */
export async function makeHostFolder(root: HostRoot, hostPath: string): Promise<HostFolder> {
  const wanted = path.posix.normalize(path.posix.join('/', hostPath));
  try {
    return await openFolder(root, wanted);
  } catch (error) {
    if (!isCode(error, 'ENOENT') || wanted === '/') throw error;
  }
  const above = await makeHostFolder(root, path.posix.dirname(wanted));
  try {
    await mkdir(path.join(above.path, path.posix.basename(wanted)));
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    await above.close();
  }
  return openFolder(root, wanted);
}

async function openFolder(root: HostRoot, hostPath: string): Promise<HostFolder> {
  const folder = await openInside(root, hostPath, O_RDONLY | O_DIRECTORY);
  const own = `/proc/self/fd/${folder.fd}`;
  return {
    path: (await isTaken(own)) ? own : await realResolve(root, hostPath),
    close: () => folder.close(),
  };
}

/** A FIFO in the place of a file must not hold us up: hence O_NONBLOCK. */
async function openInside(root: HostRoot, hostPath: string, flags: number): Promise<FileHandle> {
  const file = await open(await realResolve(root, hostPath), flags | O_NOFOLLOW | O_NONBLOCK);
  const place = await readlink(`/proc/self/fd/${file.fd}`).catch(() => undefined);
  if (place === undefined || isInside(await realpath(root.path), place)) return file;
  await file.close();
  throw new Error(`${hostPath} leads outside the host's root`);
}

async function requirePlain(file: FileHandle, hostPath: string): Promise<FileHandle> {
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new Error(`${hostPath} is not a plain file`);
}

function isTaken(place: string): Promise<boolean> {
  return lstat(place).then(
    () => true,
    (error: unknown) => {
      if (isCode(error, 'ENOENT')) return false;
      throw error;
    },
  );
}

function isCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}
