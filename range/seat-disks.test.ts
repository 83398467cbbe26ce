/**
 * A seat's disk: what was there moves onto it, it has an end, and both engines find it again. Needs root and Linux, as the disks themselves.
 */
import { execFile } from 'node:child_process';
import { chown, mkdir, mkdtemp, readdir, readFile, rm, stat, statfs, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { keepRoot, listSnapshots } from './host-copies.ts';
import { Provision } from './provision.ts';
import { canLimitDisks, makeSeatDisks, mountSeatDisks, unmountSeatDisks } from './seat-disks.ts';
import { openWorkspace, type Workspace } from './workspace.ts';
import { createWorld } from './world.ts';

describe.runIf(canLimitDisks().kind === 'limited')('a seat’s disk', () => {
  let workspace: Workspace;
  const file = (): string => path.join(workspace.hostRoot('pc1', 'gateway'), 'etc/note');

  beforeEach(async () => {
    workspace = openWorkspace(await mkdtemp(path.join(os.tmpdir(), 'gatehouse #disk-')));
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

  test('holds what it is given to begin with, owners and rights too; what the folder held goes before', async () => {
    const content = path.join(workspace.folder, 'first');
    await mkdir(path.join(content, 'gateway/etc'), { recursive: true });
    await writeFile(path.join(content, 'gateway/etc/shadow'), 'x\n', { mode: 0o640 });
    await chown(path.join(content, 'gateway/etc/shadow'), 0, 42);
    expect(await makeSeatDisks(workspace, ['pc1', 'pc2', 'pc3'], content)).toEqual(new Set(['pc2', 'pc3']));
    for (const seat of ['pc2', 'pc3']) {
      const { mode, gid } = await stat(path.join(workspace.hostRoot(seat, 'gateway'), 'etc/shadow'));
      expect({ mode: mode & 0o777, gid }).toEqual({ mode: 0o640, gid: 42 });
    }
    expect(await readdir(path.dirname(file()))).toEqual(['note']);
    expect(await makeSeatDisks(workspace, ['pc2'], content)).toEqual(new Set());
  });

  test('that cannot be made is told in the words of the program', async () => {
    const made = makeSeatDisks(workspace, ['pc2'], path.join(workspace.folder, 'nowhere'));
    await expect(made).rejects.toThrow(/nowhere[^]*^mkfs\.ext4: No such file/m);
    expect(await readdir(path.join(workspace.folder, 'disks'))).not.toContain('pc2.img');
  });

  test('has an end of its own', async () => {
    await makeSeatDisks(workspace, ['pc1', 'pc2']);
    const hog = path.join(path.dirname(file()), 'hog');
    await expect(writeFile(hog, Buffer.alloc(600 * 1024 * 1024))).rejects.toThrow('ENOSPC');
    const { bavail, bsize } = await statfs(workspace.hostRoot('pc2', 'gateway').replace(/gateway$/, ''));
    expect(bavail * bsize).toBeGreaterThan(400 * 1024 * 1024);
  });

  test('a snapshot that finds no room is none, and says so', async () => {
    await makeSeatDisks(workspace, ['pc1', 'pc2']);
    const small = path.dirname(workspace.hostRoot('pc2', 'gateway'));
    await symlink(small, path.join(workspace.folder, 'snapshots'));
    await mkdir(workspace.snapshotFolder('pc1', 'gateway'), { recursive: true });
    await writeFile(path.join(path.dirname(file()), 'mail'), Buffer.alloc(100_000, 'x'));
    await fill(small, 20_000);
    const keep = (): Promise<string> => keepRoot(workspace, 'pc1', 'gateway', 'test', systemClock);
    await expect(keep()).rejects.toThrow(/no snapshot of pc1 gateway .*; cure: make room/);
    expect(await listSnapshots(workspace, 'pc1', 'gateway')).toEqual([]);
    expect(await readdir(workspace.snapshotFolder('pc1', 'gateway'))).toEqual([]);
    await rm(path.join(small, 'hog'));
    const kept = await keep();
    expect(await listSnapshots(workspace, 'pc1', 'gateway')).toEqual([kept]);
  });

  test('a host that found no room for its first files is whole once there is room', async () => {
    await makeSeatDisks(workspace, ['pc1']);
    const world = createWorld({
      domain: 'sse.ws.test',
      seed: 'a seed of the test',
      seats: Array.from({ length: 2 }, () => ({ person: '', kind: 'student' as const })),
    });
    const root = workspace.hostRoot('pc1', 'mailbox');
    const seat = path.dirname(root);
    const lay = (): Promise<boolean> => new Provision(world, systemClock).layHost('pc1', 'mailbox', root);
    // All folders are there, and room for some of the files.
    for (const { path: name } of new Provision(world, systemClock).firstFiles('pc1', 'mailbox'))
      await mkdir(path.join(root, path.dirname(name)), { recursive: true });
    await fill(seat, 80_000);
    await expect(lay()).rejects.toThrow('cure: ');
    await rm(path.join(seat, 'hog'));
    await lay();
    for (const { path: name, content } of new Provision(world, systemClock).firstFiles('pc1', 'mailbox'))
      if (content.length > 0) expect((await stat(path.join(root, name))).size, name).toBeGreaterThan(0);
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

/** Leaves so much room on the disk that holds `folder`; file `hog` has the rest. */
async function fill(folder: string, room: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const hog = path.join(folder, 'hog');
  const most = bavail * bsize;
  await promisify(execFile)('fallocate', ['-l', String(most - room - 100_000), hog]);
  const rest = await statfs(folder);
  const more = rest.bavail * rest.bsize - room;
  if (more > 0) await promisify(execFile)('fallocate', ['-o', String(most - room - 100_000), '-l', String(more), hog]);
}
