/**
 * atomic-file - write a file so that a reader, or a crash, sees the old text or the new, never half.
 *
 * Written beside its place under a random name, flushed to disk, then renamed; the folder is flushed as well, so that the rename itself
 * survives a power cut. On failure the temporary file is removed and the error passed on.
 */
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { randomName } from './random-name.ts';

/** Replaces `file` by `content`. `mode` as for open(2), default 0644. */
export async function writeFileAtomic(file: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomName()}`);
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    await syncFolder(path.dirname(file));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Flushes a folder's entries (creations, renames) to disk; fsync(2) on a directory. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
