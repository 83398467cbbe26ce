/**
 * How much room a workshop wants, and what counts as new.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { judgeRoom, lookForRoom } from './disk-room.ts';
import { openWorkspace } from './workspace.ts';

const megabyte = 1024 * 1024;

test.each([
  [1000, 12, 'enough'],
  [312, 12, 'enough'],
  [311, 12, 'scarce'],
  [12, 12, 'scarce'],
  [11, 12, 'too-little'],
  [0, 0, 'scarce'],
] as const)('%i MB free, %i MB needed: %s', (free, needed, kind) => {
  expect(judgeRoom(free * megabyte, needed)).toMatchObject({ kind, freeMegabytes: free, neededMegabytes: needed });
});

test('seats that have their files need no room for them, and the folder need not be there', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-room-'));
  const workspace = openWorkspace(path.join(folder, 'not', 'yet'));
  expect(await lookForRoom(workspace, 3, 'embedded')).toMatchObject({ neededMegabytes: 3 });
  await mkdir(workspace.hostRoot('pc2', 'mailbox'), { recursive: true });
  expect(await lookForRoom(workspace, 3, 'embedded')).toMatchObject({ neededMegabytes: 2 });
  await rm(folder, { recursive: true });
});
