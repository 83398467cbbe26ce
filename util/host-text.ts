/**
 * host-text - a text file, or a folder's names, of a host, read at once: a host that starts reads dozens, all of them small, and to wait for each takes ten times as long as to read it.
 *
 * What is no file holds nobody up: a device counts as empty (`/dev/null`), a pipe or a socket is refused (EINVAL, ENXIO).
 */
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { realResolve, type HostRoot } from './host-root.ts';

/** `file` as the host sees it; links that lead outside are not followed. @throws Error with the system's code */
export async function readHostText(root: HostRoot, file: string): Promise<string> {
  return readTextAt(await realResolve(root, file));
}

/** The same by the machine's path. @throws Error with the system's code */
export async function readTextAt(place: string): Promise<string> {
  const file = openSync(place, constants.O_RDONLY | constants.O_NONBLOCK); // to open a pipe would wait for its writer
  try {
    const kind = fstatSync(file);
    if (kind.isFIFO()) throw Object.assign(new Error(`${place} is a pipe, not a file`), { code: 'EINVAL' });
    return kind.isCharacterDevice() ? '' : readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

/** The names in the folder at that place of the machine; none where there is no folder to read. */
export function readNamesAt(place: string): string[] {
  try {
    return readdirSync(place);
  } catch {
    return [];
  }
}
