/**
 * take-waiting - which of the held messages make the next batch: the oldest ones, as many and as large as MailScanner.conf allows.
 *
 * A message that was begun before and not done waits for the others and then goes alone, so that one which brings the scanner down takes none with it. One that was begun too often
 * is put into quarantine.
 */
import type { QueuedMessage } from '#mta/message.ts';
import type { Queue, QueueEntry } from '#mta/queue/queue.ts';
import type { Quarantine } from '../quarantine/store.ts';
import type { Attempts } from './attempts.ts';
import { scannerLines } from './log-lines.ts';
import { scannerId } from './message-id.ts';
import type { Settings } from './settings.ts';

export interface TakeDeps {
  readonly queue: Queue;
  readonly quarantine: Quarantine;
  readonly settings: Settings;
  readonly attempts: Attempts;
  log(text: string): void;
  warn(text: string): void;
}

/** Puts away what was tried Maximum Processing Attempts times. */
export async function dropCrashers({ queue, quarantine, settings, attempts, log, warn }: TakeDeps): Promise<void> {
  const most = settings.number('Maximum Processing Attempts');
  for (const { id: queueId, count } of attempts.all()) {
    if (most <= 0 || count < most) continue;
    const held = (await queue.list(['hold'])).some((entry) => entry.queueId === queueId);
    const message = held ? await queue.read(queueId) : undefined;
    if (message) {
      const id = scannerId(queueId, message.content);
      warn(scannerLines.tooManyAttempts(id).replace(/^Warning: /, ''));
      log(scannerLines.savedMessage(await quarantine.storeInfected(id, message.content, [])));
      await queue.remove(queueId);
      warn(scannerLines.quarantinedCrasher(id));
    }
    attempts.done([queueId]);
  }
}

/** Reads the next batch; leaves it in hold. */
export async function takeWaiting({ queue, settings, attempts, log }: TakeDeps): Promise<QueuedMessage[]> {
  const entries = await queue.list(['hold']);
  const fresh = entries.filter((entry) => attempts.count(entry.queueId) === 0);
  const taken: QueuedMessage[] = [];
  let bytes = 0;
  let unsafe = 0;
  for (const entry of fresh.length > 0 ? fresh : entries.slice(0, 1)) {
    unsafe += isScannedForViruses(settings, entry) ? 1 : 0;
    bytes += entry.sizeBytes;
    if (taken.length > 0 && isFull(settings, taken.length + 1, unsafe, bytes)) break;
    const message = await queue.read(entry.queueId);
    if (message) taken.push(message);
  }
  if (entries.length > taken.length && taken.length > 0) log(scannerLines.waiting(entries.length));
  return taken;
}

function isFull(settings: Settings, messages: number, unsafe: number, bytes: number): boolean {
  return (
    messages > settings.number('Max Unscanned Messages Per Scan') ||
    unsafe > settings.number('Max Unsafe Messages Per Scan') ||
    bytes > settings.number('Max Unscanned Bytes Per Scan')
  );
}

function isScannedForViruses(settings: Settings, entry: QueueEntry): boolean {
  return settings.yes('Virus Scanning', {
    clientAddress: '',
    reversePath: entry.reversePath,
    recipients: entry.recipients.map((recipient) => recipient.address),
  });
}
