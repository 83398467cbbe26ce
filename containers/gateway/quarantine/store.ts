/**
 * store - the quarantine: dated folders, as MailScanner lays them out.
 *
 *     /var/spool/MailScanner/quarantine/20261124/ID/message      infected or blocked: the whole message
 *     /var/spool/MailScanner/quarantine/20261124/ID/setup.exe    and the files that were taken out of it
 *     /var/spool/MailScanner/quarantine/20261124/spam/ID         spam (or nonspam/): one file a message
 *
 * Names of files come from senders: they are safe names by then (content/unpack.ts), and get a number when they meet their like.
 */
import { chmod, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '#util/atomic-file.ts';
import type { HostRoot } from '#util/host-root.ts';
import { isThere } from '#util/is-there.ts';

export interface Quarantine {
  /** Stores message and files; the host path of the folder. */
  storeInfected(
    id: string,
    message: Buffer | undefined,
    files: readonly { name: string; content: Buffer }[],
  ): Promise<string>;
  /** `place`: `spam`, `nonspam`, or a host path of its own (action `store-/dir`). */
  storeSpam(id: string, place: string, message: Buffer): Promise<string>;
}

/** `folder`: host path of the quarantine; `today`: YYYYMMDD. */
export function createQuarantine(root: HostRoot, folder: string, today: () => string): Quarantine {
  /** Modes are set apart, since the process's umask takes from those given at creation. */
  const makeFolder = async (place: string): Promise<void> => {
    await mkdir(root.resolve(place), { recursive: true, mode: 0o770 });
    await chmod(root.resolve(place), 0o770);
  };
  const write = async (file: string, content: Buffer): Promise<void> => {
    await writeFileAtomic(file, content, 0o660);
    await chmod(file, 0o660);
  };
  return {
    async storeInfected(id, message, files) {
      const place = path.posix.join(folder, today(), id);
      await makeFolder(place);
      if (message) await write(root.resolve(path.posix.join(place, 'message')), message);
      for (const { name, content } of files) await write(await freeName(root.resolve(place), name), content);
      return place;
    },
    async storeSpam(id, place, message) {
      const into = place.startsWith('/') ? place : path.posix.join(folder, today(), place);
      await makeFolder(into);
      await write(root.resolve(path.posix.join(into, id)), message);
      return path.posix.join(into, id);
    },
  };
}

/** A sender's file may be called `message` too. */
async function freeName(folder: string, name: string): Promise<string> {
  for (let number = 0; ; number++) {
    const candidate = path.join(folder, number === 0 ? name : `${number}-${name}`);
    if (!(await isThere(candidate))) return candidate;
  }
}
