/**
 * keywords - a folder's own flag names (`$Forwarded`), kept in `dovecot-keywords` as Dovecot keeps them: `0 $Forwarded`, number 0 being the letter `a`.
 *
 * Limits: 26 keywords a folder, as many as Maildir has small letters; a further one is not kept.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '#util/atomic-file.ts';

export const mostKeywords = 26;
const keywordPattern = /^[\x21\x23-\x24\x26-\x27\x2b-\x5b\x5e-\x7a\x7c\x7e]{1,50}$/; // RFC 3501 section 9, atom

/** Could this be a keyword? System flags begin with a backslash. */
export function isKeyword(word: string): boolean {
  return keywordPattern.test(word);
}

/** The names in the order of their letters; a hole in the numbers is an empty name. */
export async function loadKeywords(folder: string): Promise<string[]> {
  const text = await readFile(path.join(folder, 'dovecot-keywords'), 'utf8').catch(() => '');
  const names: string[] = [];
  for (const line of text.split('\n')) {
    const [, number = '', name = ''] = /^(\d{1,2}) (\S+)$/.exec(line) ?? [];
    if (number !== '' && Number(number) < mostKeywords && isKeyword(name)) names[Number(number)] = name;
  }
  return Array.from(names, (name) => name ?? '');
}

export function saveKeywords(folder: string, names: readonly string[]): Promise<void> {
  const text = names.flatMap((name, index) => (name === '' ? [] : [`${index} ${name}\n`])).join('');
  return writeFileAtomic(path.join(folder, 'dovecot-keywords'), text, 0o600);
}
