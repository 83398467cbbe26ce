/**
 * Waiting for a host's word, against an engine that tells what a busy one may tell.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import Docker from 'dockerode';
import { expect, test } from 'vitest';
import { createManualClock, systemClock } from '#util/clock.ts';
import { DeadlineError, withDeadline } from '#util/deadline.ts';
import { waitUntilReady } from './ready.ts';

const at = (second: number): string => new Date(Date.UTC(2026, 10, 25, 4, 0, second)).toISOString();
const never = '0001-01-01T00:00:00Z';

/** Waits on an engine whose container has said `ready` at `saidAt`. */
async function isReady(
  state: { StartedAt: string; FinishedAt: string },
  saidAt: string,
  patienceMs = 10_000,
): Promise<boolean> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-ready-'));
  const engine = http.createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://engine');
    response.setHeader('content-type', 'application/json');
    response.flushHeaders();
    if (!pathname.endsWith('/logs')) response.end(JSON.stringify({ State: { Running: true, ...state } }));
    else if (Date.parse(saidAt) / 1000 >= Number(searchParams.get('since'))) response.write('ready\n');
  });
  const socketPath = path.join(folder, 's');
  await once(engine.listen(socketPath), 'listening');
  try {
    const clock = createManualClock(Date.parse(at(30)));
    const word = waitUntilReady(new Docker({ socketPath }), clock, 'gatehouse-pc1-gateway');
    await withDeadline('the word', word, { clock: systemClock, timeoutMs: patienceMs });
    return true;
  } catch (error) {
    if (error instanceof DeadlineError) return false;
    throw error;
  } finally {
    engine.closeAllConnections();
    engine.close();
    await rm(folder, { recursive: true });
  }
}

test('a host’s word counts even when the engine notes the start after it', async () => {
  expect(await isReady({ StartedAt: at(21), FinishedAt: never }, at(20))).toBe(true);
  expect(await isReady({ StartedAt: at(21), FinishedAt: at(15) }, at(20))).toBe(true);
});

test('the word of an earlier run does not count', async () => {
  expect(await isReady({ StartedAt: at(21), FinishedAt: at(15) }, at(10), 500)).toBe(false);
});
