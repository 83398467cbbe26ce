/**
 * maildir - puts a message into a Maildir: written and flushed in tmp/, then renamed into new/.
 *
 * A reader never sees half a message. The folder is made when missing, as Postfix does.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { syncFolder } from '#util/atomic-file.ts';
import type { Clock } from '#util/clock.ts';

/** `folder`: machine path of the Maildir. @throws the system's error. */
export async function deliverToMaildir(folder: string, content: Buffer, host: string, clock: Clock): Promise<void> {
  for (const name of ['tmp', 'new', 'cur']) await mkdir(path.join(folder, name), { recursive: true, mode: 0o700 });
  const nowMs = clock.now();
  const temporary = path.join(folder, 'tmp', `${Math.floor(nowMs / 1000)}.R${randomBytes(6).toString('hex')}.${host}`);
  const file = await open(temporary, 'wx', 0o600);
  try {
    const { ino, dev } = await file.stat();
    await file.writeFile(content);
    await file.datasync();
    await file.close();
    // TIME.VdeviceIinodeMmicroseconds.host: unique, since the inode is in use (maildir(5)).
    const name = `${Math.floor(nowMs / 1000)}.V${dev.toString(16)}I${ino.toString(16)}M${(nowMs % 1000) * 1000}.${host}`;
    await rename(temporary, path.join(folder, 'new', name));
    await syncFolder(path.join(folder, 'new'));
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}
