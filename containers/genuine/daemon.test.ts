/**
 * Programs as services: their end is seen, their last words are the reason, and one that all may end comes again.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { access, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import { createDaemon, type DaemonPlan } from './daemon.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'gatehouse-daemon-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const plan = (script: string, more: Partial<DaemonPlan> = {}): DaemonPlan => ({
  name: 'thing',
  command: ['/bin/sh', '-c', script],
  isOpen: () =>
    access(path.join(folder, 'open')).then(
      () => true,
      () => false,
    ),
  boots: 'always',
  ...more,
});

test('one that does not come up says why', async () => {
  const service = createDaemon(plan('echo "no such socket" >&2; exit 3'), systemClock);
  await expect(service.start()).rejects.toThrow('no such socket');
});

test('one that ends is not running any more', async () => {
  const service = createDaemon(
    plan(`touch ${folder}/open; until [ -e ${folder}/end ]; do sleep 0.05; done`),
    systemClock,
  );
  const started = await service.start();
  expect(started.isRunning?.()).toBe(true);
  await writeFile(path.join(folder, 'end'), '');
  await waitFor('its end', () => seen(!started.isRunning?.()), { clock: systemClock, timeoutMs: 10_000 });
  expect(started.addresses()).toEqual([]);
  await started.stop();
});

test('a shared one comes again when somebody ended it, and stays away when it is stopped', async () => {
  const script = `echo x >> ${folder}/starts; touch ${folder}/open; sleep 0.2`;
  const started = await createDaemon(plan(script, { again: true }), systemClock).start();
  const starts = async (): Promise<number> => (await readFile(`${folder}/starts`, 'utf8')).split('x').length - 1;
  await waitFor('a second start', async () => seen((await starts()) > 1), { clock: systemClock, timeoutMs: 20_000 });
  await started.stop();
  expect(started.isRunning?.()).toBe(false);
});

function seen(isSo: boolean): { kind: 'there'; value: true } | { kind: 'not-yet'; seen: string } {
  return isSo ? { kind: 'there', value: true } : { kind: 'not-yet', seen: 'not so' };
}
