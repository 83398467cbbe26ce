/**
 * Which hosts are genuine ones: wished, remembered, refused where no container is.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadWorkshop, openWorkspace, type Workspace } from '../range/workspace.ts';
import { planSeats } from './plan-seats.ts';

let workspace: Workspace;
beforeEach(async () => {
  workspace = openWorkspace(await mkdtemp(path.join(os.tmpdir(), 'gatehouse-plan-')));
});
afterEach(() => rm(workspace.folder, { recursive: true, force: true }));

const genuine = (...seats: string[]) => ({ kind: 'genuine', seats }) as const;
const kinds = ({ seats }: { seats: readonly { genuine?: readonly string[] | undefined }[] }): string[] =>
  seats.map((seat) => (seat.genuine ?? []).join('+') || 'own');

describe('genuine hosts', () => {
  test('are wished for one seat or for all, remembered, and taken back', async () => {
    const first = await planSeats(workspace, { seats: 3, gateway: genuine('pc2') }, 'docker');
    expect(kinds(first)).toEqual(['own', 'gateway', 'own']);
    expect(kinds(await planSeats(workspace, { mailbox: genuine() }, 'docker'))).toEqual([
      'mailbox',
      'gateway+mailbox',
      'mailbox',
    ]);
    expect(kinds(await planSeats(workspace, {}, 'docker'))).toEqual(['mailbox', 'gateway+mailbox', 'mailbox']);
    const last = await planSeats(workspace, { mailbox: { kind: 'own', seats: ['pc1', 'pc3'] } }, 'docker');
    expect(kinds(last)).toEqual(['own', 'gateway+mailbox', 'own']);
  });

  test('need a seat that is there', async () => {
    await expect(planSeats(workspace, { seats: 2, gateway: genuine('pc3') }, 'docker')).rejects.toThrow(
      'no seat "pc3": this workshop has pc1 pc2',
    );
  });

  test('are refused by the embedded engine with the cure, and nothing is saved', async () => {
    await expect(planSeats(workspace, { seats: 2, gateway: genuine('pc2') }, 'embedded')).rejects.toThrow(
      'the gateway of pc2 is a genuine one, which needs a container; cure: add --engine docker, or make it ours again with --gateway own pc2',
    );
    await expect(readFile(path.join(workspace.folder, 'workshop.json'))).rejects.toThrow('ENOENT');
    await planSeats(workspace, { seats: 2, gateway: genuine('pc2') }, 'docker');
    await expect(planSeats(workspace, {}, 'embedded')).rejects.toThrow('cure: add --engine docker');
    const own = { gateway: { kind: 'own', seats: ['pc2'] } } as const;
    expect(kinds(await planSeats(workspace, own, 'embedded'))).toEqual(['own', 'own']);
  });
});

test('clamd and spamd are remembered, and refused without containers', async () => {
  expect((await planSeats(workspace, { scanners: true }, 'docker')).scanners).toBe(true);
  expect((await planSeats(workspace, { seats: 4 }, 'docker')).scanners).toBe(true);
  await expect(planSeats(workspace, {}, 'embedded')).rejects.toThrow('or end them with --no-scanners');
  expect((await planSeats(workspace, { scanners: false }, 'embedded')).scanners).toBeUndefined();
});

test('a plan that the engine refuses is not kept', async () => {
  const planned = await planSeats(workspace, { seats: 2 }, 'docker');
  const refuse = (): Promise<void> => Promise.reject(new Error('there is no image gatehouse/genuine'));
  await expect(planSeats(workspace, { seats: 3, gateway: genuine('pc2') }, 'docker', refuse)).rejects.toThrow(
    'there is no image',
  );
  expect(await loadWorkshop(workspace)).toEqual(planned);
});
