/**
 * The journal keeps what was graded, and notices what was changed in it.
 */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openJournal, type JournalEvent, type RunEvent } from './journal.ts';
import { standingOf } from './standing.ts';

const run = (minute: number, verdict: 'pass' | 'fail', networks: string): RunEvent => ({
  kind: 'run',
  at: `2026-11-24T10:${String(minute).padStart(2, '0')}:00.000Z`,
  lab: '02-who-may-relay',
  version: '1.0.0',
  points: verdict === 'pass' ? 1 : 0,
  of: 1,
  checks: { closed: verdict },
  settings: { 'gateway mynetworks': networks },
});

async function journalOf(events: readonly JournalEvent[]) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-journal-'));
  const journal = openJournal(folder, 'secret of the workshop');
  for (const event of events) await journal.append('pc1', event);
  return { journal, file: path.join(folder, 'pc1.jsonl'), folder };
}

test('a journal gives back what was written, in order', async () => {
  const events = [run(1, 'pass', 'a'), run(2, 'fail', 'b'), run(3, 'pass', 'c')];
  const { journal } = await journalOf(events);
  expect(await journal.read('pc1')).toMatchObject({ events, problems: [] });
});

test('the order of the properties of an event does not matter', async () => {
  const { settings, checks, ...rest } = run(1, 'pass', 'a');
  const { journal } = await journalOf([{ settings, checks, ...rest }]);
  expect(await journal.read('pc1')).toMatchObject({ events: [run(1, 'pass', 'a')], problems: [] });
});

test('a changed line does not count, is named, and takes down those that build on it', async () => {
  const { journal, file } = await journalOf([run(1, 'pass', 'a'), run(2, 'fail', 'b'), run(3, 'fail', 'c')]);
  await writeFile(file, (await readFile(file, 'utf8')).replace('"closed":"fail"', '"closed":"pass"'));
  const { events, problems } = await journal.read('pc1');
  expect(events).toHaveLength(1);
  expect(problems[0]).toContain(`${file}, line 2`);
});

test('a line taken out of the middle is noticed', async () => {
  const { journal, file } = await journalOf([run(1, 'pass', 'a'), run(2, 'fail', 'b'), run(3, 'pass', 'c')]);
  const lines = (await readFile(file, 'utf8')).split('\n');
  await writeFile(file, [lines[0], lines[2], ''].join('\n'));
  expect((await journal.read('pc1')).problems).toHaveLength(1);
});

test('a line written with another key, or copied from another seat, does not count', async () => {
  const { journal, file, folder } = await journalOf([run(1, 'pass', 'a')]);
  await openJournal(folder, 'guess').append('pc1', run(2, 'pass', 'b'));
  expect((await journal.read('pc1')).events).toHaveLength(1);
  await writeFile(path.join(folder, 'pc2.jsonl'), await readFile(file));
  expect((await journal.read('pc2')).events).toHaveLength(0);
});

test('text that is no event is a problem, never a crash', async () => {
  const { journal, file } = await journalOf([]);
  await writeFile(file, 'nonsense\n{"event":{}}\nnull\n');
  expect((await journal.read('pc1')).problems).toHaveLength(3);
});

test('what held and broke says since when, and what was changed between', () => {
  const earlier = [run(1, 'fail', 'a'), run(2, 'pass', '127.0.0.0/8'), run(3, 'fail', 'x')];
  expect(standingOf('closed', run(9, 'fail', '0.0.0.0/0'), earlier)).toEqual({
    heldFirst: '2026-11-24T10:02:00.000Z',
    heldLast: '2026-11-24T10:02:00.000Z',
    brokenSince: '2026-11-24T10:03:00.000Z',
    changed: ['gateway mynetworks: "127.0.0.0/8" became "0.0.0.0/0"'],
  });
  expect(standingOf('closed', run(9, 'pass', 'x'), earlier)).toMatchObject({ brokenSince: null, changed: [] });
});
