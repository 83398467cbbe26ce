/**
 * attempts - how often each message was begun, in a small database that outlives a crash: a message that brings the scanner down is not tried for ever.
 *
 * The table is that of the genuine Processing Attempts Database (SQLite). `begin` is on disk before a message is touched; `done` after it has left `hold`.
 * When the database cannot be used, counts are kept in memory and the log says so.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface Attempts {
  /** Times the message was begun and not done. */
  count(queueId: string): number;
  begin(queueIds: readonly string[]): void;
  done(queueIds: readonly string[]): void;
  /** All that are open. */
  all(): readonly { readonly id: string; readonly count: number }[];
  close(): void;
}

/** `file`: machine path. @throws Error when it is no database. */
export async function openAttempts(file: string): Promise<Attempts> {
  mkdirSync(path.dirname(file), { recursive: true });
  const database = new DatabaseSync(file);
  // A power cut may forget a count; that costs one more attempt.
  database.exec(
    'PRAGMA synchronous = OFF; PRAGMA busy_timeout = 2000;' +
      'CREATE TABLE IF NOT EXISTS processing(id TEXT PRIMARY KEY, count INT, nexttime INT)',
  );
  const count = database.prepare('SELECT count FROM processing WHERE id = ?');
  const begin = database.prepare(
    'INSERT INTO processing VALUES(?, 1, 0) ON CONFLICT(id) DO UPDATE SET count = count + 1',
  );
  const done = database.prepare('DELETE FROM processing WHERE id = ?');
  const open = database.prepare('SELECT id, count FROM processing ORDER BY id');
  const each = (ids: readonly string[], run: (id: string) => unknown): void => {
    database.exec('BEGIN');
    for (const id of ids) run(id);
    database.exec('COMMIT');
  };
  return {
    count: (id) => Number(count.get(id)?.['count'] ?? 0),
    begin: (ids) => each(ids, (id) => begin.run(id)),
    done: (ids) => each(ids, (id) => done.run(id)),
    all: () => open.all().map((row) => ({ id: String(row['id']), count: Number(row['count']) })),
    close: () => database.close(),
  };
}

/** Counts that end with the process. */
export function createMemoryAttempts(): Attempts {
  const counts = new Map<string, number>();
  return {
    count: (id) => counts.get(id) ?? 0,
    begin: (ids) => ids.forEach((id) => counts.set(id, (counts.get(id) ?? 0) + 1)),
    done: (ids) => ids.forEach((id) => counts.delete(id)),
    all: () => [...counts].map(([id, count]) => ({ id, count })),
    close: () => undefined,
  };
}
