/**
 * atomic-file - write a file so that a reader, or a crash, sees the old text or the new, never half.
 *
 * Written beside its place under a random name, then renamed. `writeFileAtomic` flushes the file before and the folder after, so that the rename itself
 * survives a power cut. On failure the temporary file is removed and the error passed on.
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { randomName } from './random-name.ts';

/** Replaces `file` by `content`, on disk when this resolves. `mode` as for open(2), default 0644. */
export async function writeFileAtomic(file: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  const temporary = besideOf(file);
  try {
    await writeFile(temporary, content, { flag: 'wx', mode, flush: true });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(path.dirname(file));
}

/** The same without waiting for the disk, and so at once: for what the next start, or a tool, makes anew after a power cut. */
export async function replaceFile(file: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  const temporary = besideOf(file);
  try {
    writeFileSync(temporary, content, { flag: 'wx', mode });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function besideOf(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.${randomName()}`);
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
