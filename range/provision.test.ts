/**
 * A root where a student has been is made complete again, and nothing that the student put there leads our hand elsewhere or keeps the workshop from starting.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { markerName, Provision } from './provision.ts';
import { worldOf } from './workspace.ts';

const world = worldOf({
  version: 1,
  domain: 'sse.ws.test',
  seed: 'a seed for the tests',
  seats: [{ person: '', kind: 'student' }],
});

let folder = '';
const root = (): string => path.join(folder, 'root');
const provision = (host: 'dns' | 'mailbox'): Promise<boolean> =>
  new Provision(world, systemClock).layHost('pc1', host, root());

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-provision-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a root that begins with what all seats have alike is as complete as another', async () => {
  const other = path.join(folder, 'other');
  const provided = new Provision(world, systemClock);
  provided.layAlike('pc1', 'mailbox', root());
  expect(existsSync(path.join(root(), 'etc/postfix/master.cf'))).toBe(true);
  for (const named of ['etc/postfix/main.cf', 'etc/dovecot/users', markerName])
    expect(existsSync(path.join(root(), named)), named).toBe(false);
  expect(await provided.layHost('pc1', 'mailbox', root(), { isAlike: true })).toBe(true);
  await provided.layHost('pc1', 'mailbox', other);
  const list = async (of: string): Promise<string[]> => (await readdir(of, { recursive: true })).sort();
  expect(await list(root())).toEqual(await list(other));
  for (const { path: name, content } of provided.firstFiles('pc1', 'mailbox'))
    if (!/ssl|users/.test(name)) expect(await readFile(path.join(root(), name)), name).toEqual(content);
  expect(await provision('mailbox')).toBe(false);
});

test('what is missing comes back, and what is there stays', async () => {
  expect(await provision('dns')).toBe(true);
  const zone = path.join(root(), 'etc/bind/db.pc1.sse.ws.test');
  await writeFile(zone, 'mine');
  await rm(path.join(root(), 'var'), { recursive: true });
  expect(await provision('dns')).toBe(false);
  expect(existsSync(path.join(root(), 'var/log'))).toBe(true);
  await rm(path.join(root(), markerName));
  await rm(path.join(root(), 'etc/bind/db.198.18.1'));
  expect(await provision('dns')).toBe(true);
  expect(existsSync(path.join(root(), 'etc/bind/db.198.18.1'))).toBe(true);
  expect(await readFile(zone, 'utf8')).toBe('mine');
});

test('links that lead out are not followed, and a file in the place of a folder stops nothing', async () => {
  const outside = path.join(folder, 'outside');
  await mkdir(outside);
  await provision('dns');
  for (const name of ['etc', 'run', markerName]) await rm(path.join(root(), name), { recursive: true });
  await symlink(outside, path.join(root(), 'etc'));
  await symlink(path.join(outside, 'new'), path.join(root(), 'run'));
  await provision('dns');
  expect(await readdir(outside)).toEqual([]);
  await rm(root(), { recursive: true });
  await provision('mailbox');
  await rm(path.join(root(), 'home/afnog'), { recursive: true });
  await writeFile(path.join(root(), 'home/afnog'), '');
  await expect(provision('mailbox')).resolves.toBe(false);
});
