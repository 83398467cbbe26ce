/**
 * selected - the mailbox a session has open: sequence numbers, and what the session has not been told yet (RFC 3501 section 7).
 *
 * Sequence numbers change only when the session is told of an EXPUNGE.
 */
import { watch } from 'node:fs';
import path from 'node:path';
import { parseMime, type MimePart } from '#mail/mime.ts';
import type { Clock, Timer } from '#util/clock.ts';
import { MessageGone, type Maildir, type StoredMessage } from '../maildir/maildir.ts';

/** Where the system gives no word of changes, a waiting session looks this often. */
const lookAgainMs = 5000;

export interface MessageContent {
  readonly bytes: Buffer;
  readonly mime: MimePart;
}

export class Selected {
  readonly maildir: Maildir;
  readonly readOnly: boolean;
  /** In sequence order. */
  messages: StoredMessage[] = [];
  /** Ids that were in new/ when this session opened the folder. */
  readonly #recent = new Set<number>();

  constructor(maildir: Maildir, readOnly: boolean) {
    this.maildir = maildir;
    this.readOnly = readOnly;
  }

  async open(): Promise<void> {
    this.messages = await this.maildir.messages();
    await this.#takeRecent();
  }

  /** What lies in new/ is this session's recent mail, and moves to cur/ unless the folder is only examined. */
  async #takeRecent(): Promise<void> {
    for (const [index, message] of this.messages.entries()) {
      if (!message.recent || this.#recent.has(message.uid)) continue;
      this.#recent.add(message.uid);
      if (this.readOnly) continue;
      const moved = await this.maildir.changeFlags(message, (flags) => flags).catch(unlessGone);
      if (moved) this.messages[index] = moved;
    }
  }

  flagsOf(message: StoredMessage): string {
    return [...message.flags, ...(this.#recent.has(message.uid) ? ['\\Recent'] : [])].join(' ');
  }

  get recentCount(): number {
    return this.messages.filter((message) => this.#recent.has(message.uid)).length;
  }

  /** Changes the flags of one message; undefined when it has gone. */
  async changeFlags(
    sequence: number,
    change: (flags: readonly string[]) => readonly string[],
  ): Promise<StoredMessage | undefined> {
    const message = this.messages[sequence - 1];
    const changed = message && (await this.maildir.changeFlags(message, change).catch(unlessGone));
    if (changed) this.messages[sequence - 1] = changed;
    return changed;
  }

  async content(message: StoredMessage): Promise<MessageContent> {
    const bytes = await this.maildir.read(message);
    return { bytes, mime: parseMime(bytes) };
  }

  /** Tells what happened since: EXPUNGE (if allowed now), EXISTS, RECENT, changed flags. */
  async announce(send: (line: string) => void, mayExpunge = true): Promise<void> {
    const now = await this.maildir.messages();
    const recentBefore = this.recentCount;
    const byUid = new Map(now.map((message) => [message.uid, message]));
    if (mayExpunge)
      for (let index = this.messages.length - 1; index >= 0; index--)
        if (!byUid.has(this.messages[index]?.uid ?? 0)) {
          this.messages.splice(index, 1);
          send(`* ${index + 1} EXPUNGE`);
        }
    for (const [index, message] of this.messages.entries()) {
      const current = byUid.get(message.uid);
      if (!current) continue;
      if (current.flags.join() !== message.flags.join())
        send(`* ${index + 1} FETCH (UID ${message.uid} FLAGS (${this.flagsOf(current)}))`);
      this.messages[index] = current;
    }
    const known = new Set(this.messages.map((message) => message.uid));
    const added = now.filter((message) => !known.has(message.uid));
    this.messages.push(...added);
    await this.#takeRecent();
    if (added.length > 0) send(`* ${this.messages.length} EXISTS`);
    if (added.length > 0 || this.recentCount !== recentBefore) send(`* ${this.recentCount} RECENT`);
  }

  /** Calls `changed` when mail may have come or gone, until the returned function is called. */
  watch(clock: Clock, changed: () => void): () => void {
    let timer: Timer | undefined;
    const lookAgain = (): void => {
      const look = (): void => (changed(), lookAgain());
      timer = clock.after(lookAgainMs, look, { weak: true });
    };
    const watchers = ['new', 'cur'].flatMap((name) => {
      try {
        // The folder may be removed while it is watched.
        return [
          watch(path.join(this.maildir.folder, name), { persistent: false }, changed).on('error', () => undefined),
        ];
      } catch {
        return [];
      }
    });
    lookAgain();
    return () => {
      timer?.cancel();
      watchers.forEach((watcher) => watcher.close());
    };
  }
}

function unlessGone(error: unknown): undefined {
  if (!(error instanceof MessageGone)) throw error;
}
