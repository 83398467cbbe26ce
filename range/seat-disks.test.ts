/**
 * A seat's disk: what was there moves onto it, it has an end, and both engines find it again. Needs root and Linux, as the disks themselves.
 */
import { mkdir, mkdtemp, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canLimitDisks, makeSeatDisks, mountSeatDisks, unmountSeatDisks } from './seat-disks.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

describe.runIf(canLimitDisks().kind === 'limited')('a seat’s disk', () => {
  let workspace: Workspace;
  const file = (): string => path.join(workspace.hostRoot('pc1', 'gateway'), 'etc/note');

  beforeEach(async () => {
    workspace = openWorkspace(await mkdtemp(path.join(os.tmpdir(), 'gatehouse-disk-')));
    await mkdir(path.dirname(file()), { recursive: true });
    await writeFile(file(), 'mine\n', { mode: 0o640 });
  });
  afterEach(async () => {
    await unmountSeatDisks(workspace);
    await rm(workspace.folder, { recursive: true });
  });

  test('holds what the folder held, is there again after an end, and is made once', async () => {
    await makeSeatDisks(workspace, ['pc1', 'pc2']);
    expect(await readFile(file(), 'utf8')).toBe('mine\n');
    expect((await stat(file())).mode & 0o777).toBe(0o640);
    await writeFile(file(), 'more\n');
    await unmountSeatDisks(workspace);
    await expect(stat(file())).rejects.toThrow('ENOENT');
    await makeSeatDisks(workspace, ['pc1', 'pc2']);
    await mountSeatDisks(workspace);
    expect(await readFile(file(), 'utf8')).toBe('more\n');
  });

  test('has an end of its own', async () => {
    await makeSeatDisks(workspace, ['pc1', 'pc2']);
    const hog = path.join(path.dirname(file()), 'hog');
    await expect(writeFile(hog, Buffer.alloc(600 * 1024 * 1024))).rejects.toThrow('ENOSPC');
    const { bavail, bsize } = await statfs(workspace.hostRoot('pc2', 'gateway').replace(/gateway$/, ''));
    expect(bavail * bsize).toBeGreaterThan(400 * 1024 * 1024);
  });

  test('a run that broke off while files were moving loses nothing', async () => {
    const seat = path.dirname(workspace.hostRoot('pc1', 'gateway'));
    await mkdir(`${seat}.moving/gateway/etc`, { recursive: true });
    await writeFile(`${seat}.moving/gateway/etc/note`, 'aside\n');
    await rm(seat, { recursive: true });
    await makeSeatDisks(workspace, ['pc1']);
    expect(await readFile(file(), 'utf8')).toBe('aside\n');
  });
});
