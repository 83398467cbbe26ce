/**
 * read-on - what was added to a host's file since the last look, through rotation (another file under the name) and truncation.
 */
import { openHostFile } from '#util/host-file.ts';
import type { HostRoot } from '#util/host-root.ts';

const chunkBytes = 1_000_000;

/** Where the last look ended. */
export interface LogPosition {
  readonly inode: number;
  readonly offset: number;
}

export interface LogLook {
  readonly bytes: Buffer;
  readonly position: LogPosition;
  /** Another file stands under the name, or it was cut: what was held of a broken character is void. */
  readonly isNew: boolean;
}

/** What is in the file behind `position`; undefined when there is none. @throws Error when it may not be read: it leads outside the root, or is not a plain file */
export async function readOn(
  root: HostRoot,
  hostPath: string,
  position: LogPosition | undefined,
  mostBytes = chunkBytes,
): Promise<LogLook | undefined> {
  const handle = await openHostFile(root, hostPath).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (!handle) return undefined;
  try {
    const { ino, size } = await handle.stat();
    const isNew = position === undefined || ino !== position.inode || size < position.offset;
    const from = isNew ? 0 : position.offset;
    const buffer = Buffer.alloc(Math.min(size - from, mostBytes));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
    return { bytes: buffer.subarray(0, bytesRead), position: { inode: ino, offset: from + bytesRead }, isNew };
  } finally {
    await handle.close();
  }
}
