/**
 * genuine-peers - programs from outside that some tests talk to: where they are missing those tests do not run, but in CI that is a failure.
 *
 * `.ci/run` installs them and sets GATEHOUSE_PEERS=required.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';

/** The first of these programs on PATH; undefined when there is none. @throws Error when CI requires them. */
export function findPeer(...names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const found = names.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(existsSync);
  if (found === undefined && process.env['GATEHOUSE_PEERS'] === 'required')
    throw new Error(`none of ${names.join(', ')} is on PATH, and GATEHOUSE_PEERS=required; cure: install one`);
  return found;
}
