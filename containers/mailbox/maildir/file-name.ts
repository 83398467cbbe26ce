/**
 * file-name - what a message's name in a Maildir tells: its unique base, its flags, and which of two came first (maildir(5)).
 *
 * `1795580710.M609838P32474.mail:2,FS` is the base `1795580710.M609838P32474.mail` with the flags `F` and `S`. Small letters stand for keywords (`keywords.ts`).
 */
import path from 'node:path';

/** Maildir's flag letters, in the order in which Dovecot lists the flags. */
const letters: readonly (readonly [letter: string, flag: string])[] = [
  ['R', '\\Answered'],
  ['F', '\\Flagged'],
  ['T', '\\Deleted'],
  ['S', '\\Seen'],
  ['D', '\\Draft'],
];

/** The system flags that a client may set (RFC 3501 section 2.3.2). */
export const settableFlags: readonly string[] = letters.map(([, flag]) => flag);

/** The name without its flags: the same for the message's whole life. */
export function baseOf(name: string): string {
  return path.basename(name).split(':2,')[0] ?? name;
}

/** System flags first, then the keywords that `keywords` has for the small letters. */
export function flagsOf(name: string, keywords: readonly string[]): string[] {
  const info = /:2,([A-Za-z]*)$/.exec(name)?.[1] ?? '';
  const system = letters.filter(([letter]) => info.includes(letter)).map(([, flag]) => flag);
  return [...system, ...keywords.filter((_, index) => info.includes(letterOf(index)))];
}

/** The letters for these flags, in the order maildir(5) asks for. Unknown flags have none. */
export function infoOf(flags: readonly string[], keywords: readonly string[]): string {
  const given = new Set(flags.map((flag) => flag.toLowerCase()));
  const system = letters.filter(([, flag]) => given.has(flag.toLowerCase())).map(([letter]) => letter);
  const own = keywords.flatMap((keyword, index) => (given.has(keyword.toLowerCase()) ? [letterOf(index)] : []));
  return [...system.sort(), ...own.sort()].join('');
}

function letterOf(index: number): string {
  return String.fromCharCode(0x61 + index);
}

/** By time of arrival: seconds, then microseconds as numbers, then the name. */
export function compareArrival(first: string, second: string): number {
  const [a, b] = [arrivalOf(first), arrivalOf(second)];
  return a.seconds - b.seconds || a.micros - b.micros || (first < second ? -1 : first > second ? 1 : 0);
}

function arrivalOf(name: string): { seconds: number; micros: number } {
  const [, seconds = '0', micros = '0'] = /^(\d{1,12})\.(?:[^M:]{0,60}M(\d{1,9}))?/.exec(name) ?? [];
  return { seconds: Number(seconds), micros: Number(micros) };
}
