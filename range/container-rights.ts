/**
 * container-rights - on Docker the files of hosts belong to their root, and only this computer's root may read them all. Whoever else types a command is told so: a file that may not be
 * read must never be taken for one that is not there.
 */
import type { Range } from './range.ts';

/** Throws the fault with its cure when it is a lack of rights on Docker; else nothing happens. */
export function refuseLackOfRights(engine: Range['engine'], error: unknown): void {
  const { code, path = '' } = error as NodeJS.ErrnoException;
  if (engine === 'docker' && (code === 'EACCES' || code === 'EPERM'))
    throw new Error(
      `${path}: permission denied: in containers the files of hosts belong to their root; cure: type the same command as root (sudo)`,
      { cause: error },
    );
}

/** What `work` gives. @throws Error with the cure when it lacks rights on Docker; its own fault otherwise */
export async function explainLackOfRights<T>(engine: Range['engine'], work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    refuseLackOfRights(engine, error);
    throw error;
  });
}
