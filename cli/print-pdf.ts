/**
 * print-pdf - a page as a PDF file, by the Chromium (or a relative of it) that is on this machine.
 *
 * The browser runs without a window, with a profile of its own that is gone afterwards, and with everything off that would call its makers.
 *
 * Limits: the page needs no script to be complete; a browser that is not on PATH must be named.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Clock } from '#util/clock.ts';
import { withDeadline } from '#util/deadline.ts';
import { isThere } from '#util/is-there.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'];
const macPrograms = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const printTimeoutMs = 90_000;

const quiet = [
  '--headless',
  '--disable-gpu',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-extensions',
  '--disable-dev-shm-usage',
  '--no-proxy-server',
];

/** The browser to print with. @param searchPath PATH @param named what the person asked for @throws Error with the cure when there is none */
export async function findBrowser(searchPath: string, named?: string): Promise<string> {
  const folders = searchPath.split(path.delimiter).filter((folder) => folder !== '');
  const candidates =
    named === undefined
      ? [...names.flatMap((name) => folders.map((folder) => path.join(folder, name))), ...macPrograms]
      : named.includes(path.sep)
        ? [named]
        : folders.map((folder) => path.join(folder, named));
  for (const candidate of candidates) if (await isProgram(candidate)) return candidate;
  throw new Error(
    `${named === undefined ? 'no Chromium or Chrome is on PATH' : `there is no program "${named}"`}; cure: install one (Debian: apt install chromium), name one with --browser, or open the deck in any browser, add ?print-pdf to its address and print it`,
  );
}

async function isProgram(file: string): Promise<boolean> {
  const [executable, what] = await Promise.all([isThere(file, constants.X_OK), stat(file).catch(() => undefined)]);
  return executable && what?.isFile() === true;
}

export interface PrintOrder {
  readonly browser: string;
  readonly url: string;
  readonly file: string;
  readonly clock: Clock;
  /** Chromium refuses to sandbox itself for root. */
  readonly isRoot: boolean;
}

/** Prints one page. @throws Error with the browser's own words when it made no file. */
export async function printPdf({ browser, url, file, clock, isRoot }: PrintOrder): Promise<void> {
  const profile = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-browser-'));
  const args = [
    ...quiet,
    ...(isRoot ? ['--no-sandbox'] : []),
    `--user-data-dir=${profile}`,
    '--no-pdf-header-footer',
    `--print-to-pdf=${path.resolve(file)}`,
    url,
  ];
  await rm(file, { force: true });
  const child = spawn(browser, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.on('data', (data: Buffer) => (words = (words + data.toString()).slice(-4000)));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.on('error', reject);
  child.on('close', () => resolve());
  try {
    await withDeadline(`${path.basename(file)}, printed by ${browser},`, promise, { clock, timeoutMs: printTimeoutMs });
    if (((await stat(file).catch(() => undefined))?.size ?? 0) === 0)
      throw new Error(`${browser} made no ${file}; its last words:\n${lastWords(words)}`);
  } finally {
    child.kill('SIGKILL');
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Without the complaints about a desktop that is not there. */
function lastWords(words: string): string {
  const lines = words.split('\n').filter((line) => line.trim() !== '' && !line.includes(':ERROR:dbus/'));
  return lines.slice(-5).join('\n');
}
