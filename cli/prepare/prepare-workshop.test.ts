/**
 * What docker compose's first service leaves in a workspace.
 */
import { chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { loadWorkshop, openWorkspace, readState } from '../../range/workspace.ts';
import { loadTexts } from '../texts.ts';
import { preparedText, prepareWorkshop } from './prepare-workshop.ts';

const say = loadTexts();
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-prepare-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const prepare = (seats: number, genuine: readonly string[] = []) =>
  prepareWorkshop(
    { workspace: path.join(folder, 'workshop'), project: folder, seats, genuine, clock: systemClock },
    say,
  );

test('the seats, the lab and the note that it runs are there; seats and passwords are told', async () => {
  const world = await prepare(2);
  const workspace = openWorkspace(path.join(folder, 'workshop'));
  for (const host of ['gateway', 'mailbox', 'dns'] as const)
    await expect(stat(path.join(workspace.hostRoot('pc2', host), '.gatehouse-host'))).resolves.toBeDefined();
  expect(await readFile(path.join(workspace.folder, 'lab/dns/etc/gatehouse/zones.json'), 'utf8')).toContain(
    'pc2.sse.ws.test',
  );
  expect(await readState(workspace)).toMatchObject({ engine: 'docker', wire: 'direct' });
  const text = preparedText(world, say);
  for (const { id, password } of world.seats) expect(text).toMatch(new RegExp(`^${id} .*${password}$`, 'm'));
});

test('again: the same passwords, persons and students’ files', async () => {
  const before = await prepare(2);
  const workspace = openWorkspace(path.join(folder, 'workshop'));
  const file = path.join(workspace.hostRoot('pc1', 'gateway'), 'etc/postfix/main.cf');
  await writeFile(file, 'myhostname = mine\n');
  const after = await prepare(3);
  expect(after.seats.slice(0, 2).map(({ password }) => password)).toEqual(before.seats.map(({ password }) => password));
  expect((await loadWorkshop(workspace))?.seats).toHaveLength(3);
  expect(await readFile(file, 'utf8')).toBe('myhostname = mine\n');
});

test.runIf(process.getuid?.() === 0)('what the command writes belongs to the owner of the project', async () => {
  await chown(folder, 12345, 12346);
  await prepare(2);
  for (const name of ['.', 'workshop.json', 'grades', 'snapshots', 'run', 'run/state.json']) {
    const { uid, gid } = await stat(path.join(folder, 'workshop', name));
    expect([name, uid, gid]).toEqual([name, 12345, 12346]);
  }
  expect((await stat(path.join(folder, 'workshop', 'workshop.json'))).mode & 0o777).toBe(0o600);
});

test('a host that is to be a genuine one begins anew, and what it had is kept', async () => {
  await prepare(2);
  const workspace = openWorkspace(path.join(folder, 'workshop'));
  const mine = (host: 'gateway' | 'mailbox'): string => path.join(workspace.hostRoot('pc2', host), 'etc/mine');
  for (const host of ['gateway', 'mailbox'] as const) await writeFile(mine(host), 'mine');
  const world = await prepare(2, ['pc2-gateway']);
  expect(world.seats.map(({ genuine }) => genuine)).toEqual([[], ['gateway']]);
  await expect(stat(mine('gateway'))).rejects.toThrow('ENOENT');
  await expect(stat(mine('mailbox'))).resolves.toBeDefined();
  expect(await readdir(workspace.snapshotFolder('pc2', 'gateway'))).toEqual([
    expect.stringContaining('before-genuine'),
  ]);
  expect((await prepare(2)).seats[1]?.genuine).toEqual([]);
});

test('a workshop that the embedded engine runs is left alone', async () => {
  await prepare(2);
  await writeFile(path.join(folder, 'workshop/run/range.ctl'), '/tmp/somewhere\n');
  await expect(prepare(2)).rejects.toThrow(/without containers\n *cure: end it \(gatehouse down\)/);
});

test('seats whose disks are not mounted are refused: their hosts would begin anew', async () => {
  await prepare(2);
  await rm(path.join(folder, 'workshop/seats'), { recursive: true });
  await mkdir(path.join(folder, 'workshop/disks'));
  await writeFile(path.join(folder, 'workshop/disks/pc1.img'), 'no file system');
  await expect(prepare(2)).rejects.toThrow(/disks of their own.*\n.*cure: gatehouse up --engine docker/);
  await expect(stat(path.join(folder, 'workshop/seats/pc1/gateway'))).rejects.toThrow('ENOENT');
});
