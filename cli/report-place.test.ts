/**
 * Where reports cannot be written is said before anything is graded.
 */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findLab, loadLabs } from '../grader/load-labs.ts';
import { requirePlaceFor } from './report-place.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-report-'));
  await writeFile(path.join(folder, 'old.csv'), 'old');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([
  ['a folder', '.', 'it is a folder; cure: --output FILE'],
  ['a folder that is not there', 'none/new.csv', /there is no folder .*none; cure: /],
  ['a file in the place of a folder', 'old.csv/new.csv', /there is no folder .*old\.csv; cure: /],
])('%s is refused', async (_what, name, words) => {
  await expect(requirePlaceFor(path.join(folder, name))).rejects.toThrow(words);
});

test('a file that is new, or there, is left as it is', async () => {
  for (const name of ['new.csv', 'old.csv']) await requirePlaceFor(path.join(folder, name));
  expect(await readdir(folder)).toEqual(['old.csv']);
});

test('a lab is named by its number, with a nought or without', async () => {
  const labs = await loadLabs();
  for (const name of ['1', '01', '01-first-mail']) expect(findLab(labs, name).lab.id).toBe('01-first-mail');
  for (const name of ['', '0', '7', '11']) expect(() => findLab(labs, name)).toThrow('no lab');
});
