/**
 * run - the scripts of package.json: `test`, `check`, `bench`, `format`, `references`, each on Node 24 and after installing what is missing.
 *
 * `check` is every gate that is not a test: types, lint, format, import rules, spelling of the documents.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ensureReady, home, run } from './ready.mjs';

const tool = (...parts) => path.join(home, 'node_modules', ...parts);
const gates = [
  ['types', [tool('typescript', 'bin', 'tsc'), '--noEmit', '-p', home]],
  ['lint', [tool('eslint', 'bin', 'eslint.js'), '--max-warnings=0', home]],
  ['format', [tool('prettier', 'bin', 'prettier.cjs'), '--check', '--log-level=warn', home]],
  [
    'import rules',
    [
      tool('dependency-cruiser', 'bin', 'dependency-cruiser.mjs'),
      '--config',
      '.dependency-cruiser.mjs',
      ...roomFolders(),
    ],
  ],
  ['words', [path.join(home, 'docs', 'check-words.ts')]],
];

function roomFolders() {
  return [
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
  ].filter((room) => existsSync(path.join(home, room)));
}

const [command = '', ...rest] = process.argv.slice(2);
const node = await ensureReady();
process.chdir(home);
if (command === 'test') run(node, [tool('vitest', 'vitest.mjs'), 'run', ...rest]);
else if (command === 'bench') run(node, [path.join(home, 'bench', 'main.ts'), ...rest]);
else if (command === 'format')
  run(node, [tool('prettier', 'bin', 'prettier.cjs'), '--write', '--log-level=warn', home]);
else if (command === 'references') run(node, [path.join(home, 'docs', 'generate', 'main.ts'), ...rest]);
else if (command === 'check') check();
else {
  process.stderr.write(`run: unknown script "${command}": test, check, bench, format or references\n`);
  process.exit(2);
}

function check() {
  const failed = gates.filter(([name, args]) => {
    process.stdout.write(`check: ${name}\n`);
    return spawnSync(node, args, { cwd: home, stdio: 'inherit' }).status !== 0;
  });
  if (failed.length === 0) process.stdout.write('check: all gates passed\n');
  else {
    process.stdout.write(`check: failed: ${failed.map(([name]) => name).join(', ')}\n`);
    process.exitCode = 1;
  }
}
