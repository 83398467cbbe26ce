/**
 * A root is copied while its programs work: what goes away meanwhile is no fault, and all that rests is in the copy. Whatever a student left there, it can be copied, removed and put back.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { pause } from '#util/deadline.ts';
import { copyRoot, emptyRoot, keepRoot, restoreRoot } from './host-copies.ts';
import { openWorkspace } from './workspace.ts';

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

describe('what a hostile student leaves', () => {
  const root = (): string => path.join(folder, 'root');
  const copy = (): string => path.join(folder, 'copy');
  /** As its shell would: such names and paths cannot be given to Node. */
  const leave = (script: string): unknown => execFileSync('bash', ['-c', script], { cwd: root() });

  test('names that are no text, and paths longer than a path may be, keep no root from being put back', async () => {
    leave(`printf x > "$(printf 'bad\\xff')"; printf y > "$(printf 'line\nbreak')"`);
    leave(`n=$(printf 'd%.0s' $(seq 200)); for i in $(seq 40); do mkdir $n; cd $n; done; echo deep > file`);
    await copyRoot(root(), copy());
    await emptyRoot(root());
    expect(await readdir(root())).toEqual([]);
    await restoreRoot(copy(), root());
    expect(await readFile(path.join(root(), 'line\nbreak'), 'utf8')).toBe('y');
    const bad = Buffer.concat([Buffer.from(`${root()}/bad`), Buffer.from([0xff])]);
    expect(await readFile(bad, 'utf8')).toBe('x');
    for (const each of [root(), copy()]) await emptyRoot(each);
  });

  test('holes and second names take no room', async () => {
    leave(
      `truncate -s 1T holes; head -c 1000000 /dev/zero | tr '\\0' x > one; for i in $(seq 50); do ln one two$i; done`,
    );
    await copyRoot(root(), copy());
    const blocks = await Promise.all(
      ['holes', 'one'].map(async (name) => (await stat(path.join(copy(), name))).blocks),
    );
    expect(blocks[0]).toBeLessThan(100);
    expect((await stat(path.join(copy(), 'two50'))).nlink).toBe(51);
  });

  test('nobody else comes at a program in a snapshot that runs as its owner', async () => {
    const workspace = openWorkspace(path.join(folder, 'workshop'));
    const from = workspace.hostRoot('pc1', 'gateway');
    await mkdir(from, { recursive: true });
    await writeFile(path.join(from, 'program'), '', { mode: 0o755 });
    const name = await keepRoot(workspace, 'pc1', 'gateway', 'why', systemClock);
    const kept = await stat(path.join(workspace.snapshotFolder('pc1', 'gateway'), name));
    expect(kept.mode & 0o777).toBe(0o700);
  });

  test('what may not be read is an error that names the lack of rights', async () => {
    leave('mkdir shut; touch shut/file; chmod 0 shut');
    const isRoot = os.userInfo().uid === 0;
    if (!isRoot) await expect(copyRoot(root(), copy())).rejects.toMatchObject({ code: 'EACCES' });
    leave('chmod 700 shut');
  });
});
