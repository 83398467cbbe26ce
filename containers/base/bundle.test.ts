/**
 * Bundled programs do what the sources do, from another place, and hosts start from byte code.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundledPrograms, bundleOf, bundlePrograms } from './bundle.ts';
import { projectFolder } from './image-content.ts';

const gateway = 'containers/gateway/main.ts';
let folder = '';
let start = '';
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'gatehouse-bundle-'));
  await bundlePrograms(path.join(folder, 'bundle'), projectFolder);
  // As it lies in an image, beside the bundles.
  start = path.join(folder, 'containers', 'base', 'start.cjs');
  mkdirSync(path.dirname(start), { recursive: true });
  copyFileSync(path.join(import.meta.dirname, 'start.cjs'), start);
});
afterAll(() => rmSync(folder, { recursive: true }));

const placeOf = (program: string): string => path.join(folder, 'bundle', bundleOf(program));
const node = (...args: string[]) => spawnSync(process.execPath, args, { encoding: 'utf8', env: {} });

test('every program of a host is there', () => {
  const programs = bundledPrograms();
  for (const host of ['gateway', 'mailbox', 'dns']) expect(programs).toContain(`containers/${host}/main.ts`);
  expect(programs).toContain('cli/classroom/main.ts');
  expect(programs).toContain('mta/tools/postqueue.ts');
  for (const program of programs) expect(existsSync(placeOf(program)), program).toBe(true);
});

test('postconf finds its defaults, which lie beside its source', () => {
  writeFileSync(path.join(folder, 'main.cf'), '');
  const ask = (program: string): string =>
    execFileSync(process.execPath, [program, '-d', 'smtpd_banner', 'queue_minfree'], {
      encoding: 'utf8',
      env: { ...process.env, NODE_NO_WARNINGS: '1', MAIL_CONFIG: folder },
    });
  const source = ask(path.join(projectFolder, 'mta/tools/postconf.ts'));
  expect(source).toContain('smtpd_banner = ');
  expect(ask(placeOf('mta/tools/postconf.ts'))).toBe(source);
});

test.each([['-bp'], ['-bi'], ['-q'], ['-bs']])('sendmail %s finds the program that does its work', (mode) => {
  writeFileSync(path.join(folder, 'main.cf'), '');
  const ask = (program: string): unknown => {
    const env = { ...process.env, NODE_NO_WARNINGS: '1', MAIL_CONFIG: folder };
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, mode], { encoding: 'utf8', env });
    return { status, stdout, stderr };
  };
  expect(ask(placeOf('mta/tools/sendmail.ts'))).toEqual(ask(path.join(projectFolder, 'mta/tools/sendmail.ts')));
});

test('a host starts from its bundle, with the byte code that was made of it', () => {
  expect(node(start, '--compile', placeOf(gateway)).stderr).toBe('');
  const look = `const { scriptOf } = require(${JSON.stringify(start)});
    const bundle = ${JSON.stringify(placeOf(gateway))};
    console.log(scriptOf(bundle, require('node:fs').readFileSync(bundle + '.compiled')).cachedDataRejected);`;
  expect(node('-e', look).stdout).toBe('false\n');
  const { stderr, status } = node(start, gateway);
  expect([stderr, status]).toEqual([expect.stringMatching(/GATEHOUSE_ADDRESS is not set/), 1]);
  expect(stderr).toContain(placeOf(gateway));
});

test('where no bundle is, the sources are run', () => {
  const { stderr, status } = node(path.join(import.meta.dirname, 'start.cjs'), gateway);
  expect([stderr, status]).toEqual([expect.stringMatching(/GATEHOUSE_ADDRESS is not set/), 1]);
  expect(stderr).toContain(path.join(projectFolder, gateway));
});
