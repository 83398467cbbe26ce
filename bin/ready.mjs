/**
 * ready - what a fresh clone lacks is installed, and the right Node is found.
 *
 * Plain JavaScript without dependencies, so that it runs as the first command on a fresh clone with Node 20.11 or newer. `ensureReady`
 * installs the packages of package-lock.json when they are missing or of another lockfile (a stamp in node_modules remembers which),
 * and returns the Node 24 to run on: this one if it is new enough, else the one that the npm package `node` brings.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone's own folder. */
export const home = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Types are stripped without a warning from 24.12 on. */
const wanted = [24, 12];

/** Installs what is missing; returns the path of the Node to run on. Exits with status 1 and the cure if that fails. */
export function ensureReady() {
  const stamp = path.join(home, 'node_modules', '.gatehouse-lockfile');
  const lockfile = createHash('sha256')
    .update(readFileSync(path.join(home, 'package-lock.json')))
    .digest('hex');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lockfile) {
    process.stderr.write(
      'gatehouse: first run here: installing the packages of package-lock.json (about a minute) ...\n',
    );
    const npm = process.env.npm_execpath ? [process.execPath, [process.env.npm_execpath]] : ['npm', []];
    // stdout belongs to the command that was asked for (it may be JSON), so npm's talk goes to stderr.
    const result = spawnSync(npm[0], [...npm[1], 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: home,
      stdio: ['ignore', 2, 2],
      env: { ...process.env, NODE_ENV: 'development' },
    });
    if (result.status !== 0)
      fail(
        'npm ci failed (see above); cure: check that the npm registry is reachable, then run the same command again',
      );
    if (!existsSync(bundledNode())) installNode();
    writeFileSync(stamp, lockfile);
    process.stderr.write('gatehouse: packages are installed\n');
  }
  return findNode();
}

/** npm may be set not to run install scripts; the package `node` puts its binary in place with one. */
function installNode() {
  spawnSync(process.execPath, [path.join(home, 'node_modules', 'node', 'installArchSpecificPackage.js')], {
    cwd: path.join(home, 'node_modules', 'node'),
    stdio: ['ignore', 2, 2],
  });
}

function bundledNode() {
  return path.join(home, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

function findNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > wanted[0] || (major === wanted[0] && minor >= wanted[1])) return process.execPath;
  if (existsSync(bundledNode())) return bundledNode();
  return fail(`this is Node ${process.versions.node} and the npm package "node" brought none; cure: install Node 24`);
}

function fail(text) {
  process.stderr.write(`gatehouse: ${text}\n`);
  process.exit(1);
}

/** Runs `node` with arguments in the foreground, hands signals through, and ends as it ends. */
export function run(node, args) {
  const child = spawn(node, args, {
    stdio: 'inherit',
    env: {
      NODE_COMPILE_CACHE: path.join(home, 'node_modules', '.cache', 'gatehouse'), // types are stripped once, not at every start
      ...process.env,
      PATH: [path.dirname(node), path.join(home, 'node_modules', '.bin'), process.env.PATH].join(path.delimiter),
    },
  });
  // A terminal sends Ctrl-C to the child as well, which decides when to end; without one, only this process hears of it.
  const handOn = (signal) => (signal !== 'SIGINT' || !process.stdin.isTTY) && child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, handOn);
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}
