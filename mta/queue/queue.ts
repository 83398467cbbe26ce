/**
 * queue - the port through which everything else sees the mail queue (qmgr(8), QSHAPE_README).
 *
 * `queue-fs.ts` keeps it on disk. STATES.md is the table of states and of what a crash leaves. A message is accepted exactly when `commit` has resolved: it is then on stable storage.
 */
import type { Envelope, MessageActions, Origin, QueuedMessage } from '../message.ts';

/** Where a message file stands. `maildrop` is what sendmail(1) left for pickup(8). */
export type QueueName = 'maildrop' | 'incoming' | 'active' | 'deferred' | 'hold' | 'corrupt';

/** A message being written: it has a queue id, but nobody else sees it yet. */
export interface OpenMessage {
  readonly queueId: string;
  /** Makes it durable and visible; resolves when it can be acknowledged. */
  commit(message: NewMessage, into: 'incoming' | 'hold' | 'maildrop'): Promise<void>;
  /** Forgets it. */
  abort(): Promise<void>;
}

export interface NewMessage {
  readonly envelope: Envelope;
  readonly origin: Origin;
  readonly content: Buffer;
  readonly filter?: string;
  /** Defaults to now; kept when a message is re-queued. */
  readonly arrivalMs?: number;
}

/** A recipient's state in a queued message. */
export type RecipientState =
  | { readonly kind: 'pending' }
  | { readonly kind: 'deferred'; readonly dsn: string; readonly reason: string }
  | { readonly kind: 'done' };

/** What a listing needs, without the content (postqueue(1)). */
export interface QueueEntry {
  readonly queueName: QueueName;
  readonly queueId: string;
  readonly arrivalMs: number;
  readonly sizeBytes: number;
  readonly reversePath: string;
  readonly recipients: readonly { readonly address: string; readonly state: RecipientState }[];
  /** Deferred: not before this time (ms since the epoch). */
  readonly nextTryMs?: number;
  /** postsuper -e or -f: the next failure is the last one. */
  readonly forcedExpire: boolean;
  /** The sender knows already that it takes long. */
  readonly delayWarned: boolean;
}

/** Notes on the whole message; once made they stay. */
export interface MessageNotes {
  readonly forcedExpire?: true;
  readonly delayWarned?: true;
}

export interface Queue {
  /** Starts a message; allocates its queue id (log: `QID: client=...`). */
  open(): Promise<OpenMessage>;
  /** All entries of the given queues, oldest first. Damaged files are moved to `corrupt` and left out. */
  list(queues: readonly QueueName[]): Promise<readonly QueueEntry[]>;
  /** Ids in one queue, by name only: no file is opened. Of `deferred` those whose next try is not after `dueMs`, if that is given. */
  ids(queue: QueueName, dueMs?: number): Promise<readonly string[]>;
  /** The whole message; undefined when it has gone. */
  read(queueId: string): Promise<QueuedMessage | undefined>;
  /** A message that stands in `queue`, with its listing; undefined when it has gone, or is damaged and was put aside. */
  take(queueId: string, queue: QueueName): Promise<{ message: QueuedMessage; entry: QueueEntry } | undefined>;
  /** Renames between states: the commit of every transition. Resolves false when it has gone. */
  move(queueId: string, from: QueueName, to: QueueName, options?: { nextTryMs?: number }): Promise<boolean>;
  /** Records recipients' states durably; survives a crash. */
  mark(queueId: string, states: ReadonlyMap<number, RecipientState>, notes?: MessageNotes): Promise<void>;
  /** Deletes it from whatever state it is in. */
  remove(queueId: string): Promise<boolean>;
  /** Calls `seen` when a message of this process has come into a queue; returns an unsubscriber. */
  watch(seen: (queue: QueueName, queueId: string) => void): () => void;
  /** Resolves when all that is being committed is; what would be committed later is refused, so that nothing comes into a queue whose mail system has ended. */
  close(): Promise<void>;
}

/** Cleanup's face towards accept, pickup and bounce: see mta/cleanup/cleanup.ts. */
export interface CleanupSession {
  readonly queueId: string;
  /** Inspects, rewrites, stores. Never throws for bad mail. */
  finish(input: CleanupInput): Promise<CleanupOutcome>;
  abort(): Promise<void>;
}

export interface CleanupInput {
  readonly envelope: Envelope;
  readonly origin: Origin;
  /** As received, LF line ends, before the Received: field is added. */
  readonly content: Buffer;
  readonly actions: MessageActions;
  /** postconf: receive_override_options, content_filter and so on may differ per master.cf service. */
  readonly overrides?: ReadonlyMap<string, string>;
}

export type CleanupOutcome =
  | { readonly kind: 'queued'; readonly queueId: string; readonly sizeBytes: number }
  /** Accepted and dropped (DISCARD). */
  | { readonly kind: 'discarded'; readonly queueId: string }
  | { readonly kind: 'rejected'; readonly reply: import('#mail/reply.ts').Reply; readonly reason: string };

export interface Cleanup {
  begin(): Promise<CleanupSession>;
}
