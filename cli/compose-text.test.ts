/**
 * Of which seats and for which folder the compose file is made.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWorkspace, saveWorkshop } from '../range/workspace.ts';
import { composeText } from './compose-text.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-compose-text-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const services = (text: string): string[] => [...text.matchAll(/^ {2}([\w-]+):$/gm)].map(([, name = '']) => name);

test('two seats unless told; the workspace’s own when it has some; as many as asked for', async () => {
  expect(services(await composeText({ workspace: folder }))).toContain('pc2-mailbox');
  expect(services(await composeText({ workspace: folder }))).not.toContain('pc3-mailbox');
  await saveWorkshop(
    openWorkspace(folder),
    [1, 2, 3, 4].map(() => ({ person: 'Ada', kind: 'student' as const })),
  );
  const own = await composeText({ workspace: folder });
  expect(services(own)).toContain('pc4-mailbox');
  expect(own).toContain('GATEHOUSE_SEATS: "4"');
  expect(own).not.toContain('Ada');
  expect(services(await composeText({ workspace: folder, seats: 3 }))).not.toContain('pc4-mailbox');
});

test('a genuine host is asked for as with up, and kept when the workspace has it', async () => {
  const asked = await composeText({ workspace: folder, seats: 2, gateway: { kind: 'genuine', seats: ['pc2'] } });
  expect(asked).toContain('# A workshop in containers, made by: gatehouse compose --seats 2 --gateway genuine pc2');
  expect(asked).toMatch(/ {2}pc2-gateway:\n(?: {4}.*\n)*? {4}image: gatehouse\/genuine:/);
  await saveWorkshop(openWorkspace(folder), [
    { person: '', kind: 'student' },
    { person: '', kind: 'student', genuine: ['gateway'] },
  ]);
  expect(await composeText({ workspace: folder, seats: 2 })).toBe(asked);
  await expect(composeText({ workspace: folder, gateway: { kind: 'genuine', seats: ['pc7'] } })).rejects.toThrow('pc7');
});

test('nothing secret of the workspace is in it', async () => {
  const { seed } = await saveWorkshop(openWorkspace(folder), undefined);
  expect(await composeText({ workspace: folder })).not.toContain(seed);
});

test.each([
  ['class', './class/seats/pc1/gateway/etc:/etc'],
  ['./class/', './class/seats/pc1/gateway/etc:/etc'],
  ['/srv/class/', '- /srv/class/seats/pc1/gateway/etc:/etc'],
])('--workspace %s', async (workspace, volume) => {
  expect(await composeText({ workspace, seats: 2 })).toContain(volume);
});

test('a ring of one is refused with the cure', async () => {
  await expect(composeText({ workspace: folder, seats: 1 })).rejects.toThrow(/at least two seats; cure: --seats 2/);
});
