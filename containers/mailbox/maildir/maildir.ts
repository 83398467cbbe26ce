/**
 * maildir - a mailbox folder on disk, as mail programs see it: messages with unique ids, flags, sizes (maildir(5), Maildir++).
 *
 * The MTA delivers into new/ at any time, and people move and remove files by hand; flags live in the names in cur/ (`:2,FS`). Every operation looks at the
 * folder again and they follow one another, so that sessions agree on ids and no change of flags is lost.
 *
 * Limits: messages are read whole; one process serves a folder.
 */
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '#util/clock.ts';
import { randomName } from '#util/random-name.ts';
import { baseOf, compareArrival, flagsOf, infoOf } from './file-name.ts';
import { isKeyword, loadKeywords, mostKeywords, saveKeywords } from './keywords.ts';
import { loadUidList, saveUidList, type UidList } from './uid-list.ts';

export interface StoredMessage {
  readonly uid: number;
  /** Without flags: stays the same for the message's life. */
  readonly baseName: string;
  /** IMAP flags (`\Seen`) and keywords, without `\Recent`. */
  readonly flags: readonly string[];
  /** Came in since the folder was last opened. */
  readonly recent: boolean;
  /** Where the file was when last looked at. */
  readonly file: string;
}

/** The message was removed by someone else. */
export class MessageGone extends Error {
  override readonly name = 'MessageGone';
}

/** The folder itself was removed or renamed. */
export class MailboxGone extends Error {
  override readonly name = 'MailboxGone';
}

export interface MaildirOptions {
  readonly folder: string;
  readonly clock: Clock;
  /** INBOX comes back when it was removed; another folder does not. */
  readonly isInbox: boolean;
  /** A UIDVALIDITY that this user's folders never had. */
  newValidity(): Promise<number>;
}

interface Entry {
  readonly name: string;
  readonly where: 'new' | 'cur';
}

