/**
 * The mail log's file: when lines are in it, and what may lie in its place.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Clock } from '#util/clock.ts';
import { systemClock } from '#util/clock.ts';
import { createMailLogFile } from './mail-log-file.ts';

const run = promisify(execFile);
const clock: Clock = { ...systemClock, now: () => new Date(2026, 10, 24, 3, 54, 55).getTime() };
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-log-'));
  file = path.join(folder, 'log/mail.log');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const line = (number: number, text: string): string => `Nov 24 03:54:55 gw postfix/smtpd[${number}]: ${text}\n`;

test('a line is in the file before anybody else has a turn; its folder is made', async () => {
  const log = createMailLogFile(file, 'gw.one.test', clock, 7);
  const smtpd = log.process('postfix/smtpd');
  smtpd.info('connect from unknown[198.19.1.25]');
  smtpd.warning('a\nforged line\u001b[2J');
  await Promise.resolve();
  expect(await readFile(file, 'utf8')).toBe(
    line(7, 'connect from unknown[198.19.1.25]') + line(7, 'warning: a\\nforged line\\x1b[2J'),
  );
});

test('it is rotated while the host runs', async () => {
  const smtpd = createMailLogFile(file, 'gw', clock, 7).process('postfix/smtpd');
  smtpd.info('one');
  await Promise.resolve();
  await rename(file, `${file}.1`);
  smtpd.info('two');
  await Promise.resolve();
  expect(await readFile(`${file}.1`, 'utf8')).toBe(line(7, 'one'));
  expect(await readFile(file, 'utf8')).toBe(line(7, 'two'));
});

test.each([
  ['a pipe that nobody reads', () => run('mkfifo', [file])],
  ['a folder', () => mkdir(file)],
  ['a full disk', () => symlink('/dev/full', file)],
])('%s in its place costs the lines, and nothing else', async (_what, put) => {
  await mkdir(path.dirname(file));
  await put();
  const smtpd = createMailLogFile(file, 'gw', clock, 7).process('postfix/smtpd');
  smtpd.info('lost');
  await Promise.resolve();
  await rm(file, { recursive: true });
  smtpd.info('after');
  await Promise.resolve();
  expect(await readFile(file, 'utf8')).toBe(line(7, 'after'));
});
