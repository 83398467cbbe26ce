/**
 * An engine that takes a connection and says nothing holds no command up.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { connectDocker } from './connect.ts';

afterEach(() => vi.unstubAllEnvs());

test('one that is silent is given up, with the cure', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-silent-'));
  const socketPath = path.join(folder, 's');
  const engine = net.createServer(() => undefined);
  await once(engine.listen(socketPath), 'listening');
  vi.stubEnv('DOCKER_HOST', `unix://${socketPath}`);
  try {
    await expect(connectDocker(200)).rejects.toThrow(/no Docker engine answers \(it said nothing .*; cure: start one/);
  } finally {
    engine.close();
    await rm(folder, { recursive: true });
  }
});

test('a DOCKER_HOST that is none comes with the cure too', async () => {
  vi.stubEnv('DOCKER_HOST', 'http://127.0.0.1:99999');
  await expect(connectDocker()).rejects.toThrow(/no Docker engine answers .*; cure: .*set DOCKER_HOST/);
});
