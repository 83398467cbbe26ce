/**
 * folders - a user's folders: INBOX is the Maildir itself, `Sent` is `.Sent` below it (Maildir++).
 *
 * Names come from clients: a name never holds a slash and is always behind a dot, so none leads out of the Maildir. `subscriptions` keeps what LSUB lists, one
 * name a line; `dovecot-uidvalidity` the last UIDVALIDITY given out, so that a folder made again is never taken for the old one.
 */
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '#util/atomic-file.ts';
import type { Clock } from '#util/clock.ts';
import { Maildir } from './maildir.ts';

/** Why a folder operation was refused, as the words behind NO. */
export type FolderFault = string;

const longestName = 200;

export class Folders {
  readonly #top: string;
  readonly #clock: Clock;
  /** Two sessions on one folder must agree on its unique ids: they share the object. */
  readonly #open = new Map<string, Maildir>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(top: string, clock: Clock) {
    this.#top = top;
    this.#clock = clock;
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#last.then(act);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** The folder's path; undefined for a name that cannot be one. */
  #path(name: string): string | undefined {
    if (name.toUpperCase() === 'INBOX') return this.#top;
    return nameFault(name) === undefined ? path.join(this.#top, `.${name}`) : undefined;
  }

  async get(name: string): Promise<Maildir | undefined> {
    const folder = this.#path(name);
    if (folder === undefined) return undefined;
    const isInbox = folder === this.#top;
    if (!isInbox && !(await isFolder(folder))) {
      this.#open.delete(folder);
      return undefined;
    }
    const open =
      this.#open.get(folder) ??
      new Maildir({ folder, clock: this.#clock, isInbox, newValidity: () => this.#inTurn(() => this.#newValidity()) });
    this.#open.set(folder, open);
    return open;
  }

  /** INBOX first, the others in order. */
  async names(): Promise<string[]> {
    const entries = await readdir(this.#top, { withFileTypes: true }).catch(() => []);
    const names = entries
      .filter((entry) => entry.isDirectory() && entry.name.startsWith('.'))
      .map((entry) => entry.name.slice(1))
      .filter((name) => nameFault(name) === undefined);
    return ['INBOX', ...names.sort()];
  }

  async create(name: string): Promise<FolderFault | undefined> {
    const wanted = name.replace(/\.$/, ''); // RFC 3501 section 6.3.3: a final separator only says that folders will be made below
    const folder = this.#path(wanted);
    if (folder === undefined) return `[CANNOT] Invalid mailbox name: ${nameFault(wanted) ?? ''}`;
    if (await this.get(wanted)) return '[ALREADYEXISTS] Mailbox already exists';
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return undefined;
  }

  async remove(name: string): Promise<FolderFault | undefined> {
    const folder = this.#path(name);
    if (folder === this.#top) return "INBOX can't be deleted";
    if (folder === undefined || !(await this.get(name))) return `[NONEXISTENT] ${noSuchMailbox(name)}`;
    this.#open.delete(folder);
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }

  /** Renames the folder and all below it (RFC 3501 section 6.3.5). */
  async rename(from: string, to: string): Promise<FolderFault | undefined> {
    const [source, target] = [this.#path(from), this.#path(to)];
    if (source === this.#top) return "[CANNOT] Renaming INBOX isn't supported";
    if (target === undefined) return `[CANNOT] Invalid mailbox name: ${nameFault(to) ?? ''}`;
    if (await this.get(to)) return '[ALREADYEXISTS] Target mailbox already exists';
    if (to.startsWith(`${from}.`)) return "[CANNOT] Can't rename a mailbox below itself";
    const moving = (await this.names()).filter((name) => name === from || name.startsWith(`${from}.`));
    if (source === undefined || moving.length === 0) return `[NONEXISTENT] ${noSuchMailbox(from)}`;
    for (const name of moving) {
      const old = path.join(this.#top, `.${name}`);
      this.#open.delete(old);
      await rename(old, path.join(this.#top, `.${to}${name.slice(from.length)}`));
    }
    return undefined;
  }

  async subscriptions(): Promise<string[]> {
    const text = await readFile(path.join(this.#top, 'subscriptions'), 'utf8').catch(() => '');
    const lines = text.split('\n').filter((line) => line !== '' && !/^V\t\d+$/.test(line)); // Dovecot's own files begin with `V\t2`
    return lines.map((line) => line.replaceAll('\t', '.')).filter((name) => nameFault(name) === undefined);
  }

  async subscribe(name: string, wanted: boolean): Promise<FolderFault | undefined> {
    if (wanted && !(await this.get(name))) return `[NONEXISTENT] ${noSuchMailbox(name)}`;
    return this.#inTurn(async () => {
      const names = new Set(await this.subscriptions());
      if (wanted) names.add(name);
      else names.delete(name);
      await mkdir(this.#top, { recursive: true, mode: 0o700 });
      await writeFileAtomic(
        path.join(this.#top, 'subscriptions'),
        [...names].map((each) => `${each}\n`).join(''),
        0o600,
      );
      return undefined;
    });
  }

  async #newValidity(): Promise<number> {
    const file = path.join(this.#top, 'dovecot-uidvalidity');
    const last = Number.parseInt(await readFile(file, 'utf8').catch(() => '0'), 16) || 0;
    const validity = Math.max(Math.floor(this.#clock.now() / 1000), last + 1);
    await writeFileAtomic(file, `${validity.toString(16).padStart(8, '0')}\n`, 0o600);
    return validity;
  }
}

/** Why it cannot be a folder's name; undefined when it can. */
function nameFault(name: string): string | undefined {
  if (name.length > longestName) return 'Name is too long';
  if (name === '') return 'Name is empty';
  if (name.startsWith('.')) return 'Begins with hierarchy separator';
  if (name.includes('/')) return "Name must not have '/' characters";
  if (name.includes('..') || name.endsWith('.')) return 'Has adjacent hierarchy separators';
  // eslint-disable-next-line no-control-regex -- control characters are among those refused
  return /^[^~\x00-\x1f\x7f-\uffff"\\*%][^\x00-\x1f\x7f-\uffff"\\*%]*$/.test(name)
    ? undefined
    : 'Has a character that no name may have';
}

/** Dovecot's words; a client's name never brings a line end into our answer. */
export function noSuchMailbox(name: string): string {
  return `Mailbox doesn't exist: ${name.replace(/[^\x20-\x7e]/g, '?').slice(0, longestName)}`;
}

function isFolder(folder: string): Promise<boolean> {
  return stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
