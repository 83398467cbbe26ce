/**
 * late-qmgr - the queue manager's place while its program cannot start: mail is accepted and waits in the queue, and `postqueue -f` moves nothing.
 */
import type { QueueManager } from './qmgr.ts';

/** `started` rejects when nobody waits for it any more. */
export function createLateQueueManager(started: Promise<void>, create: () => QueueManager): QueueManager {
  let manager: QueueManager | undefined;
  const coming = started.then(
    () => void (manager = create()),
    () => undefined,
  );
  return {
    kick: () => manager?.kick(),
    flush: async (selection) => manager?.flush(selection),
    async stop() {
      await coming;
      await manager?.stop();
    },
  };
}
