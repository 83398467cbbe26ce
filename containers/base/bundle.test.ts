/**
 * Bundled programs do what the sources do, from another place.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundledPrograms, bundlePrograms } from './bundle.ts';
import { projectFolder } from './image-content.ts';

let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'gatehouse-bundle-'));
  await bundlePrograms(folder, projectFolder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const bundleOf = (program: string): string => path.join(folder, program.replace(/\.ts$/, '.mjs'));

test('every program of a host is there', () => {
  const programs = bundledPrograms();
  for (const host of ['gateway', 'mailbox', 'dns']) expect(programs).toContain(`containers/${host}/main.ts`);
  expect(programs).toContain('cli/classroom/main.ts');
  expect(programs).toContain('mta/tools/postqueue.ts');
  for (const program of programs) expect(existsSync(bundleOf(program)), program).toBe(true);
});

test('postconf finds its defaults, which lie beside its source', () => {
  const ask = (program: string): string =>
    execFileSync(process.execPath, [program, '-d', 'smtpd_banner', 'queue_minfree'], {
      encoding: 'utf8',
      env: { ...process.env, NODE_NO_WARNINGS: '1' },
    });
  const source = ask(path.join(projectFolder, 'mta/tools/postconf.ts'));
  expect(source).toContain('smtpd_banner = ');
  expect(ask(bundleOf('mta/tools/postconf.ts'))).toBe(source);
});
