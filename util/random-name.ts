/**
 * random-name - a name that nobody else has chosen, for files and sockets beside others.
 *
 * Limits: not a secret; a file is made with `wx`, so that a name that is taken is seen.
 */

/** Twelve hexadecimal digits. */
export function randomName(): string {
  return Math.floor(Math.random() * 2 ** 48)
    .toString(16)
    .padStart(12, '0');
}
