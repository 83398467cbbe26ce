/**
 * Control files: who is reached by one, and who is not by its copy.
 */
import { cp, link, mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { callControl, serveControl, type ControlServer } from './control.ts';

let folder: string;
let file: string;
let server: ControlServer;
const asked: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-control-'));
  file = path.join(folder, 'here', 'it.ctl');
  asked.length = 0;
  server = await serve();
});
afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

function serve(): Promise<ControlServer> {
  const answer = async ({ command }: { command: string }) => {
    asked.push(command);
    return { exitCode: 0, output: 'heard' };
  };
  return serveControl(file, answer, { exclusive: true });
}

const ask = (where: string) => callControl(where, 'stop');
const heard = { kind: 'answer', answer: { exitCode: 0, output: 'heard' } };

test('a copy of a living program’s file reaches nobody, and can be served itself', async () => {
  const copy = path.join(folder, 'copy');
  await cp(path.join(folder, 'here'), copy, { recursive: true, preserveTimestamps: true });
  expect(await ask(path.join(copy, 'it.ctl'))).toEqual({ kind: 'nobody' });
  expect(asked).toEqual([]);
  const other = await serveControl(path.join(copy, 'it.ctl'), async () => ({ exitCode: 0, output: 'the copy' }), {
    exclusive: true,
  });
  expect(await ask(path.join(copy, 'it.ctl'))).toMatchObject({ answer: { output: 'the copy' } });
  expect(await ask(file)).toEqual(heard);
  await other.stop();
});

test('a folder that was moved, or has another name, reaches its program', async () => {
  await symlink(path.join(folder, 'here'), path.join(folder, 'link'));
  expect(await ask(path.join(folder, 'link', 'it.ctl'))).toEqual(heard);
  await mkdir(path.join(folder, 'hard'));
  await link(file, path.join(folder, 'hard', 'it.ctl'));
  expect(await ask(path.join(folder, 'hard', 'it.ctl'))).toEqual(heard);
  await rename(path.join(folder, 'here'), path.join(folder, 'there'));
  expect(await ask(path.join(folder, 'there', 'it.ctl'))).toEqual(heard);
});

test('a living program’s file is not taken over', async () => {
  await expect(serve()).rejects.toThrow('is served');
  expect(await ask(file)).toEqual(heard);
});
