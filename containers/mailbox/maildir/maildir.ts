/**
 * maildir - a mailbox folder on disk, as mail programs see it: messages with unique ids, flags, sizes (maildir(5), Maildir++).
 *
 * The MTA delivers into new/ at any time; flags live in the names in cur/ (`:2,FS`). Unique ids are kept in `dovecot-uidlist`, written atomically: one line a message, never reused.
 *
 * Limits: messages are read whole; one process serves a folder.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '#util/atomic-file.ts';
import type { Clock } from '#util/clock.ts';

export interface StoredMessage {
  readonly uid: number;
  /** Without flags: stays the same for the message's life. */
  readonly baseName: string;
  /** IMAP flags (`\Seen`), without `\Recent`. */
  readonly flags: readonly string[];
  /** Came in since the folder was last opened. */
  readonly recent: boolean;
  /** Where the file is now. */
  readonly file: string;
}

/** Maildir's flag letters. */
const letters: readonly (readonly [letter: string, flag: string])[] = [
  ['D', '\\Draft'],
  ['F', '\\Flagged'],
  ['R', '\\Answered'],
  ['S', '\\Seen'],
  ['T', '\\Deleted'],
];

export class Maildir {
  readonly folder: string;
  uidValidity = 0;
  uidNext = 1;
  readonly #clock: Clock;
  #uids = new Map<string, number>();
  #loaded = false;
  #refreshing: Promise<StoredMessage[]> | undefined;

  constructor(folder: string, clock: Clock) {
    this.folder = folder;
    this.#clock = clock;
  }

  /** All messages in the order of their ids; new ones get theirs. */
  messages(): Promise<StoredMessage[]> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #refresh(): Promise<StoredMessage[]> {
    for (const name of ['new', 'cur', 'tmp'])
      await mkdir(path.join(this.folder, name), { recursive: true, mode: 0o700 });
    if (!this.#loaded) await this.#loadUids();
    const found: { name: string; where: 'new' | 'cur' }[] = [];
    for (const where of ['new', 'cur'] as const)
      for (const name of await readdir(path.join(this.folder, where)))
        if (!name.startsWith('.')) found.push({ name, where });
    found.sort((first, second) => (first.name < second.name ? -1 : 1));
    const known = new Set(found.map(({ name }) => baseOf(name)));
    let changed = [...this.#uids.keys()].some((base) => !known.has(base));
    for (const { name } of found) {
      if (this.#uids.has(baseOf(name))) continue;
      this.#uids.set(baseOf(name), this.uidNext++);
      changed = true;
    }
    for (const base of [...this.#uids.keys()]) if (!known.has(base)) this.#uids.delete(base);
    if (changed) await this.#saveUids();
    return found
      .map(({ name, where }) => ({
        uid: this.#uids.get(baseOf(name)) ?? 0,
        baseName: baseOf(name),
        flags: flagsOf(name),
        recent: where === 'new',
        file: path.join(this.folder, where, name),
      }))
      .sort((first, second) => first.uid - second.uid);
  }

  async #loadUids(): Promise<void> {
    const text = await readFile(path.join(this.folder, 'dovecot-uidlist'), 'utf8').catch(() => '');
    const [head = '', ...lines] = text.split('\n');
    const [, validity, next] = /^3 V(\d+) N(\d+)/.exec(head) ?? [];
    this.uidValidity = validity === undefined ? Math.floor(this.#clock.now() / 1000) : Number(validity);
    this.uidNext = next === undefined ? 1 : Number(next);
    for (const line of lines) {
      const [, uid, base] = /^(\d+) :(.+)$/.exec(line) ?? [];
      if (uid !== undefined && base !== undefined) this.#uids.set(base, Number(uid));
    }
    this.#loaded = true;
  }

  #saveUids(): Promise<void> {
    const lines = [...this.#uids].sort((first, second) => first[1] - second[1]).map(([base, uid]) => `${uid} :${base}`);
    return writeFileAtomic(
      path.join(this.folder, 'dovecot-uidlist'),
      [`3 V${this.uidValidity} N${this.uidNext}`, ...lines, ''].join('\n'),
      0o600,
    );
  }

  /** The message's bytes with CR LF line ends, as IMAP and POP3 want them. */
  async read(message: StoredMessage): Promise<Buffer> {
    const bytes = await readFile(message.file).catch(async () => {
      // Another session may have moved it to cur/ or changed its flags.
      const current = (await this.messages()).find((each) => each.uid === message.uid);
      if (!current) throw new Error('message has gone');
      return readFile(current.file);
    });
    return toCrlf(bytes);
  }

  async internalDate(message: StoredMessage): Promise<number> {
    return (await stat(message.file).catch(() => undefined))?.mtimeMs ?? this.#clock.now();
  }

  /** Sets exactly these flags (unknown ones are left out); the file moves to cur/. */
  async setFlags(message: StoredMessage, flags: readonly string[]): Promise<StoredMessage> {
    const info = letters
      .filter(([, flag]) => flags.some((each) => each.toLowerCase() === flag.toLowerCase()))
      .map(([letter]) => letter)
      .join('');
    const file = path.join(this.folder, 'cur', `${message.baseName}:2,${info}`);
    if (file !== message.file) await rename(message.file, file).catch(() => undefined);
    return { ...message, file, recent: false, flags: flagsOf(file) };
  }

  async remove(message: StoredMessage): Promise<void> {
    await rm(message.file, { force: true });
  }

  /** Adds a message (LF or CR LF); its unique id is known at the next look. */
  async append(content: Buffer, flags: readonly string[], host: string): Promise<string> {
    await this.messages();
    const base = `${Math.floor(this.#clock.now() / 1000)}.R${randomBytes(8).toString('hex')}.${host}`;
    const temporary = path.join(this.folder, 'tmp', base);
    await writeFile(temporary, Buffer.from(content.toString('latin1').replace(/\r\n/g, '\n'), 'latin1'), {
      flag: 'wx',
      mode: 0o600,
      flush: true,
    });
    const info = letters
      .filter(([, flag]) => flags.some((each) => each.toLowerCase() === flag.toLowerCase()))
      .map(([letter]) => letter)
      .join('');
    await rename(
      temporary,
      path.join(this.folder, info === '' ? 'new' : 'cur', info === '' ? base : `${base}:2,${info}`),
    );
    return base;
  }
}

function baseOf(name: string): string {
  return path.basename(name).split(':2,')[0] ?? name;
}

function flagsOf(name: string): string[] {
  const info = /:2,([A-Za-z]*)$/.exec(name)?.[1] ?? '';
  return letters.filter(([letter]) => info.includes(letter)).map(([, flag]) => flag);
}

function toCrlf(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');
}
