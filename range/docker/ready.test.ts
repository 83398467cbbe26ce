/**
 * Waiting for a host's word, against an engine whose log misses it once.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import Docker from 'dockerode';
import { expect, test } from 'vitest';
import { createManualClock } from '#util/clock.ts';
import { waitUntilReady } from './ready.ts';

test('a word that the engine’s log did not hand on is found when the log is read anew', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-ready-'));
  const clock = createManualClock(Date.UTC(2026, 10, 25));
  let reads = 0;
  const engine = http.createServer((request, response) => {
    if (!request.url?.includes('/logs')) {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ State: { Running: true, StartedAt: new Date(clock.now()).toISOString() } }));
      return;
    }
    reads += 1;
    response.flushHeaders();
    if (reads === 1) setImmediate(() => clock.advance(2000));
    else response.write('ready\n');
    // What is waited for between two reads.
    if (reads === 1) request.once('close', () => setImmediate(() => clock.advance(100)));
  });
  const socketPath = path.join(folder, 's');
  await once(engine.listen(socketPath), 'listening');
  await waitUntilReady(new Docker({ socketPath }), clock, 'gatehouse-pc1-gateway');
  expect(reads).toBe(2);
  engine.closeAllConnections();
  engine.close();
  await rm(folder, { recursive: true });
});
