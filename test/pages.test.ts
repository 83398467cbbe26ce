/**
 * pages.test - a workshop with its pages: `gatehouse up` opens them, `status` tells where, `down` closes them.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const main = path.join(import.meta.dirname, '..', 'cli', 'main.ts');
let workspace: string;

async function gatehouse(...args: readonly string[]): Promise<string> {
  const env = { ...process.env, GATEHOUSE_WORKSPACE: workspace };
  return (await promisify(execFile)(process.execPath, [main, ...args], { env })).stdout;
}

beforeAll(async () => {
  workspace = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-'));
});
afterAll(async () => {
  await gatehouse('down');
  await rm(workspace, { recursive: true, force: true });
});

test('up opens the pages, status tells where they are, down closes them', async () => {
  await gatehouse('up', '--detach', '--seats', '2');
  const status = JSON.parse(await gatehouse('status', '--json')) as { page: string };
  expect(status.page).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  expect(await gatehouse('status')).toContain(`Sheets, slides and results: ${status.page}`);
  const home = await (await fetch(status.page)).text();
  expect(home).toContain('What to do first');
  const seat = await (await fetch(new URL('seats/pc2', status.page))).text();
  expect(seat).toContain('postfix running');
  expect(seat).toContain('198.18.2.20');
  await gatehouse('down');
  await expect(fetch(status.page)).rejects.toThrow('fetch failed');
});
