/**
 * page.test - the pages of a workshop, from the command's side: where they are is kept, and they go on without the range.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openJournal, type RunEvent } from '../grader/journal.ts';
import { loadLabs } from '../grader/load-labs.ts';
import { openWorkspace, saveWorkshop, type Workshop, type Workspace } from '../range/workspace.ts';
import { workshopContent } from './classroom-content.ts';
import { openPage, readPageUrl } from './page.ts';

let workspace: Workspace;
let workshop: Workshop;

beforeEach(async () => {
  workspace = openWorkspace(await mkdtemp(path.join(os.tmpdir(), 'gatehouse-')));
  workshop = await saveWorkshop(workspace, [
    { person: 'Amina', kind: 'student' },
    { person: '', kind: 'stand-in' },
  ]);
});
afterEach(() => rm(workspace.folder, { recursive: true, force: true }));

test('its address is kept while it is open', async () => {
  const page = await openPage(
    workspace,
    async () => workshopContent(workspace, workshop),
    () => undefined,
  );
  expect(page.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  expect(await readPageUrl(workspace)).toBe(page.url);
  await page.stop();
  await page.stop();
  expect(await readPageUrl(workspace)).toBeUndefined();
});

test('shows persons, stand-ins, labs, every sheet and every deck before the range runs', async () => {
  await using page = await openPage(
    workspace,
    async () => workshopContent(workspace, workshop),
    () => undefined,
  );
  const read = async (place: string): Promise<string> => {
    const answer = await fetch(new URL(place, page.url));
    expect(answer.status, place).toBe(200);
    return answer.text();
  };
  const home = await read('');
  expect(home).toContain('Amina');
  expect(home).toContain('stand-in');
  expect(home).toContain('<svg class="picture"');
  for (const { lab, text } of await loadLabs()) {
    expect(home).toContain(text.title);
    expect(await read(`labs/${lab.id}?seat=pc2`)).toContain('pc2.sse.ws.test');
    expect(await read(`slides/${lab.id}?seat=pc2`)).toContain('pc2.sse.ws.test');
  }
  expect(await read('seats/pc1')).toContain('No lab was checked yet.');
});

test('shows the last run of a lab, not what somebody else wrote into the journal', async () => {
  const [first] = await loadLabs();
  if (!first) throw new Error('there are no labs');
  const journal = openJournal(workspace.gradesFolder, workshop.seed);
  const checks = Object.fromEntries(first.lab.checks.map((check) => [check.id, 'pass' as const]));
  const event = (at: string, points: number): RunEvent => {
    const { id: lab, version } = first.lab;
    return { kind: 'run', at, lab, version, points, of: 12, checks, settings: {} };
  };
  await journal.append('pc1', event('2026-11-25T10:00:00Z', 3));
  await journal.append('pc1', event('2026-11-25T10:05:00Z', 11));
  await openJournal(workspace.gradesFolder, 'another secret').append('pc1', event('2026-11-25T10:06:00Z', 12));
  await using page = await openPage(
    workspace,
    async () => workshopContent(workspace, workshop),
    () => undefined,
  );
  const text = await (await fetch(new URL('seats/pc1', page.url))).text();
  expect(text).toContain('11 of 12');
  expect(text).toContain('2026-11-25 10:05:00');
  expect(text).not.toContain('12 of 12');
  expect(await (await fetch(page.url ?? '')).text()).toContain('pc1: 11 of 12');
});

test('a file that is no address counts as none', async () => {
  await writeFile(path.join(workspace.folder, 'run', 'page.json'), '{"url": 5}');
  expect(await readPageUrl(workspace)).toBeUndefined();
});
