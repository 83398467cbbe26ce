/**
 * The order in which services start and end, and what is said of one that ended by another hand.
 */
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createHostRoot } from '#util/host-root.ts';
import { startHostInit, type Service } from './host-init.ts';

test('services start in their order and end in the opposite one; what is not enabled waits to be asked', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-init-'));
  const done: string[] = [];
  const running = new Map<string, boolean>();
  const service = (name: string, isEnabled: boolean): Service => ({
    name,
    isEnabled: () => isEnabled,
    start: async () => {
      done.push(`+${name}`);
      running.set(name, true);
      return {
        addresses: () => [],
        isRunning: () => running.get(name) === true,
        reload: async () => undefined,
        stop: async () => void done.push(`-${name}`),
      };
    },
  });
  try {
    await mkdir(path.join(folder, 'run'));
    const services = [service('log', true), service('filter', false), service('mail', true)];
    const host = await startHostInit(createHostRoot(folder), services);
    const states = (): string =>
      host
        .services()
        .map(({ name, state }) => `${name} ${state}`)
        .join(', ');
    expect(states()).toBe('log running, filter stopped, mail running');
    running.set('mail', false); // by another hand
    expect(states()).toBe('log running, filter stopped, mail stopped');
    expect((await host.control('mail', 'status')).exitCode).toBe(3);
    expect((await host.control('mail', 'start')).exitCode).toBe(0);
    expect((await host.control('filter', 'start')).exitCode).toBe(0);
    await host.stop();
    expect(done).toEqual(['+log', '+mail', '+mail', '+filter', '-mail', '-filter', '-log']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
