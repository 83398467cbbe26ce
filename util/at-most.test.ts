/**
 * So many at once, and what an error leaves behind.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { forEachAtMost } from './at-most.ts';

test('all items get their turn, no more than so many at once', async () => {
  const [begun, atOnce] = [[] as number[], { now: 0, most: 0 }];
  await forEachAtMost(2, [1, 2, 3, 4, 5], async (item) => {
    begun.push(item);
    atOnce.most = Math.max(atOnce.most, (atOnce.now += 1));
    await nextTurn();
    atOnce.now -= 1;
  });
  expect(begun).toEqual([1, 2, 3, 4, 5]);
  expect(atOnce).toEqual({ now: 0, most: 2 });
});

test('after an error nothing more is begun, and what was begun has ended before it is told', async () => {
  const [begun, ended] = [[] as string[], [] as string[]];
  const work = forEachAtMost(2, ['slow', 'broken', 'next', 'last'], async (item) => {
    begun.push(item);
    if (item === 'broken') throw new Error('it is broken');
    for (let turns = 0; turns < 3; turns += 1) await nextTurn();
    ended.push(item);
  });
  await expect(work).rejects.toThrow('it is broken');
  expect(begun).toEqual(['slow', 'broken']);
  expect(ended).toEqual(['slow']);
});
