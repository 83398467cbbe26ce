/**
 * The launcher on a fresh clone, with an npm of the test's own: it installs once, one process at a time, notices half an installation, and says what is wrong.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import { home } from '../../docs/generate/sources.ts';

const packages = { '': {}, 'node_modules/thing': { version: '1.0.0' }, 'node_modules/node': { version: '24.0.0' } };

/** What `npm ci` would leave: the packages, and npm's own list of them. It is to run no package's install script. */
const installs = `
case " $* " in *" --ignore-scripts "*) ;; *) exit 9 ;; esac
mkdir -p node_modules/thing node_modules/node/bin
for each in thing node; do echo '{}' > node_modules/$each/package.json; done
touch node_modules/node/bin/node
cp package-lock.json node_modules/.package-lock.json`;

let clone = '';
beforeEach(() => {
  clone = mkdtempSync(path.join(os.tmpdir(), 'gatehouse-clone-'));
  cpSync(path.join(home, 'bin'), path.join(clone, 'bin'), { recursive: true });
  writeFileSync(path.join(clone, 'package.json'), '{ "type": "module" }');
  writeFileSync(path.join(clone, 'package-lock.json'), JSON.stringify({ packages }));
  mkdirSync(path.join(clone, 'path'));
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

/** Puts an npm first on the path: a shell script that notes what it is asked for. */
function giveNpm(script: string): void {
  const file = path.join(clone, 'path', 'npm');
  writeFileSync(file, `#!/bin/sh\necho "$1" >> calls\n${script}\n`);
  chmodSync(file, 0o755);
}

function npmCalls(): string[] {
  const file = path.join(clone, 'calls');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

interface Launched {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

/** Runs the launcher as far as finding its Node. */
function launch(searchPath = `${path.join(clone, 'path')}:/usr/bin:/bin`, node = process.execPath): Launched {
  const script = "import('./bin/ready.mjs').then((it) => it.ensureReady()).then((node) => console.log(node))";
  const child = spawn(node, ['-e', script], { cwd: clone, env: { PATH: searchPath } });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => void (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => void (stderr += chunk.toString()));
  return {
    child,
    ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr }))),
  };
}

/** Waits for something that a look makes true. */
function until(awaited: string, isThere: () => boolean): Promise<true> {
  return waitFor(awaited, () => (isThere() ? { kind: 'there', value: true } : { kind: 'not-yet', seen: 'nothing' }), {
    clock: systemClock,
    timeoutMs: 20_000,
  });
}

const lock = (): string => path.join(clone, '.gatehouse-installing');

test('installs at the first run, and not at the second', async () => {
  giveNpm(installs);
  const first = await launch().ended;
  expect(first).toMatchObject({ code: 0, stdout: `${process.execPath}\n` });
  expect(first.stderr).toContain('first run here: installing 2 packages');
  expect(await launch().ended).toEqual({ code: 0, stdout: `${process.execPath}\n`, stderr: '' });
  expect(npmCalls()).toEqual(['ci']);
  expect(existsSync(lock())).toBe(false);
});

test('installs again when the lock file is another one, or a package is gone', async () => {
  giveNpm(installs);
  await launch().ended;
  writeFileSync(path.join(clone, 'package-lock.json'), JSON.stringify({ packages, name: 'another' }));
  rmSync(path.join(clone, 'node_modules', 'thing'), { recursive: true });
  expect((await launch().ended).code).toBe(0);
  expect(npmCalls()).toEqual(['ci', 'ci']);
});

test('installs again on the Node that the packages bring, which npm removes meanwhile', async () => {
  const node = path.join(clone, 'node_modules', 'node', 'bin', 'node');
  const script = path.join(clone, 'node_modules', 'node', 'installArchSpecificPackage.js');
  giveNpm(
    `rm -r node_modules\n${installs}\nrm node_modules/node/bin/node\necho "require('fs').writeFileSync('bin/node', 'the new one')" > ${script}`,
  );
  mkdirSync(path.dirname(node), { recursive: true });
  cpSync(process.execPath, node);
  const other = path.join(clone, 'path', 'node');
  symlinkSync(process.execPath, other);
  const launched = await launch(`${path.dirname(node)}:${path.dirname(other)}:/usr/bin:/bin`, node).ended;
  expect(launched).toMatchObject({ code: 0, stdout: `${node}\n` });
  expect(readFileSync(node, 'utf8')).toBe('the new one');
});

test('takes packages that somebody installed with npm', async () => {
  giveNpm('exit 1');
  for (const name of ['thing', 'node/bin']) mkdirSync(path.join(clone, 'node_modules', name), { recursive: true });
  for (const file of ['thing/package.json', 'node/package.json', 'node/bin/node'])
    writeFileSync(path.join(clone, 'node_modules', file), '{}');
  cpSync(path.join(clone, 'package-lock.json'), path.join(clone, 'node_modules', '.package-lock.json'));
  expect((await launch().ended).code).toBe(0);
  expect(npmCalls()).toEqual([]);
});

test('lets one of two install, and the other wait for it', async () => {
  giveNpm(`while [ ! -e go ]; do sleep 0.05; done\n${installs}`);
  const one = launch();
  await until('the first to install', () => npmCalls().length > 0);
  const other = launch();
  let heard = '';
  other.child.stderr?.on('data', (chunk: Buffer) => void (heard += chunk.toString()));
  await until('the other to wait', () => heard.includes('waiting for it'));
  writeFileSync(path.join(clone, 'go'), '');
  expect([(await one.ended).code, (await other.ended).code]).toEqual([0, 0]);
  expect(npmCalls()).toEqual(['ci']);
});

test('takes over from an installer that is gone', async () => {
  giveNpm(installs);
  mkdirSync(lock());
  const gone = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => gone.on('exit', resolve));
  writeFileSync(path.join(lock(), 'pid'), String(gone.pid));
  expect((await launch().ended).code).toBe(0);
  expect(existsSync(lock())).toBe(false);
});

test('ends at once when it is interrupted, and begins anew the next time', async () => {
  giveNpm('trap "" INT\nwhile [ ! -e go ]; do sleep 0.05; done');
  const launched = launch();
  await until('npm to be asked', () => npmCalls().length > 0);
  launched.child.kill('SIGINT');
  const { code, stderr } = await launched.ended;
  expect(code).toBe(1);
  expect(stderr).toContain('the installation was interrupted; run the same command again');
  expect(existsSync(lock())).toBe(false);
  giveNpm(installs);
  expect((await launch().ended).code).toBe(0);
});

test.each([
  ['the registry cannot be reached', 'exit 1', 'the npm registry cannot be reached; cure: connect this machine'],
  ['npm fails for another reason', '[ "$1" = ping ]', 'npm ci failed (see above); cure:'],
])('says so when %s', async (_what, script, words) => {
  giveNpm(script);
  const { code, stdout, stderr } = await launch().ended;
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain(words);
  expect(existsSync(lock())).toBe(false);
});

test('says so when there is no npm', async () => {
  const { code, stderr } = await launch(path.join(clone, 'path')).ended;
  expect(code).toBe(1);
  expect(stderr).toContain('there is no npm on this machine; cure: install Node with npm');
});
