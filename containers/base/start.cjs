/**
 * start - runs a host's program: its bundle with the byte code beside it, or its sources where the image has no bundle. Makes that byte code, too: to compile what a start calls would take a fifth of the start.
 *
 * `start.cjs containers/dns/main.ts` runs it. `start.cjs --compile BUNDLE...` writes BUNDLE.compiled, with every function of it; Node's own cache (NODE_COMPILE_CACHE) holds only
 * those that run as a file is loaded. CommonJS, as the bundles are: Node's other loader takes a start two milliseconds more.
 *
 * Failures: byte code of another Node is refused by V8, and the program compiled as it runs, as without any. Limits: what a program loads late is Node's to load.
 */
'use strict';
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const { constants, Script } = require('node:vm');

const home = path.join(__dirname, '..', '..');

/** @param {string} bundle @param {Buffer} [cachedData] */
function scriptOf(bundle, cachedData) {
  return new Script(Module.wrap(readFileSync(bundle, 'utf8')), {
    filename: bundle,
    cachedData,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
}

/** @param {string} bundle */
function compile(bundle) {
  const v8 = require('node:v8'); // no start needs it, and it takes two milliseconds to load
  // Every function, at once. V8 refuses code that was made under other flags than it runs with, so the flag goes before the code is written.
  v8.setFlagsFromString('--no-lazy');
  const script = scriptOf(bundle);
  v8.setFlagsFromString('--lazy');
  writeFileSync(`${bundle}.compiled`, script.createCachedData());
}

/** @param {string} bundle */
function runBundle(bundle) {
  const script = scriptOf(bundle, readFileSync(`${bundle}.compiled`));
  const module = new Module(bundle);
  const require = Module.createRequire(bundle);
  // Its late parts ask for what they share with it: this module, not another one.
  require.cache[bundle] = module;
  script.runInThisContext()(module.exports, require, module, bundle, path.dirname(bundle));
}

/** @param {string[]} args */
function main([first = '', ...others]) {
  if (first === '--compile') return others.forEach(compile);
  const bundle = path.join(home, 'bundle', first.replace(/\.ts$/, '.cjs'));
  if (existsSync(bundle)) runBundle(bundle);
  else void import(path.join(home, first));
}

module.exports = { scriptOf };
if (require.main === module) main(process.argv.slice(2));
