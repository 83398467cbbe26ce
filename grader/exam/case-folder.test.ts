/**
 * Cases from anywhere: what is wrong with one is said with file and cure; run.sh in both its forms.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { startTemporaryRange, type TemporaryRange } from '../../range/temporary-range.ts';
import { findLab, loadLabs } from '../load-labs.ts';
import { loadCase } from './case-folder.ts';
import { layTree } from './lay.ts';

const { lab } = findLab(await loadLabs(), '01');
const good = '{ "on": "solution", "about": "x", "checks": {} }';

let folder: string;
let temporary: TemporaryRange;
beforeAll(async () => {
  temporary = await startTemporaryRange({ seats: 1, clock: systemClock });
  folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-case-'));
});
afterAll(async () => {
  await temporary[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function caseWith(files: Readonly<Record<string, string>>): Promise<string> {
  const place = await mkdtemp(path.join(folder, 'case-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(place, name)), { recursive: true });
    await writeFile(path.join(place, name), text);
  }
  return place;
}

describe('a case that is not well formed', () => {
  test.each([
    ['no expect.json', { 'run.sh': '' }, /expect\.json: is missing; cure: write/],
    ['no JSON', { 'expect.json': '{ on: }' }, /expect\.json: is no JSON: .*; cure: see labs\/README\.md/s],
    ['a wrong ground', { 'expect.json': good.replace('solution', 'middle') }, /expect\.json: .*"on|→ at on/s],
    ['a field too many', { 'expect.json': good.replace('"about"', '"abuot"') }, /abuot/],
    [
      'an unknown check',
      { 'expect.json': good.replace('{}', '{ "mail-arrived": "fail" }') },
      /no check "mail-arrived"; cure: it has .*mail-arrives/,
    ],
    [
      'an unknown host',
      { 'expect.json': good, 'gatway/etc/x': '' },
      /gatway: a case has trees gateway, mailbox and dns/,
    ],
  ])('%s', async (_what, files, message) => {
    await expect(loadCase(lab, await caseWith(files))).rejects.toThrow(message);
  });

  test('no folder at all', async () => {
    await expect(loadCase(lab, path.join(folder, 'nowhere'))).rejects.toThrow(/nowhere: there is no such folder; cure/);
  });
});

describe('run.sh', () => {
  const hostname = async (): Promise<string> =>
    (await temporary.range.exec('pc1', 'gateway', ['postconf', '-h', 'myhostname'])).stdout.trim();

  test('as lines HOST: command', async () => {
    await layTree(
      temporary.range,
      'pc1',
      await caseWith({ 'run.sh': "# a\ngateway: postconf -e 'myhostname = a.<%= domain %>'\n" }),
    );
    expect(await hostname()).toBe('a.pc1.sse.ws.test');
  });

  test.each([
    ['with a shebang', '#!/bin/sh -e\n'],
    ['without', ''],
  ])(
    'as a plain shell script %s, with seat, workspace and gatehouse at hand',
    { timeout: 60_000 },
    async (name, head) => {
      const wanted = `${name.replaceAll(' ', '')}.test`;
      const script = `${head}test -d "$GATEHOUSE_WORKSPACE"\ngatehouse exec "$GATEHOUSE_SEAT" gateway -- postconf -e 'myhostname = ${wanted}'\n`;
      await layTree(temporary.range, 'pc1', await caseWith({ 'run.sh': script }));
      expect(await hostname()).toBe(wanted);
    },
  );

  test.each([
    [
      'gateway: true\ngateway: postconf -e nothing\n',
      /run\.sh, line 2: "postconf -e nothing" on gateway ended with 1: .*; cure/s,
    ],
    ['echo all is lost >&2\nexit 7\n', /run\.sh: ended with 7: all is lost; cure/],
  ])('that fails is named, with its words: %s', async (script, message) => {
    await expect(layTree(temporary.range, 'pc1', await caseWith({ 'run.sh': script }))).rejects.toThrow(message);
  });
});
