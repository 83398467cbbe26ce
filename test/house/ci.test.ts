/**
 * .ci/run tells the truth: its last line and its exit status, whatever breaks. npm and Debian's tools are the test's own.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { home } from '../../docs/generate/sources.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'gatehouse-ci-'));
  mkdirSync(path.join(folder, 'path'));
  cpSync(path.join(home, '.ci'), path.join(folder, '.ci'), { recursive: true });
  for (const script of ['.ci/engine', 'bin/gatehouse.mjs']) {
    mkdirSync(path.dirname(path.join(folder, script)), { recursive: true });
    writeFileSync(
      path.join(folder, script),
      script.startsWith('bin') ? '' : '#!/bin/sh\n[ "$1" != run ] || { shift 2; exec "$@"; }\n',
      { mode: 0o755 },
    );
  }
  program('dpkg-query', 'echo install ok installed');
  program('apt-get', 'exit 100');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(name: string, script: string): void {
  const file = path.join(folder, 'path', name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

interface Runner {
  /** The runner's report; undefined when it breaks off before it. */
  readonly report?: object;
  readonly tests: number;
  readonly gates: number;
}

function runCi({ report, tests, gates }: Runner): { last: string | undefined; status: number | null; stdout: string } {
  writeFileSync(path.join(folder, 'report.json'), report === undefined ? '' : JSON.stringify(report));
  program(
    'npm',
    `[ "$1" = run ] && exit ${gates}
[ "$GATEHOUSE_PEERS" = required ] || exit 9
for each; do case $each in --outputFile.json=*) cat ${folder}/report.json > "\${each#*=}";; esac; done
exit ${tests}`,
  );
  const searchPath = [path.join(folder, 'path'), path.dirname(process.execPath), '/usr/bin', '/bin'].join(':');
  const { stdout, status } = spawnSync(path.join(folder, '.ci', 'run'), [], {
    cwd: os.tmpdir(),
    encoding: 'utf8',
    env: { PATH: searchPath, TMPDIR: folder },
  });
  return { last: stdout.trimEnd().split('\n').at(-1), status, stdout };
}

const passed = { status: 'passed', assertionResults: [{}] };
const good = { numPassedTests: 7, numFailedTests: 0, testResults: [passed] };

test.each<[string, Runner, string, number]>([
  ['all is well', { report: good, tests: 0, gates: 0 }, '7 passed, 0 failed', 0],
  ['a test fails', { report: { ...good, numFailedTests: 2 }, tests: 1, gates: 0 }, '7 passed, 2 failed', 1],
  [
    'a file of tests cannot be loaded',
    { report: { ...good, testResults: [passed, { status: 'failed', assertionResults: [] }] }, tests: 1, gates: 0 },
    '7 passed, 1 failed',
    1,
  ],
  ['an error happens outside of the tests', { report: good, tests: 1, gates: 0 }, '7 passed, 1 failed', 1],
  ['a gate fails', { report: good, tests: 0, gates: 1 }, '7 passed, 1 failed', 1],
  ['the runner breaks off', { tests: 1, gates: 0 }, '0 passed, 1 failed', 1],
  ['the runner breaks off, and a gate fails', { tests: 137, gates: 1 }, '0 passed, 2 failed', 1],
  ['the runner reports nothing and says that it is well', { tests: 0, gates: 0 }, '0 passed, 1 failed', 1],
])('when %s', (_what, runner, last, status) => {
  expect(runCi(runner)).toMatchObject({ last, status });
});

test('when a program that tests need cannot be installed', () => {
  program('dpkg-query', 'exit 1');
  program('sudo', 'exit 1');
  const { last, status, stdout } = runCi({ report: good, tests: 0, gates: 0 });
  expect({ last, status }).toEqual({ last: '0 passed, 1 failed', status: 1 });
  expect(stdout).toContain('cure: run this as root on a Debian machine');
});
