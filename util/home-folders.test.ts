/**
 * Home folders are made and given away, whatever else stands in /etc/passwd.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeHomeFolders } from './home-folders.ts';
import { createHostRoot } from './host-root.ts';

let folder = '';
beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'gatehouse-homes-'))));
afterEach(() => rmSync(folder, { recursive: true }));

test('users get their home folders; a line that is broken, or whose folder cannot be, stops nobody', () => {
  const { uid, gid } = os.userInfo();
  mkdirSync(path.join(folder, 'etc'));
  mkdirSync(path.join(folder, 'home'));
  writeFileSync(path.join(folder, 'home', 'taken'), '');
  const lines = [
    'root:x:0:0:root:/root:/bin/bash',
    'nonsense',
    `broken:x:one:${gid}::/home/broken:/bin/sh`,
    `taken:x:${uid}:${gid}::/home/taken:/bin/sh`,
    `afnog:x:${uid}:${gid}:Workshop user:/home/afnog:/bin/bash`,
  ];
  writeFileSync(path.join(folder, 'etc', 'passwd'), `${lines.join('\n')}\n`);
  const told: string[] = [];
  makeHomeFolders(createHostRoot(folder), (line) => told.push(line));
  const made = statSync(path.join(folder, 'home', 'afnog'));
  expect([made.isDirectory(), made.uid, made.gid]).toEqual([true, uid, gid]);
  expect(told).toEqual([expect.stringContaining('home folder /home/taken: EEXIST')]);
  expect(() => statSync(path.join(folder, 'home', 'broken'))).toThrow('ENOENT');
  expect(() => statSync(path.join(folder, 'root'))).toThrow('ENOENT');
});
