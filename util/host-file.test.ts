/**
 * Files of a host whose owner is hostile: nothing leads out of its root, nothing holds the reader up, whatever is swapped meanwhile.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { appendToHostFile, makeHostFolder, openHostFile, writeHostFile } from './host-file.ts';
import { createHostRoot, type HostRoot } from './host-root.ts';

let folder = '';
let root: HostRoot;
const within = (name: string): string => path.join(folder, 'root', name);
const outside = (name: string): string => path.join(folder, 'outside', name);
const content = Buffer.from('ours\n');

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-host-file-'));
  root = createHostRoot(path.join(folder, 'root'));
  await mkdir(within('etc'), { recursive: true });
  await mkdir(outside('empty'), { recursive: true });
  await writeFile(outside('secret'), 'secret');
});
afterEach(() => rm(folder, { recursive: true }));

async function read(hostPath: string): Promise<string> {
  const file = await openHostFile(root, hostPath);
  return file.readFile('utf8').finally(() => file.close());
}

test('a plain file is read, through links inside the root as well', async () => {
  await writeFile(within('etc/file'), 'text');
  await symlink('file', within('etc/link'));
  expect(await read('/etc/link')).toBe('text');
});

test('a FIFO, a device and a folder in the place of a file are refused at once', async () => {
  execFileSync('mkfifo', [within('etc/fifo')]);
  for (const name of ['/etc/fifo', '/etc']) await expect(read(name)).rejects.toThrow(`${name} is not a plain file`);
  await symlink('/dev/zero', within('etc/zero'));
  await expect(read('/etc/zero')).rejects.toThrow("leads outside the host's root");
  await expect(appendToHostFile(root, '/etc/fifo', 'x')).rejects.toThrow(/ENXIO|not a plain file/);
});

test('nothing is read, made or written through a link that leads out', async () => {
  await symlink(outside(''), within('etc/out'));
  await expect(read('/etc/out/secret')).rejects.toThrow("leads outside the host's root");
  for (const write of [
    () => writeHostFile(root, { path: '/etc/out/secret', content }),
    () => writeHostFile(root, { path: '/etc/out/new/file', content }),
    () => appendToHostFile(root, '/etc/out/secret', 'ours'),
    () => makeHostFolder(root, '/etc/out/new/folder'),
  ])
    await expect(write()).rejects.toThrow("leads outside the host's root");
  expect((await readdir(outside(''))).sort()).toEqual(['empty', 'secret']);
  expect(await readFile(outside('secret'), 'utf8')).toBe('secret');
});

test('a link in the place of the file itself is replaced, not followed, and is not added to', async () => {
  await symlink(outside('secret'), within('etc/file'));
  await expect(appendToHostFile(root, '/etc/file', 'x')).rejects.toThrow('ELOOP');
  await writeHostFile(root, { path: '/etc/file', content, mode: 0o666 });
  expect(await readFile(within('etc/file'), 'utf8')).toBe('ours\n');
  expect((await stat(within('etc/file'))).mode & 0o777).toBe(0o666);
  expect(await readFile(outside('secret'), 'utf8')).toBe('secret');
  await writeHostFile(root, { path: '/etc/file', content: Buffer.from('new') }, { isKept: true });
  expect(await readFile(within('etc/file'), 'utf8')).toBe('ours\n');
});

test('missing folders are made', async () => {
  await appendToHostFile(root, '/var/log/some.log', 'one\n');
  await appendToHostFile(root, '/var/log/some.log', 'two\n');
  expect(await read('/var/log/some.log')).toBe('one\ntwo\n');
});

/** A folder that becomes a link, and a folder again, as fast as a process can; what a writer made meanwhile is set aside. */
const swap = `for (my $n = 0;; $n++) {
  rename "conf", "held"; symlink $ARGV[0], "conf";
  unlink "conf" or rename "conf", "aside$n"; rename "held", "conf";
}`;

test.runIf(os.platform() === 'linux')(
  'a folder that becomes a link out again and again is never followed',
  async () => {
    await mkdir(within('etc/conf'));
    await writeFile(within('etc/conf/secret'), 'own');
    await chmod(outside('secret'), 0o600);
    const swapper = spawn('perl', ['-e', swap, outside('')], { cwd: within('etc') });
    const seen = new Set<string>();
    // A busy machine may leave the swapper no time at first.
    for (let round = 0; round < 1000 || seen.size < 2; round++) {
      seen.add(await read('/etc/conf/secret').catch(() => 'refused'));
      await writeHostFile(root, { path: '/etc/conf/secret', content: Buffer.from('own'), mode: 0o644 }).catch(() => {});
      await writeHostFile(root, { path: '/etc/conf/sub/file', content }).catch(() => {});
    }
    const ended = once(swapper, 'close');
    swapper.kill('SIGKILL');
    await ended;
    expect([...seen].sort()).toEqual(['own', 'refused']);
    expect((await readdir(outside(''))).sort()).toEqual(['empty', 'secret']);
    expect(await readFile(outside('secret'), 'utf8')).toBe('secret');
    expect((await stat(outside('secret'))).mode & 0o777).toBe(0o600);
  },
);
