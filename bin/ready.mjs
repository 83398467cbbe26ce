/**
 * ready - what a fresh clone lacks is installed, and the right Node is found.
 *
 * Plain JavaScript without dependencies, so that it runs as the first command on a fresh clone with Node 20.11 or newer. `ensureReady` installs what is missing
 * (`install.mjs`) and gives the Node 24 to run on: this one if it is new enough, else the one that the npm package `node` brings.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { bundledNode, ensureInstalled, fail, home } from './install.mjs';

export { home };

/** Types are stripped without a warning from 24.12 on. */
const wanted = [24, 12];

/** What the launchers themselves need. */
const least = [20, 11];

/** Installs what is missing; gives the path of the Node to run on. Exits with status 1 and the cure if that fails. */
export async function ensureReady() {
  if (!isAtLeast(least)) fail(`this is Node ${process.versions.node}; cure: install Node ${least.join('.')} or newer`);
  await ensureInstalled();
  if (isAtLeast(wanted)) return process.execPath;
  if (existsSync(bundledNode())) return bundledNode();
  return fail(`this is Node ${process.versions.node} and the npm package "node" brought none; cure: install Node 24`);
}

function isAtLeast([wantedMajor, wantedMinor]) {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
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
