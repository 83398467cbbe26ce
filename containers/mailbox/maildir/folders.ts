/**
 * folders - a user's folders: INBOX is the Maildir itself, `Sent` is `.Sent` below it (Maildir++).
 *
 * Names come from clients: only plain characters pass, so none leads out of the Maildir.
 */
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '#util/clock.ts';
import { Maildir } from './maildir.ts';

export class Folders {
  readonly #top: string;
  readonly #clock: Clock;
  /** Two sessions on one folder must agree on its unique ids: they share the object. */
  readonly #open = new Map<string, Maildir>();

  constructor(top: string, clock: Clock) {
    this.#top = top;
    this.#clock = clock;
  }

  /** The folder's path; undefined for a name that cannot be one. */
  #path(name: string): string | undefined {
    if (name.toUpperCase() === 'INBOX') return this.#top;
    return /^[\w &+-]+(?:\.[\w &+-]+)*$/.test(name) && name.length <= 200
      ? path.join(this.#top, `.${name}`)
      : undefined;
  }

  async get(name: string): Promise<Maildir | undefined> {
    const folder = this.#path(name);
    if (folder === undefined) return undefined;
    const exists =
      folder === this.#top ||
      (await stat(folder).then(
        (found) => found.isDirectory(),
        () => false,
      ));
    if (!exists) return undefined;
    const open = this.#open.get(folder) ?? new Maildir(folder, this.#clock);
    this.#open.set(folder, open);
    return open;
  }

  async names(): Promise<string[]> {
    const entries = await readdir(this.#top).catch(() => []);
    return [
      'INBOX',
      ...entries
        .filter((entry) => /^\.[^.]/.test(entry))
        .map((entry) => entry.slice(1))
        .sort(),
    ];
  }

  /** A sentence when it cannot be. */
  async create(name: string): Promise<string | undefined> {
    const folder = this.#path(name.replace(/[./]$/, ''));
    if (folder === undefined) return 'Invalid mailbox name';
    if (await this.get(name)) return 'Mailbox already exists';
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return undefined;
  }

  async remove(name: string): Promise<string | undefined> {
    const folder = this.#path(name);
    if (folder === undefined || folder === this.#top) return 'This mailbox cannot be deleted';
    if (!(await this.get(name))) return "Mailbox doesn't exist";
    this.#open.delete(folder);
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }

  async rename(from: string, to: string): Promise<string | undefined> {
    const [source, target] = [this.#path(from), this.#path(to)];
    if (source === undefined || target === undefined || source === this.#top) return 'This mailbox cannot be renamed';
    if (!(await this.get(from))) return "Mailbox doesn't exist";
    if (await this.get(to)) return 'Mailbox already exists';
    this.#open.delete(source);
    await rename(source, target);
    return undefined;
  }
}
