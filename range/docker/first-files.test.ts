/**
 * What a new seat's disk begins with: the image's first files, laid as a new host's `begin` lays them. Needs root, as the disks do.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { Provision } from '../provision.ts';
import { canLimitDisks } from '../seat-disks.ts';
import { createWorld } from '../world.ts';
import { layFirstFiles } from './first-files.ts';

const packFirst = path.join(import.meta.dirname, '../../containers/base/pack-first');
const provision = new Provision(createWorld({ seed: 'a seed of the test', seats: [{}] }), systemClock);

describe.runIf(canLimitDisks().kind === 'limited')('first files', () => {
  let folder: string;
  const layer = (name: string): string => path.join(folder, name);
  const parent = (): string => path.join(folder, 'workspace');

  /** A layer of an image that has a /etc and /var for new hosts. */
  async function packLayer(name: string): Promise<string> {
    const first = path.join(layer(name), 'usr/share/gatehouse/first');
    await mkdir(path.join(first, 'etc/postfix'), { recursive: true });
    await mkdir(path.join(first, 'var/tmp'), { recursive: true });
    await chmod(path.join(first, 'var/tmp'), 0o1777);
    await writeFile(path.join(first, 'etc/debian_version'), '12\n');
    await writeFile(path.join(first, 'etc/shadow'), '', { mode: 0o640 });
    await chown(path.join(first, 'etc/shadow'), 0, 42);
    await writeFile(path.join(first, 'etc/postfix/main.cf'), "the image's own\n");
    await symlink('/run', path.join(first, 'var/run'));
    await promisify(execFile)('sh', [packFirst, first]);
    return layer(name);
  }

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-first-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('are found in a layer of the image and laid with owners and rights; with what all seats have alike, and nothing that names one', async () => {
    await mkdir(layer('upper'));
    const layers = [layer('upper'), await packLayer('lower')];
    const laid = await layFirstFiles(parent(), () => layers, provision, 'pc1');
    const root = path.join(laid?.folder ?? '', 'mailbox');
    expect(await readdir(laid?.folder ?? '')).toEqual(['gateway', 'mailbox']);
    expect(await readFile(path.join(root, 'etc/debian_version'), 'utf8')).toBe('12\n');
    expect(await stat(path.join(root, 'etc/shadow'))).toMatchObject({ gid: 42, mode: 0o100640 });
    expect((await stat(path.join(root, 'var/tmp'))).mode).toBe(0o41777);
    expect(await readdir(path.join(root, 'etc/postfix'))).toEqual(['master.cf']);
    laid?.[Symbol.dispose]();
    expect(await readdir(parent())).toEqual([]);
  });

  test('are left to begin where the engine has no such folders, or not of every host', async () => {
    const lower = await packLayer('lower');
    expect(await layFirstFiles(parent(), () => [], provision, 'pc1')).toBeUndefined();
    const ofOne = layFirstFiles(parent(), (host) => (host === 'gateway' ? [lower] : [layer('gone')]), provision, 'pc1');
    expect(await ofOne).toBeUndefined();
    expect(existsSync(parent())).toBe(false);
  });

  test.each(['etc', 'etc/postfix'])(
    'in which %s is a link are refused, and nothing is written behind it',
    async (name) => {
      const first = path.join(layer('evil'), 'usr/share/gatehouse/first');
      const outside = layer('outside');
      await mkdir(path.join(first, 'var'), { recursive: true });
      await mkdir(path.dirname(path.join(first, name)), { recursive: true });
      await mkdir(outside);
      await symlink(outside, path.join(first, name));
      await promisify(execFile)('tar', ['-cf', `${first}.folders.tar`, '-C', first, 'var']);
      await promisify(execFile)('tar', ['-cf', `${first}.files.tar`, '-C', first, 'etc']);
      const laid = layFirstFiles(parent(), () => [layer('evil')], provision, 'pc1');
      await expect(laid).rejects.toThrow(`${name} of the image is no folder; cure: `);
      expect(await readdir(outside)).toEqual([]);
    },
  );

  test('that are broken leave nothing behind', async () => {
    const lower = await packLayer('lower');
    await writeFile(path.join(lower, 'usr/share/gatehouse/first.files.tar'), 'x'.repeat(2000));
    await expect(layFirstFiles(parent(), () => [lower], provision, 'pc1')).rejects.toThrow('tar');
    expect(await readdir(parent())).toEqual([]);
  });
});
