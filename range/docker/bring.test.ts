/**
 * What is asked of the engine for a container in each of its states. The engine here notes the calls.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import Docker from 'dockerode';
import { expect, test } from 'vitest';
import { bring, planDigest, removeContainer } from './bring.ts';
import { networkName, planLabel, workshopLabel, type ContainerPlan } from './container-plan.ts';

const wanted: ContainerPlan = {
  name: 'gatehouse-pc1-gateway',
  role: 'gateway',
  seat: 'pc1',
  address: '198.18.1.10',
  options: { name: 'gatehouse-pc1-gateway', Image: 'gatehouse/gateway:1', Labels: { [workshopLabel]: '/w' } },
};

/** Brings the container, which the engine has in `state`, made from `plan`. @returns the outcome and the engine's calls */
async function bringFrom(state: string | undefined, plan = planDigest(wanted)): Promise<string[]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-bring-'));
  const calls: string[] = [];
  const engine = http.createServer((request, response) => {
    calls.push(`${request.method} ${new URL(request.url ?? '', 'http://engine').pathname}`);
    const isMade = request.url?.includes('/create') === true;
    response.writeHead(isMade ? 201 : 204, { 'content-type': 'application/json' });
    response.end(isMade ? '{"Id":"new"}' : undefined);
  });
  const socketPath = path.join(folder, 's');
  await once(engine.listen(socketPath), 'listening');
  const found = {
    Id: 'old',
    ImageID: 'i',
    State: state,
    Labels: { [workshopLabel]: '/w', [planLabel]: plan },
    NetworkSettings: { Networks: { [networkName]: { IPAddress: state === 'running' ? wanted.address : '' } } },
  };
  try {
    const images = new Map([['gatehouse/gateway:1', 'i']]);
    const there = state === undefined ? undefined : (found as unknown as Docker.ContainerInfo);
    return [await bring(new Docker({ socketPath }), wanted, there, images), ...calls];
  } finally {
    engine.close();
    await rm(folder, { recursive: true });
  }
}

test.each([
  ['running', ['kept']],
  ['restarting', ['kept']],
  ['paused', ['kept', 'POST /containers/old/unpause']],
  ['exited', ['kept', 'POST /containers/old/start']],
  ['created', ['kept', 'POST /containers/old/start']],
  [undefined, ['made', 'POST /containers/create', 'POST /containers/new/start']],
])('one that is %s', async (state, expected) => {
  expect(await bringFrom(state)).toEqual(expected);
});

test('one of another plan is ended in order, and made anew', async () => {
  expect(await bringFrom('running', 'another')).toEqual([
    'made',
    'POST /containers/old/stop',
    'DELETE /containers/old',
    'POST /containers/create',
    'POST /containers/new/start',
  ]);
});

test('one of another workshop is left alone', async () => {
  const foreign = { ...wanted, options: { ...wanted.options, Labels: { [workshopLabel]: '/other' } } };
  const found = { Id: 'old', State: 'running', Labels: { [workshopLabel]: '/w' } } as unknown as Docker.ContainerInfo;
  const nowhere = new Docker({ socketPath: path.join(os.tmpdir(), 'gatehouse-no-engine') });
  await expect(bring(nowhere, foreign, found, new Map())).rejects.toThrow('remove or rename it');
});

test('an engine that does not end a container is given up, with the cure', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-bring-'));
  const engine = http.createServer(() => undefined);
  const socketPath = path.join(folder, 's');
  await once(engine.listen(socketPath), 'listening');
  try {
    const ended = removeContainer(new Docker({ socketPath }), 'a4b8c1', 100);
    await expect(ended).rejects.toThrow('not ended the container a4b8c1 within 0.1 seconds; cure: restart the engine');
  } finally {
    engine.closeAllConnections();
    engine.close();
    await rm(folder, { recursive: true });
  }
});
