/**
 * A root is copied while its programs work: what goes away meanwhile is no fault, and all that rests is in the copy.
 */
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { pause } from '#util/deadline.ts';
import { copyRoot } from './host-copies.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-copies-'));
  for (const state of ['active', 'deferred']) await mkdir(path.join(folder, 'root', state), { recursive: true });
  for (let number = 0; number < 300; number++) await writeFile(path.join(folder, 'root', 'other' + number), 'x');
});
afterEach(() => rm(folder, { recursive: true }));

test('a message that moves from folder to folder breaks nothing, and all that rests is copied', async () => {
  const place = (state: string): string => path.join(folder, 'root', state, 'message');
  await writeFile(place('active'), 'mail');
  let isOver = false;
  const moving = (async (): Promise<void> => {
    while (!isOver) {
      await rename(place('active'), place('deferred'));
      // Now and then it rests, as a queue does.
      await pause(systemClock, 5);
      await rename(place('deferred'), place('active'));
      await pause(systemClock, 5);
    }
  })();
  for (let round = 0; round < 20; round++) {
    const copy = path.join(folder, 'copy' + round);
    await copyRoot(path.join(folder, 'root'), copy);
    expect((await readdir(copy)).filter((name) => name.startsWith('other'))).toHaveLength(300);
  }
  isOver = true;
  await moving;
});
