/**
 * print-pdf.test - `gatehouse slides --pdf` with the Chromium that is there, and what it says where there is none.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { findPeer } from '../test/genuine-peers.ts';
import { findBrowser, printPdf } from './print-pdf.ts';

const chromium = findPeer('chromium', 'chromium-browser', 'google-chrome');
const main = path.join(import.meta.dirname, 'main.ts');
const run = promisify(execFile);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test.runIf(chromium !== undefined)('a deck becomes a PDF with one page a slide', async () => {
  const file = path.join(folder, 'deck.pdf');
  const { stdout } = await run(process.execPath, [main, 'slides', '02', '--pdf', file, '--seat', 'pc3']);
  expect(stdout).toBe(`printed ${file}\n`);
  const pdf = await readFile(file, 'latin1');
  expect(pdf.startsWith('%PDF-')).toBe(true);
  const deck = await readFile(path.join(import.meta.dirname, '..', 'slides', 'en', '02-who-may-relay.ejs'), 'utf8');
  expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(deck.match(/<section/g)?.length ?? 0);
});

test('without a browser the error names the cure', async () => {
  await expect(findBrowser(folder, 'none-such')).rejects.toThrow(
    'there is no program "none-such"; cure: install one (Debian: apt install chromium)',
  );
  await mkdir(path.join(folder, 'chromium'));
  await expect(findBrowser(folder, 'chromium')).rejects.toThrow('cure:');
});

test('the first browser on PATH is taken, or the one that is named', async () => {
  for (const name of ['google-chrome', 'other']) {
    await writeFile(path.join(folder, name), '#!/bin/sh\n');
    await chmod(path.join(folder, name), 0o755);
  }
  expect(await findBrowser(folder)).toBe(path.join(folder, 'google-chrome'));
  expect(await findBrowser(folder, 'other')).toBe(path.join(folder, 'other'));
  expect(await findBrowser('', path.join(folder, 'other'))).toBe(path.join(folder, 'other'));
});

test('a browser that makes nothing is told of with its own words', async () => {
  const browser = path.join(folder, 'chromium');
  await writeFile(browser, '#!/bin/sh\necho "cannot open display" >&2\nexit 1\n');
  await chmod(browser, 0o755);
  const order = {
    browser,
    url: 'http://127.0.0.1:9/',
    file: path.join(folder, 'x.pdf'),
    clock: systemClock,
    isRoot: false,
  };
  await expect(printPdf(order)).rejects.toThrow(/made no .*x\.pdf; its last words:\ncannot open display/);
});
