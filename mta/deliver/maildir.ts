/**
 * maildir - puts a message into a Maildir: written and flushed in tmp/, then renamed into new/.
 *
 * A reader never sees half a message. The folder is made when missing, as Postfix does.
 */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { syncFolder } from '#util/atomic-file.ts';
import type { Clock } from '#util/clock.ts';
import { randomName } from '#util/random-name.ts';

/** Hands a new file or folder to the mailbox's owner. */
export type Give = (file: string) => Promise<void>;

/** `folder`: machine path of the Maildir; `give` hands what is made to the mailbox's owner. @throws the system's error. */
export async function deliverToMaildir(
  folder: string,
  content: Buffer,
  host: string,
  clock: Clock,
  give: Give = async () => undefined,
): Promise<void> {
  await makeFolders(folder, give);
  const nowMs = clock.now();
  const temporary = path.join(folder, 'tmp', `${Math.floor(nowMs / 1000)}.R${randomName()}.${host}`);
  const file = await open(temporary, 'wx', 0o600);
  try {
    const { ino, dev } = await file.stat();
    await file.writeFile(content);
    await file.datasync();
    await file.close();
    // TIME.VdeviceIinodeMmicroseconds.host: unique, since the inode is in use (maildir(5)).
    const name = `${Math.floor(nowMs / 1000)}.V${dev.toString(16)}I${ino.toString(16)}M${(nowMs % 1000) * 1000}.${host}`;
    await give(temporary);
    await rename(temporary, path.join(folder, 'new', name));
    await syncFolder(path.join(folder, 'new'));
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}

async function makeFolders(folder: string, give: Give): Promise<void> {
  for (const place of [folder, ...['tmp', 'new', 'cur'].map((name) => path.join(folder, name))]) {
    const made = await mkdir(place, { recursive: true, mode: 0o700 });
    if (made !== undefined) await give(place);
  }
}
