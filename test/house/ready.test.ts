/**
 * ready.test - the launcher on the right Node: the program runs in the launcher's own process, with its arguments, and without Node's words on experiments.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gatehouse-ready-'));
const ready = pathToFileURL(path.join(import.meta.dirname, '../../bin/ready.mjs')).href;
afterAll(() => rmSync(folder, { recursive: true }));

test('a program has its arguments, the tools on its PATH and no warnings of experiments, as have those that it starts', () => {
  const program = path.join(folder, 'program.mjs');
  writeFileSync(
    program,
    `import { execFileSync } from 'node:child_process';
     process.emitWarning('an experiment', 'ExperimentalWarning');
     process.emitWarning('something else');
     const tell = 'console.log(JSON.stringify({ args: process.argv.slice(1), options: process.execArgv.slice(0, 1), path: process.env.PATH }))';
     const child = execFileSync(process.execPath, [...process.execArgv, '-e', tell], { encoding: 'utf8' });
     console.log(JSON.stringify({ pid: process.pid, args: process.argv.slice(1), child: JSON.parse(child) }));`,
  );
  const launcher = `import { runProgram } from ${JSON.stringify(ready)};
     console.error(process.pid);
     await runProgram(process.execPath, ${JSON.stringify([program, 'one', 'two'])});`;
  const file = path.join(folder, 'launcher.mjs');
  writeFileSync(file, launcher);
  const out = execFileSync(
    'sh',
    ['-c', '"$0" "$1" 2>"$2"; cat "$2"', process.execPath, file, path.join(folder, 'said')],
    {
      encoding: 'utf8',
    },
  );
  const [first = '', ...said] = out.split('\n');
  const told = JSON.parse(first) as { pid: number; args: string[]; child: { options: string[]; path: string } };
  expect(told.args).toEqual([program, 'one', 'two']);
  expect(told.pid).toBe(Number(said[0]));
  expect(told.child.options).toEqual(['--disable-warning=ExperimentalWarning']);
  expect(told.child.path.split(path.delimiter)).toContain(path.join(import.meta.dirname, '../../node_modules/.bin'));
  expect(said.join('\n')).toContain('something else');
  expect(said.join('\n')).not.toContain('an experiment');
});
