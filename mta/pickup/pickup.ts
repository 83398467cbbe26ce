/**
 * pickup - takes what sendmail(1) left in `maildrop` into the queue (pickup(8)).
 *
 * The new message is committed before the dropped file goes: a crash in between sends it twice, never loses it.
 */
import type { PostfixConfig } from '../config/config.ts';
import { completeAddress } from '../config/resolve-address.ts';
import { cleanupLines } from '../log/cleanup-lines.ts';
import type { MtaDeps } from '../mta-deps.ts';
import type { Cleanup, Queue } from '../queue/queue.ts';

export interface Pickup {
  /** Takes everything that is there now. One round at a time: what comes meanwhile is the next one's, however often it is asked for. */
  run(): Promise<void>;
  /** Resolves when the message at hand is taken; the others stay for the next start. */
  stop(): Promise<void>;
}

export function createPickup(config: PostfixConfig, queue: Queue, cleanup: Cleanup, deps: MtaDeps): Pickup {
  const log = deps.log.process(`${config.text('syslog_name')}/pickup`);
  let isStopped = false;
  let last = Promise.resolve();
  let waiting: Promise<void> | undefined;
  const takeAll = async (): Promise<void> => {
    for (const queueId of await queue.ids('maildrop')) {
      if (isStopped) return;
      const taken = await queue.take(queueId, 'maildrop');
      if (!taken) continue;
      const dropped = taken.message;
      const session = await cleanup.begin();
      const sender = completeAddress(config, dropped.envelope.reversePath);
      log.info(cleanupLines.pickup(session.queueId, dropped.origin.uid ?? 0, dropped.envelope.reversePath));
      // X-Original-To and orig_to= tell the address as the user gave it.
      const recipients = dropped.envelope.recipients.map((recipient) => ({
        ...recipient,
        address: completeAddress(config, recipient.address),
      }));
      const outcome = await session.finish({
        envelope: { ...dropped.envelope, reversePath: sender, recipients },
        origin: dropped.origin,
        content: dropped.content,
        actions: {},
      });
      // A refusal for now leaves the file for the next round.
      if (outcome.kind !== 'rejected' || outcome.reply.code >= 500) await queue.remove(queueId);
    }
  };
  return {
    run() {
      waiting ??= last = last
        .then(() => {
          waiting = undefined;
          return takeAll();
        })
        .catch((error: unknown) => log.error(error instanceof Error ? error.message : String(error)));
      return waiting;
    },
    async stop() {
      isStopped = true;
      await last;
    },
  };
}
