/**
 * uid-list - a folder's unique ids, kept in `dovecot-uidlist` (RFC 3501 section 2.3.1.1: an id is never used again).
 *
 * `3 V<uidvalidity> N<next uid>`, then one line a message: `<uid> :<base name>`. Lines that Dovecot itself wrote, with sizes between, are understood.
 * A list that cannot be read starts a new UIDVALIDITY, so that no client mistakes one message for another.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '#util/atomic-file.ts';

export interface UidList {
  readonly validity: number;
  next: number;
  /** Base name -> unique id. */
  readonly uids: Map<string, number>;
}

/** Undefined when there is none or its first line is no such line. */
export async function loadUidList(folder: string): Promise<UidList | undefined> {
  const text = await readFile(path.join(folder, 'dovecot-uidlist'), 'utf8').catch(() => '');
  const [head = '', ...lines] = text.split('\n');
  const [, validity, next] = /^3 V(\d{1,10}) N(\d{1,10})\b/.exec(head) ?? [];
  if (validity === undefined || next === undefined || Number(validity) === 0) return undefined;
  const uids = new Map<string, number>();
  let largest = 0;
  for (const line of lines) {
    const [, uid, base] = /^(\d{1,10}) (?:[A-Z]\S* )*:([^:]+)/.exec(line) ?? [];
    if (uid === undefined || base === undefined) continue;
    uids.set(base, Number(uid));
    largest = Math.max(largest, Number(uid));
  }
  return { validity: Number(validity), next: Math.max(Number(next), largest + 1), uids };
}

export function saveUidList(folder: string, list: UidList): Promise<void> {
  const lines = [...list.uids].sort((first, second) => first[1] - second[1]).map(([base, uid]) => `${uid} :${base}`);
  const text = [`3 V${list.validity} N${list.next}`, ...lines, ''].join('\n');
  return writeFileAtomic(path.join(folder, 'dovecot-uidlist'), text, 0o600);
}
