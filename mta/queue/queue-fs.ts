/**
 * queue-fs - the queue on disk: a folder a state, a file a message, a rename is the commit (STATES.md).
 *
 * A message is written under a temporary name, flushed, renamed into its state and the folder flushed: only then is it accepted. What a crash leaves under a
 * temporary name was never acknowledged and is removed at start; what it leaves in `active` goes back to `incoming`.
 *
 * Limits: one process writes (the MTA); the tools rename and delete. Files are read whole.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { constants, type FileHandle, mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '#util/clock.ts';
import { readNamesAt } from '#util/host-text.ts';
import { randomName } from '#util/random-name.ts';
import { createFolderSync, type FolderSync } from './folder-sync.ts';
import { decodeQueueFile, encodeQueueFile, encodeStates, type QueueFile } from './queue-file.ts';
import { isQueueId, longQueueId, shortQueueId } from './queue-id.ts';
import type { MessageNotes, NewMessage, OpenMessage, Queue, QueueEntry, QueueName, RecipientState } from './queue.ts';

export interface QueueFsOptions {
  /** Machine path of queue_directory. */
  readonly folder: string;
  readonly clock: Clock;
  /** postconf: enable_long_queue_ids */
  readonly longQueueIds: boolean;
}

export const queueNames: readonly QueueName[] = ['maildrop', 'incoming', 'active', 'deferred', 'hold', 'corrupt'];
const temporary = '.new-';

/** Makes the folders and opens the queue. `recover` is for the one program that owns it: it undoes what a crash left. */
export async function openQueueFs(options: QueueFsOptions, recover: boolean): Promise<Queue> {
  // At once: every host that starts has to wait for it.
  for (const name of queueNames) mkdirSync(path.join(options.folder, name), { recursive: true, mode: 0o700 });
  const queue = new QueueFs(options);
  if (recover) await queue.recover();
  return queue;
}

class QueueFs implements Queue {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #longQueueIds: boolean;
  readonly #sync: FolderSync = createFolderSync();
  readonly #committing = new Set<Promise<void>>();
  #isClosed = false;
  readonly #watchers = new Set<(queue: QueueName, queueId: string) => void>();

  constructor(options: QueueFsOptions) {
    this.#folder = options.folder;
    this.#clock = options.clock;
    this.#longQueueIds = options.longQueueIds;
  }

