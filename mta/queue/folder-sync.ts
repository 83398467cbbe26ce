/**
 * folder-sync - group commit: many renames into one folder share one fsync(2) of it.
 *
 * A caller's `flush` resolves after an fsync that began later than the call; calls that come while one is under way wait for the next one together.
 */
import { syncFolder } from '#util/atomic-file.ts';

export interface FolderSync {
  flush(folder: string): Promise<void>;
}

export function createFolderSync(): FolderSync {
  const running = new Map<string, Promise<void>>();
  const next = new Map<string, Promise<void>>();
  const start = (folder: string): Promise<void> => {
    const sync = syncFolder(folder).finally(() => running.delete(folder));
    running.set(folder, sync);
    return sync;
  };
  return {
    flush(folder) {
      const current = running.get(folder);
      if (!current) return start(folder);
      const waiting = next.get(folder);
      if (waiting) return waiting;
      const following = current.then(
        () => (next.delete(folder), start(folder)),
        () => (next.delete(folder), start(folder)),
      );
      next.set(folder, following);
      return following;
    },
  };
}