export class Maildir {
  readonly folder: string;
  readonly #options: MaildirOptions;
  #list: UidList | undefined;
  #keywords: string[] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: MaildirOptions) {
    this.folder = options.folder;
    this.#options = options;
  }

  get uidValidity(): number {
    return this.#list?.validity ?? 0;
  }

  get uidNext(): number {
    return this.#list?.next ?? 1;
  }

  /** Keywords that have been used here. */
  get keywords(): readonly string[] {
    return this.#keywords.filter((keyword) => keyword !== '');
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#last.then(act);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** All messages in the order of their ids; new ones get theirs. @throws MailboxGone. */
  messages(): Promise<StoredMessage[]> {
    return this.#inTurn(() => this.#refresh());
  }

  async #refresh(): Promise<StoredMessage[]> {
    const { list, isFresh } = await this.#open();
    let found = await this.#scan();
    // A file that is renamed while the folder is read may be missed: look again before its id is given up.
    if ([...list.uids.keys()].some((base) => !found.has(base))) found = await this.#scan();
    let changed = isFresh;
    for (const base of [...list.uids.keys()]) if (!found.has(base)) changed = list.uids.delete(base);
    for (const { name } of [...found.values()].sort((first, second) => compareArrival(first.name, second.name))) {
      if (list.uids.has(baseOf(name))) continue;
      list.uids.set(baseOf(name), list.next++);
      changed = true;
    }
    if (changed) await saveUidList(this.folder, list);
    return [...found.values()]
      .map((entry) => this.#stored(entry, list))
      .sort((first, second) => first.uid - second.uid);
  }

  async #open(): Promise<{ list: UidList; isFresh: boolean }> {
    await this.#makeFolders();
    if (this.#list) return { list: this.#list, isFresh: false };
    this.#keywords = await loadKeywords(this.folder);
    const loaded = await loadUidList(this.folder);
    this.#list = loaded ?? { validity: await this.#options.newValidity(), next: 1, uids: new Map() };
    return { list: this.#list, isFresh: !loaded };
  }

  async #makeFolders(): Promise<void> {
    if (this.#options.isInbox) await mkdir(this.folder, { recursive: true, mode: 0o700 });
    for (const name of ['new', 'cur', 'tmp'])
      await mkdir(path.join(this.folder, name), { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') throw new MailboxGone('the mailbox was removed');
        if (error.code !== 'EEXIST') throw error;
      });
  }

  /** By base name. new/ is read first: what moves to cur/ meanwhile is seen there. */
  async #scan(): Promise<Map<string, Entry>> {
    const found = new Map<string, Entry>();
    for (const where of ['new', 'cur'] as const)
      for (const name of await readdir(path.join(this.folder, where)))
        if (!name.startsWith('.')) found.set(baseOf(name), { name, where });
    return found;
  }

  #stored({ name, where }: Entry, list: UidList): StoredMessage {
    return {
      uid: list.uids.get(baseOf(name)) ?? 0,
      baseName: baseOf(name),
      flags: flagsOf(name, this.#keywords),
      recent: where === 'new',
      file: path.join(this.folder, where, name),
    };
  }

  /** Where the message is now. @throws MessageGone. */
  async #current(message: StoredMessage): Promise<StoredMessage> {
    const current = (await this.#refresh()).find((each) => each.uid === message.uid);
    if (!current) throw new MessageGone(`message ${message.uid} has gone`);
    return current;
  }

  /** The message's bytes as IMAP and POP3 want them: CR LF line ends, no NUL (as Dovecot: 0x80 instead). @throws MessageGone. */
  async read(message: StoredMessage): Promise<Buffer> {
    const bytes = await readFile(message.file).catch(() =>
      this.#inTurn(async () => readFile((await this.#current(message)).file)),
    );
    return Buffer.from(bytes.toString('latin1').replace(/\r?\n/g, '\r\n').replaceAll('\0', '\x80'), 'latin1');
  }

  async internalDate(message: StoredMessage): Promise<number> {
    const found = await stat(message.file).catch(() =>
      this.#inTurn(async () => stat((await this.#current(message)).file)),
    );
    return found.mtimeMs;
  }

  /** Changes the flags as they are now, whoever set them; the file moves to cur/. @throws MessageGone. */
  changeFlags(message: StoredMessage, change: (flags: readonly string[]) => readonly string[]): Promise<StoredMessage> {
    return this.#inTurn(async () => {
      try {
        return await this.#rename(message, change(message.flags));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        const current = await this.#current(message);
        return this.#rename(current, change(current.flags));
      }
    });
  }

  async #rename(message: StoredMessage, flags: readonly string[]): Promise<StoredMessage> {
    await this.#learnKeywords(flags);
    const name = `${message.baseName}:2,${infoOf(flags, this.#keywords)}`;
    const file = path.join(this.folder, 'cur', name);
    // Renamed even to the same name: that the file is still there must be known.
    await rename(message.file, file);
    return { ...message, file, recent: false, flags: flagsOf(name, this.#keywords) };
  }

  async #learnKeywords(flags: readonly string[]): Promise<void> {
    const known = new Set(this.#keywords.map((keyword) => keyword.toLowerCase()));
    const added = [...new Set(flags.filter((flag) => isKeyword(flag) && !known.has(flag.toLowerCase())))];
    if (added.length === 0 || this.#keywords.length >= mostKeywords) return;
    this.#keywords = [...this.#keywords, ...added].slice(0, mostKeywords);
    await saveKeywords(this.folder, this.#keywords);
  }

  /** Removes the message, wherever its file is by now. */
  remove(message: StoredMessage): Promise<void> {
    return this.#inTurn(async () => {
      const gone = await rm(message.file).then(
        () => true,
        () => false,
      );
      if (gone) return;
      const current = (await this.#refresh()).find((each) => each.uid === message.uid);
      if (current) await rm(current.file, { force: true });
    });
  }

  /** Adds a message (LF or CR LF) with its date of arrival; its unique id. @throws MailboxGone. */
  append(content: Buffer, flags: readonly string[], host: string, dateMs?: number): Promise<number> {
    return this.#inTurn(async () => {
      const { list } = await this.#open();
      await this.#refresh(); // what came before gets its ids first
      await this.#learnKeywords(flags);
      const now = this.#options.clock.now();
      const base = `${Math.floor(now / 1000)}.M${(now % 1000) * 1000}R${randomName()}.${host}`;
      const temporary = path.join(this.folder, 'tmp', base);
      const text = content.toString('latin1').replace(/\r\n/g, '\n');
      await writeFile(temporary, text, { encoding: 'latin1', flag: 'wx', mode: 0o600, flush: true });
      if (dateMs !== undefined) await utimes(temporary, now / 1000, dateMs / 1000);
      const info = infoOf(flags, this.#keywords);
      const target = info === '' ? path.join('new', base) : path.join('cur', `${base}:2,${info}`);
      await rename(temporary, path.join(this.folder, target));
      const uid = list.next++;
      list.uids.set(base, uid);
      await saveUidList(this.folder, list);
      return uid;
    });
  }
}
