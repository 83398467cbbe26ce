/**
 * host-root - the folder a host lives in, seen as the `/` of a machine.
 *
 * Configuration says `/etc/aliases`; in a container that is the file itself, in the embedded engine it is a file under the seat's
 * folder. All absolute paths that come from configuration, users or mail go through `resolve`.
 * A path that climbs out (`/../..`) stays inside, as chroot(2) has it. Symbolic links inside the root are followed by the
 * operating system: `realResolve` refuses those that lead outside. Whoever does not trust the host opens its files by host-file.ts.
 */
import { realpathSync } from 'node:fs';
import path from 'node:path';

export interface HostRoot {
  /** The root's own absolute path on this machine; `/` in a container. */
  readonly path: string;
  /** The machine's path of an absolute (or root-relative) host path. Never outside the root. */
  resolve(hostPath: string): string;
  /** The reverse: a machine path as the host sees it (`/etc/aliases`). */
  display(machinePath: string): string;
}

/** Makes the view of `rootPath` as a machine's `/`. */
export function createHostRoot(rootPath: string): HostRoot {
  const root = path.resolve(rootPath);
  return {
    path: root,
    resolve: (hostPath) => path.join(root, path.normalize(path.join('/', hostPath))),
    display: (machinePath) => {
      const relative = path.relative(root, machinePath);
      return relative.startsWith('..') ? machinePath : path.join('/', relative);
    },
  };
}

/** As `root.resolve`, and the path it really leads to (links followed) must lie inside the root; looked up at once (see host-text.ts). @throws Error if not. */
export async function realResolve(root: HostRoot, hostPath: string): Promise<string> {
  const real = realpathSync.native(root.resolve(hostPath));
  const realRoot = realpathSync.native(root.path);
  if (!isInside(realRoot, real)) throw new Error(`${hostPath} leads outside the host's root`);
  return real;
}

/** Is `place` the folder or below it? Both are real paths. */
export function isInside(folder: string, place: string): boolean {
  return place === folder || place.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep);
}
