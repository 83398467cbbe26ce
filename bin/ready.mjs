/**
 * ready - what a fresh clone lacks is installed, and the right Node is found.
 *
 * Plain JavaScript without dependencies, so that it runs as the first command on a fresh clone with Node 20.11 or newer. `ensureReady` installs what is missing
 * (`install.mjs`) and gives the Node 24 to run on: this one if it is new enough, else the one that the npm package `node` brings.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundledNode, ensureInstalled, fail, home } from './install.mjs';

export { home };

/** Types are stripped without a warning from 24.12 on. */
const wanted = [24, 12];

/** node:sqlite is one of Node's experiments still. */
const noWarnings = '--disable-warning=ExperimentalWarning';

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

/** Runs a program of ours with arguments on `node`: in this process where that is the right Node, since to start another takes a third of a short command. */
export async function runProgram(node, [program, ...args]) {
  if (node !== process.execPath) return run(node, [noWarnings, program, ...args]);
  process.argv = [node, program, ...args];
  Object.assign(process.env, environment(node));
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  disableWarnings();
  await import(pathToFileURL(program).href);
}

/** Runs `node` with arguments in the foreground, hands signals through, and ends as it ends. */
export function run(node, args) {
  const child = spawn(node, args, { stdio: 'inherit', env: { ...process.env, ...environment(node) } });
  // A terminal sends Ctrl-C to the child as well, which decides when to end; without one, only this process hears of it.
  const handOn = (signal) => (signal !== 'SIGINT' || !process.stdin.isTTY) && child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, handOn);
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}

/** As the option does, for this process and those that it starts with its own options. */
function disableWarnings() {
  const { emitWarning } = process;
  process.emitWarning = (warning, type, ...rest) =>
    type === 'ExperimentalWarning' ? undefined : emitWarning(warning, type, ...rest);
  process.execArgv.push(noWarnings);
}

/** What differs for programs of ours and whatever they start. */
function environment(node) {
  const { NODE_COMPILE_CACHE = path.join(home, 'node_modules', '.cache', 'gatehouse'), PATH } = process.env;
  return {
    NODE_COMPILE_CACHE, // types are stripped once, not at every start
    PATH: [path.dirname(node), path.join(home, 'node_modules', '.bin'), PATH].join(path.delimiter),
  };
}
