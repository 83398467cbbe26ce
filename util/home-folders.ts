/**
 * home-folders - makes users' home folders and gives them to them, as adduser(8) would have: /etc/passwd (passwd(5)) says whose is which.
 *
 * Failures: a folder that cannot be made is told, and the others made.
 */
import { chownSync, mkdirSync, readFileSync } from 'node:fs';
import type { HostRoot } from './host-root.ts';

/** At once, before anything asks for them. `tell`: a line about what could not be done. */
export function makeHomeFolders(root: HostRoot, tell: (line: string) => void): void {
  for (const line of readFileSync(root.resolve('/etc/passwd'), 'utf8').split('\n')) {
    const [, , uid = '', gid = '', , home = ''] = line.split(':');
    if (!home.startsWith('/home/') || !/^\d+$/.test(uid) || !/^\d+$/.test(gid)) continue;
    try {
      mkdirSync(root.resolve(home), { recursive: true });
      chownSync(root.resolve(home), Number(uid), Number(gid));
    } catch (error) {
      tell(`home folder ${home}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
