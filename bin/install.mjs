/**
 * install - the packages of package-lock.json into node_modules, by one process at a time, with progress and a cure for what may go wrong.
 *
 * Plain JavaScript without dependencies for Node 20.11. A stamp in node_modules remembers the lock file that was installed, and is written last: an install that was
 * interrupted is begun again. Packages that somebody installed with npm are taken as they are when they are those of the lock file.
 *
 * Limits: a folder that cannot be written to, or a machine that never reaches the registry, needs the packages brought by hand.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone's own folder. */
export const home = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const modules = path.join(home, 'node_modules');
const stamp = path.join(modules, '.gatehouse-lockfile');
const lock = path.join(home, '.gatehouse-installing');
const again = 'then run the same command again';

const say = (text) => process.stderr.write(`gatehouse: ${text}\n`);

/** Ends this process with what is wrong and the cure. */
export function fail(text) {
  say(text);
  process.exit(1);
}

/** The Node that the npm package `node` brings. */
export function bundledNode() {
  return path.join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

/** Installs what is missing; ends this process with the cure if that fails. */
export async function ensureInstalled() {
  const lockfile = readFileSync(path.join(home, 'package-lock.json'));
  const wanted = createHash('sha256').update(lockfile).digest('hex');
  const isReady = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (isReady()) return;
  await takeLock();
  try {
    if (isReady()) return; // another process did it while this one waited
    const { packages } = JSON.parse(lockfile.toString('utf8'));
    if (!areInstalled(packages))
      await install(Object.entries(packages).filter(([name, { optional }]) => name !== '' && !optional).length);
    if (!existsSync(bundledNode())) installNode();
    writeFileSync(stamp, wanted);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** Did somebody run `npm ci` or `npm install` here, to the end and for this lock file? */
function areInstalled(packages) {
  try {
    const there = JSON.parse(readFileSync(path.join(modules, '.package-lock.json'), 'utf8')).packages;
    return Object.entries(packages).every(
      ([name, { version, optional }]) =>
        name === '' ||
        optional === true ||
        (there[name]?.version === version && existsSync(path.join(home, name, 'package.json'))),
    );
  } catch {
    return false;
  }
}

/** The lock is a folder with the number of the process that holds it; the lock of a process that is gone is taken over. */
async function takeLock() {
  for (let isTold = false; ; isTold = true) {
    try {
      mkdirSync(lock);
      writeFileSync(path.join(lock, 'pid'), String(process.pid));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST')
        fail(`cannot write to ${home} (${error.code}); cure: clone into a folder of your own, ${again}`);
    }
    if (isAbandoned()) rmSync(lock, { recursive: true, force: true });
    else {
      if (!isTold)
        say(`another gatehouse is installing the packages; waiting for it (if there is none: remove ${lock}) ...`);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}

function isAbandoned() {
  try {
    process.kill(Number(readFileSync(path.join(lock, 'pid'), 'utf8')), 0);
    return false;
  } catch (error) {
    // Without a number its holder is just writing it (or died in between: the next look finds the same).
    return error.code === 'ESRCH';
  }
}

/** `npm ci`, telling how far it is. */
async function install(total) {
  say(`first run here: installing ${total} packages of package-lock.json (half a minute) ...`);
  const [program, before] = npm();
  const words = [
    'ci',
    '--include=dev',
    // Of what they do only the binary of the package `node` is needed (installNode); the rest compiles C++ for half a minute, for what works without as well.
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-progress',
    '--loglevel=error',
    '--prefer-offline',
    '--fetch-retry-mintimeout=1000',
    '--fetch-retry-maxtimeout=5000',
  ];
  // stdout belongs to the command that was asked for (it may be JSON), so npm's talk goes to stderr.
  const child = spawn(program, [...before, ...words], { cwd: home, stdio: ['ignore', 2, 2] });
  let wasInterrupted = false;
  // npm may be deaf while it unpacks. What it leaves behind is begun anew, so it may be ended at once.
  const interrupt = () => {
    wasInterrupted = true;
    child.kill('SIGKILL');
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, interrupt);
  const progress = setInterval(() => say(`${countPackages()} of ${total} packages are there`), 5000);
  const code = await new Promise((resolve) => {
    child.once('error', () => resolve(127));
    child.once('exit', (status, signal) => resolve(signal ? 1 : status));
  });
  clearInterval(progress);
  for (const signal of ['SIGINT', 'SIGTERM']) process.removeListener(signal, interrupt);
  if (code === 0) return say('packages are installed');
  rmSync(lock, { recursive: true, force: true });
  if (wasInterrupted) fail(`the installation was interrupted; run the same command again to begin anew`);
  if (code === 127) fail(`there is no npm on this machine; cure: install Node with npm, ${again}`);
  if (!isRegistryThere())
    fail(
      'the npm registry cannot be reached; cure: connect this machine to the Internet for the first run (or copy the folder ' +
        `node_modules of a machine of the same kind here), ${again}`,
    );
  fail(`npm ci failed (see above); cure: put right what it says, ${again}`);
}

/** npm as the one that runs this script, else the first on the path. */
function npm() {
  const script = process.env.npm_execpath ?? '';
  return /npm-cli\.[cm]?js$/.test(script) ? [process.execPath, [script]] : ['npm', []];
}

function isRegistryThere() {
  const [program, before] = npm();
  const words = ['ping', '--fetch-retries=0', '--fetch-timeout=5000', '--loglevel=silent'];
  return spawnSync(program, [...before, ...words], { cwd: home, stdio: 'ignore' }).status === 0;
}

function countPackages() {
  const names = (folder) => (existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith('.')) : []);
  return names(modules).reduce(
    (sum, name) => sum + (name.startsWith('@') ? names(path.join(modules, name)).length : 1),
    0,
  );
}

/** The package `node` puts its binary in place with an install script, which runs npm once more. */
function installNode() {
  // The Node that runs may have been a package's itself, which npm took away for the new one: then the machine's own.
  const node = existsSync(process.execPath) ? process.execPath : 'node';
  spawnSync(node, [path.join(modules, 'node', 'installArchSpecificPackage.js')], {
    cwd: path.join(modules, 'node'),
    env: { ...process.env, npm_config_prefer_offline: 'true' },
    stdio: ['ignore', 2, 2],
  });
}
