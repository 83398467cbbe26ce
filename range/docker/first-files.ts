/**
 * first-files - what the disks of new seats hold from their beginning: the files that each host's image has for a new host's /etc and /var, and that `begin` would lay into it otherwise.
 *
 * To copy a disk that holds them costs a class a tenth of laying them anew in every container. They are laid as containers/base/lay-first does; with them what the workshop gives every seat alike
 * (provision.ts). What names its seat is written into each disk.
 *
 * Limits: only where the engine keeps an image's layers as folders of this machine (its storage driver overlay2); elsewhere, and for a seat with a genuine host, `begin` lays the files.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { mailHosts } from '../host-kinds.ts';
import type { Provision } from '../provision.ts';
import type { MailHost } from '../world.ts';

const run = promisify(execFile);
/** Where an image has them (containers/base/furnish). */
const packed = 'usr/share/gatehouse';

export interface FirstFiles extends Disposable {
  /** Like a new seat's: its hosts' roots are in it. It goes with the disposal. */
  readonly folder: string;
}

/** @param layersOf folders of this machine with the layers of that host's image, the uppermost first @returns undefined where there are none @throws Error with the words of tar(1) */
export async function layFirstFiles(
  parent: string,
  layersOf: (host: MailHost) => readonly string[],
  provision: Provision,
  seat: string,
): Promise<FirstFiles | undefined> {
  const archives = mailHosts.map((host) => ({ host, from: findArchives(layersOf(host)) }));
  if (archives.some(({ from }) => from === undefined)) return undefined;
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(path.join(parent, 'first-'));
  const files = { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
  try {
    await Promise.all(
      archives.map(async ({ host, from = '' }) => {
        const root = path.join(folder, host);
        mkdirSync(root);
        await unpack(path.join(from, 'first.folders.tar'), root, '--overwrite-dir');
        await unpack(path.join(from, 'first.files.tar'), root, '--skip-old-files');
        provision.layAlike(seat, host, root);
      }),
    );
    return files;
  } catch (error) {
    files[Symbol.dispose]();
    throw error;
  }
}

function findArchives(layers: readonly string[]): string | undefined {
  return layers
    .map((layer) => path.join(layer, packed))
    .find((place) => existsSync(path.join(place, 'first.files.tar')));
}

/** A container's names for owners are not this machine's: numbers count. */
async function unpack(archive: string, root: string, what: string): Promise<void> {
  await run('tar', ['--extract', '--file', archive, '--directory', root, '--same-owner', '--numeric-owner', what]);
}
