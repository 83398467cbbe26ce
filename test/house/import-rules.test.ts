/**
 * The import rules bite: one offence of each rule is planted in a small copy of the rooms, and exactly that rule must notice it.
 *
 * A guard that looks at nothing reports nothing too (dependency-cruiser 18 sees no modules under TypeScript 7), so the real tree's modules are counted as well.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { home } from '../../docs/generate/sources.ts';

/** dependency-cruiser's report, as far as it is read here. */
interface Cruise {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly { readonly rule: { readonly name: string }; readonly from: string }[];
  };
}

const rooms = [
  'util',
  'mail',
  'mta',
  'containers',
  'range',
  'grader',
  'labs',
  'slides',
  'cli',
  'bench',
  'docs',
  'test',
];

function cruise(folder: string): Cruise {
  const program = path.join(home, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs');
  const config = path.join(home, '.dependency-cruiser.mjs');
  const there = rooms.filter((room) => existsSync(path.join(folder, room)));
  const { stdout, stderr } = spawnSync(process.execPath, [program, '--config', config, '-T', 'json', ...there], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Cruise;
}

/** Library rules take their owner from the configuration: each is broken from mta/, which owns no library. */
const libraries = [
  'asn1',
  'commander',
  'csv-parse',
  'dns-packet',
  'dockerode',
  'ejs',
  'fastify',
  'imapflow',
  'mailauth',
  'playwright-core',
  'smtp-server',
  'ssh2',
  'typescript',
  'rolldown',
  'tar-fs',
  'yauzl',
];

/** Rule to the file that breaks it and what it imports. `mta/main.ts` reaches them all, so that none is left over. */
const offences: Readonly<Record<string, { file: string; imports: string }>> = {
  'no-circular': { file: 'util/circle-a.ts', imports: './circle-b.ts' },
  'util-knows-nothing': { file: 'util/curious.ts', imports: '../mail/harmless.ts' },
  'mail-does-no-io': { file: 'mail/reads-files.ts', imports: 'node:fs' },
  'mail-knows-util-only': { file: 'mail/looks-up.ts', imports: '../mta/harmless.ts' },
  'mta-knows-no-host': { file: 'mta/looks-up.ts', imports: '../containers/gateway/harmless.ts' },
  'stages-do-not-call-each-other': { file: 'mta/deliver/takes-a-short-cut.ts', imports: '../cleanup/harmless.ts' },
  'restrictions-are-asked-by-accept-only': {
    file: 'mta/cleanup/asks-too-late.ts',
    imports: '../restrictions/harmless.ts',
  },
  'engines-do-not-know-each-other': { file: 'containers/gateway/spam/asks-virus.ts', imports: '../virus/harmless.ts' },
  'mail-readers-share-the-maildir-only': {
    file: 'containers/mailbox/pop3/asks-imap.ts',
    imports: '../imap/harmless.ts',
  },
  'hosts-meet-on-the-wire': { file: 'containers/gateway/visits.ts', imports: '../mailbox/harmless.ts' },
  'hosts-know-no-judge': { file: 'containers/dns/flatters.ts', imports: '../../grader/harmless.ts' },
  'judge-is-independent': { file: 'grader/bribed.ts', imports: '../mta/harmless.ts' },
  'labs-use-the-grader-api': { file: 'labs/09-x/checks.ts', imports: '../../util/harmless.ts' },
  'range-uses-faces-only-in-embedded': { file: 'range/knows-code.ts', imports: '../containers/gateway/harmless.ts' },
  'verdict-and-report-are-pure': { file: 'grader/verdict.ts', imports: 'node:net' },
  'slides-know-no-host': { file: 'slides/peeks.ts', imports: '../grader/harmless.ts' },
  'documents-are-leaves': { file: 'cli/reads-documents.ts', imports: '../docs/generate/harmless.ts' },
  'nothing-is-left-over': { file: 'util/forgotten.ts', imports: './harmless.ts' },
  'nothing-imports-a-test': { file: 'range/leans-on-a-test.ts', imports: './harmless.test.ts' },
  'main-is-a-leaf': { file: 'cli/runs-another.ts', imports: './main.ts' },
  resolvable: { file: 'grader/lost.ts', imports: './nowhere.ts' },
  ...Object.fromEntries(
    libraries.map((library) => [
      `only-its-owner-imports-${library}`,
      { file: `mta/uses-${library.replace(/\W/g, '-')}.ts`, imports: library },
    ]),
  ),
};

const harmless = [
  ...['util', 'mail', 'mta', 'mta/cleanup', 'mta/restrictions', 'containers/gateway', 'containers/gateway/virus'],
  ...['containers/mailbox', 'containers/mailbox/imap', 'grader', 'docs/generate'],
].map((folder) => `${folder}/harmless.ts`);

let folder = '';
let planted: Cruise;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'gatehouse-rules-'));
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  };
  for (const room of rooms) mkdirSync(path.join(folder, room));
  for (const file of ['package.json', 'tsconfig.json']) cpSync(path.join(home, file), path.join(folder, file));
  symlinkSync(path.join(home, 'node_modules'), path.join(folder, 'node_modules'));
  for (const file of [...harmless, 'range/harmless.test.ts']) write(file, 'export const harmless = 1;\n');
  write('util/circle-b.ts', "export * from './circle-a.ts';\n");
  for (const { file, imports } of Object.values(offences)) write(file, `export * from '${imports}';\n`);
  const all = [...Object.values(offences).map(({ file }) => file), ...harmless].filter(
    (file) => !/forgotten/.test(file),
  );
  // Reached from a test-like place that is free to import, and started as a program.
  write('bench/main.ts', all.map((file, index) => `export * as n${index} from '../${file}';\n`).join(''));
  write('cli/main.ts', 'export const main = 1;\n');
  planted = cruise(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a planted offence', () => {
  test.each(Object.entries(offences))('%s is noticed', (rule, { file }) => {
    expect(planted.summary.violations.filter(({ from }) => from === file).map((each) => each.rule.name)).toContain(
      rule,
    );
  });

  test('of each rule was planted, and nothing else was noticed in the offenders', async () => {
    const config = (await import(path.join(home, '.dependency-cruiser.mjs'))) as {
      default: { forbidden: readonly { name: string }[] };
    };
    expect(Object.keys(offences).sort()).toEqual(config.default.forbidden.map(({ name }) => name).sort());
    for (const [rule, { file }] of Object.entries(offences)) {
      const noticed = planted.summary.violations.filter(({ from }) => from === file).map((each) => each.rule.name);
      expect([...new Set(noticed)], file).toEqual([rule]);
    }
  });
});

test('the rules look at the real tree, and it keeps them', () => {
  const { summary } = cruise(home);
  expect(summary.totalCruised).toBeGreaterThan(200);
  expect(summary.violations).toEqual([]);
});
