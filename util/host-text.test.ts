/**
 * A host's text files: read, refused, and never waited for.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHostRoot } from './host-root.ts';
import { readHostText } from './host-text.ts';

let folder = '';
const within = (name: string): string => path.join(folder, 'root', name);
const read = (name: string): Promise<string> => readHostText(createHostRoot(within('')), name);

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-host-text-'));
  await mkdir(within('etc'), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

test('a file is read as it is now, also by a link inside the host', async () => {
  await writeFile(within('etc/main.cf'), 'first\n');
  await symlink('main.cf', within('etc/other.cf'));
  expect(await read('/etc/main.cf')).toBe('first\n');
  await writeFile(within('etc/main.cf'), 'second\n');
  expect(await read('/etc/other.cf')).toBe('second\n');
});

test('what is missing, a folder, or outside is told', async () => {
  await writeFile(path.join(folder, 'secret'), 'secret');
  await symlink(path.join(folder, 'secret'), within('etc/out'));
  await expect(read('/etc/none')).rejects.toThrow('ENOENT');
  await expect(read('/etc')).rejects.toThrow('EISDIR');
  await expect(read('/etc/out')).rejects.toThrow("leads outside the host's root");
});

test('a pipe that nobody writes to holds nobody up', async () => {
  execFileSync('mkfifo', [within('etc/pipe')]);
  await expect(read('/etc/pipe')).rejects.toThrow('is a pipe, not a file');
});

test('a device counts as empty, also one that never ends', async () => {
  const root = createHostRoot('/');
  expect(await readHostText(root, '/dev/null')).toBe('');
  expect(await readHostText(root, '/dev/zero')).toBe('');
});
