/**
 * read-on - what was added to a file since the last look, through rotation (another file under the name) and truncation.
 */
import { open } from 'node:fs/promises';

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

/** What is in `file` behind `position`; undefined when there is no such file. */
export async function readOn(
  file: string,
  position: LogPosition | undefined,
  mostBytes = chunkBytes,
): Promise<LogLook | undefined> {
  const handle = await open(file, 'r').catch(() => undefined);
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
