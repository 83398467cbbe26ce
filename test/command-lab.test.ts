/**
 * An exam that is broken off takes its workshop with it.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { begin } from './gatehouse.ts';

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('lab test leaves nothing behind after %s', async (signal, status) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-lab-'));
  const exam = begin(['lab', 'test', '01'], { env: { TMPDIR: folder } });
  await exam.printed(/01-first-mail start/);
  exam.child.kill(signal);
  const { exitCode, stderr } = await exam.outcome;
  expect([exitCode, stderr]).toEqual([status, expect.stringContaining("ending the exam's workshop")]);
  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});