  async recover(): Promise<void> {
    for (const name of ['incoming', 'hold', 'maildrop'])
      for (const file of readdirSync(path.join(this.#folder, name)))
        if (file.startsWith(temporary)) await rm(path.join(this.#folder, name, file), { force: true });
    for (const { queueId } of this.#idsIn('active')) await this.move(queueId, 'active', 'incoming');
  }

  async open(): Promise<OpenMessage> {
    const written = path.join(this.#folder, 'incoming', `${temporary}${randomName()}`);
    const file = await open(written, 'wx', 0o600);
    const { ino } = await file.stat({ bigint: true });
    const nowMs = this.#clock.now();
    const microseconds = Math.floor(nowMs % 1000) * 1000 + Math.floor((this.#clock.monotonicMs() * 1000) % 1000);
    const queueId = this.#longQueueIds
      ? longQueueId(Math.floor(nowMs / 1000), microseconds, ino)
      : shortQueueId(microseconds, ino);
    return {
      queueId,
      commit: async (message, into) => {
        const committing = this.#commit(file, written, queueId, message, into);
        this.#committing.add(committing);
        await committing.finally(() => this.#committing.delete(committing));
      },
      abort: async () => {
        await file.close();
        await rm(written, { force: true });
      },
    };
  }

  async #commit(
    file: FileHandle,
    written: string,
    queueId: string,
    message: NewMessage,
    into: 'incoming' | 'hold' | 'maildrop',
  ): Promise<void> {
    try {
      if (this.#isClosed) throw new Error('the mail system has ended');
      await file.writeFile(encodeQueueFile(message, message.arrivalMs ?? this.#clock.now()));
      await file.datasync();
    } finally {
      await file.close();
    }
    const place = this.#path(into, queueId);
    await rename(written, place);
    await this.#sync.flush(path.dirname(place));
    for (const seen of this.#watchers) seen(into, queueId);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#committing);
  }

  async list(queues: readonly QueueName[]): Promise<readonly QueueEntry[]> {
    const entries: QueueEntry[] = [];
    for (const queueName of queues)
      for (const { queueId, file } of this.#idsIn(queueName)) {
        const found = await this.#readFile(queueName, queueId, file);
        if (found) entries.push(toEntry(queueName, found.queueFile, found.mtimeMs));
      }
    return entries.sort((first, second) => first.arrivalMs - second.arrivalMs);
  }

  async read(queueId: string): Promise<QueueFile['message'] | undefined> {
    if (!isQueueId(queueId)) return undefined;
    for (const name of queueNames) {
      const found = await this.#readFile(name, queueId, this.#path(name, queueId));
      if (found) return found.queueFile.message;
    }
    return undefined;
  }

  async ids(queue: QueueName, dueMs?: number): Promise<readonly string[]> {
    const all = this.#idsIn(queue);
    if (dueMs === undefined || queue !== 'deferred') return all.map(({ queueId }) => queueId);
    const due = await Promise.all(
      all.map(({ queueId, file }) =>
        stat(file).then(
          ({ mtimeMs }) => (mtimeMs <= dueMs ? [queueId] : []),
          () => [],
        ),
      ),
    );
    return due.flat();
  }

  async take(
    queueId: string,
    queue: QueueName,
  ): Promise<{ message: QueueFile['message']; entry: QueueEntry } | undefined> {
    const found = await this.#readFile(queue, queueId, this.#path(queue, queueId));
    return found && { message: found.queueFile.message, entry: toEntry(queue, found.queueFile, found.mtimeMs) };
  }

  async move(queueId: string, from: QueueName, to: QueueName, options: { nextTryMs?: number } = {}): Promise<boolean> {
    const place = this.#path(to, queueId);
    const source = this.#path(from, queueId);
    try {
      if (to === 'deferred') await mkdir(path.dirname(place), { recursive: true, mode: 0o700 });
      // As in Postfix, a modification time in the future is the time of the next try (qmgr(8)).
      if (options.nextTryMs !== undefined) await utimes(source, options.nextTryMs / 1000, options.nextTryMs / 1000);
      await rename(source, place);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
    for (const seen of this.#watchers) seen(to, queueId);
    return true;
  }

  async mark(queueId: string, states: ReadonlyMap<number, RecipientState>, notes: MessageNotes = {}): Promise<void> {
    for (const name of ['active', 'deferred', 'incoming', 'hold'] as const) {
      const file = await open(this.#path(name, queueId), constants.O_WRONLY | constants.O_APPEND).catch(
        () => undefined,
      );
      if (!file) continue;
      try {
        await file.appendFile(encodeStates(states, notes));
        await file.datasync();
      } finally {
        await file.close();
      }
      return;
    }
  }

  async remove(queueId: string): Promise<boolean> {
    if (!isQueueId(queueId)) return false;
    for (const name of queueNames) {
      const gone = await rm(this.#path(name, queueId)).then(
        () => true,
        () => false,
      );
      if (gone) return true;
    }
    return false;
  }

  watch(seen: (queue: QueueName, queueId: string) => void): () => void {
    this.#watchers.add(seen);
    return () => this.#watchers.delete(seen);
  }

  #path(queue: QueueName, queueId: string): string {
    // postconf: hash_queue_names = deferred, one level by the id's first character
    return queue === 'deferred'
      ? path.join(this.#folder, queue, queueId.charAt(0), queueId)
      : path.join(this.#folder, queue, queueId);
  }

  /** At once: folders are short, or in the system's memory, and many hosts look into theirs every second. */
  #idsIn(queue: QueueName): { queueId: string; file: string }[] {
    const folder = path.join(this.#folder, queue);
    const names = readNamesAt(folder);
    const ids = queue === 'deferred' ? names.flatMap((level) => readNamesAt(path.join(folder, level))) : names;
    return ids.filter(isQueueId).map((queueId) => ({ queueId, file: this.#path(queue, queueId) }));
  }

  /** Damaged files are put aside in `corrupt`, as Postfix does; undefined when there is nothing to read. */
  async #readFile(
    queue: QueueName,
    queueId: string,
    file: string,
  ): Promise<{ queueFile: QueueFile; mtimeMs: number } | undefined> {
    try {
      const [bytes, { mtimeMs }] = await Promise.all([readFile(file), stat(file)]);
      const queueFile = decodeQueueFile(queueId, bytes);
      if (queueFile) return { queueFile, mtimeMs };
      if (queue !== 'corrupt') await rename(file, this.#path('corrupt', queueId));
      return undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}

function toEntry(
  queueName: QueueName,
  { message, states, forcedExpire, delayWarned }: QueueFile,
  mtimeMs: number,
): QueueEntry {
  return {
    queueName,
    queueId: message.queueId,
    arrivalMs: message.arrivalMs,
    sizeBytes: message.sizeBytes,
    reversePath: message.envelope.reversePath,
    recipients: message.envelope.recipients.map((recipient, index) => ({
      address: recipient.address,
      state: states[index] ?? { kind: 'pending' },
    })),
    ...(queueName === 'deferred' ? { nextTryMs: mtimeMs } : {}),
    forcedExpire,
    delayWarned,
  };
}
