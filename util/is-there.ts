/**
 * is-there - is there a file (or folder) that this process may reach, or use in a certain way?
 */
import { access, constants } from 'node:fs/promises';

/** @param mode what may be done with it (access(2)); by default that it exists */
export function isThere(file: string, mode: number = constants.F_OK): Promise<boolean> {
  return access(file, mode).then(
    () => true,
    () => false,
  );
}
