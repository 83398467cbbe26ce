/**
 * dig.test - which dig is run: never this command itself, by whatever link it is on PATH.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

test('links to this command are passed over, as a container has one before the genuine dig', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gatehouse-dig-'));
  try {
    const [linked, genuine] = [path.join(folder, 'sbin'), path.join(folder, 'bin')];
    for (const each of [linked, genuine]) mkdirSync(each);
    symlinkSync(path.join(import.meta.dirname, 'bin', 'dig'), path.join(linked, 'dig'));
    writeFileSync(path.join(genuine, 'dig'), '#!/bin/sh\necho "genuine $*"\n', { mode: 0o755 });
    const { stdout } = spawnSync(path.join(linked, 'dig'), ['+short', 'sse.ws.test'], {
      encoding: 'utf8',
      timeout: 20_000,
      env: {
        PATH: [linked, genuine, '/usr/bin', '/bin'].join(':'),
        GATEHOUSE_NODE: process.execPath,
        GATEHOUSE_DNS: '198.18.0.53:53',
      },
    });
    expect(stdout).toBe('genuine @198.18.0.53 -p 53 +short sse.ws.test\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
