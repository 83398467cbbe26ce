/**
 * `up` on a disk that is nearly full: it warns and starts, or refuses and keeps no plan. The disk is a small tmpfs, which takes root and Linux.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canLimitDisks } from '../range/seat-disks.ts';
import { loadWorkshop, openWorkspace } from '../range/workspace.ts';

const run = promisify(execFile);
const main = path.join(import.meta.dirname, 'main.ts');

describe.runIf(canLimitDisks().kind === 'limited')('a computer’s disk that is nearly full', { timeout: 60_000 }, () => {
  let disk: string;
  const gatehouse = (...words: string[]) =>
    run(process.execPath, [main, ...words, '--workspace', path.join(disk, 'workshop')]);

  beforeEach(async () => {
    disk = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-small-'));
    await run('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'none', disk]);
  });
  afterEach(async () => {
    await gatehouse('down').catch(() => undefined);
    await run('umount', [disk]);
    await rm(disk, { recursive: true });
  });

  test('is told, and the workshop starts', async () => {
    const { stdout, stderr } = await gatehouse('up', '--detach', '--seats', '2');
    expect(stdout).toContain('ready in');
    expect(stderr).toMatch(/nearly full: (39|40) MB are free\n.*can be lost\. Cure: make room/);
  });

  test('is told before a plan is kept that finds no room there', async () => {
    await expect(gatehouse('up', '--detach', '--seats', '60')).rejects.toThrow(
      /no room on the disk of .*: the new seats take 60 MB, (39|40) MB are free; cure: make room/,
    );
    expect(await loadWorkshop(openWorkspace(path.join(disk, 'workshop')))).toBeUndefined();
  });
});
