/**
 * The command dig where a link to it stands first on PATH, as in an image.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

test('a link to it is not taken for the genuine program', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gatehouse-dig-'));
  try {
    const [links, programs] = ['sbin', 'bin'].map((name) => path.join(folder, name)) as [string, string];
    for (const each of [links, programs]) mkdirSync(each);
    symlinkSync(path.join(import.meta.dirname, 'tools', 'bin', 'dig'), path.join(links, 'dig'));
    writeFileSync(path.join(programs, 'dig'), '#!/bin/sh\necho genuine "$@"\n', { mode: 0o755 });
    const PATH = [links, programs, process.env['PATH']].join(path.delimiter);
    const env = { ...process.env, PATH, GATEHOUSE_DNS: '127.0.0.1:5300', GATEHOUSE_NODE: process.execPath };
    const told = execFileSync(path.join(links, 'dig'), ['one.test'], { env, timeout: 20_000 }).toString();
    expect(told).toBe('genuine @127.0.0.1 -p 5300 one.test\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
