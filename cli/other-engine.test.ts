/**
 * A workspace is run by one engine at a time. That a workshop in containers keeps the embedded engine away is a test on Docker (test/docker/compose.test.ts).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { serveControl } from '#util/control.ts';
import { openWorkspace, saveWorkshop, writeState } from '../range/workspace.ts';
import { refuseOtherEngine } from './other-engine.ts';
import { loadTexts } from './texts.ts';

const say = loadTexts();
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-engines-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('what the embedded engine runs, Docker leaves alone, until it is ended', async () => {
  const workspace = openWorkspace(folder);
  const server = await serveControl(workspace.controlFile, () => Promise.resolve({ exitCode: 0, output: '' }));
  await expect(refuseOtherEngine(workspace, 'docker', say)).rejects.toThrow(
    /embedded engine runs in .*; cure: gatehouse down/,
  );
  await server.stop();
  await refuseOtherEngine(workspace, 'docker', say);
});

test('a workshop that was on Docker once, and does not run there, may start without', async () => {
  const workspace = openWorkspace(folder);
  await saveWorkshop(workspace, undefined);
  await writeState(workspace, { pid: 0, engine: 'docker', wire: 'direct', startedAt: '2026-01-01T00:00:00Z' });
  await refuseOtherEngine(workspace, 'embedded', say);
});
