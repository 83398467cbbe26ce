/**
 * postfix - postfix(1): start, start-fg, stop, reload, abort, flush, check, status.
 *
 * On a host with an init (run/init.ctl) that starts and stops the mail system; otherwise this command runs it itself, as a process of its own.
 */
import { spawn } from 'node:child_process';
import { waitFor } from '#util/deadline.ts';
import { systemClock } from '#util/clock.ts';
import { checkTables } from '../config/check-tables.ts';
import { checkNeeded, checkValues } from '../config/check-values.ts';
import { loadMasterConfig } from '../config/read-master-cf.ts';
import { startMta } from '../mta.ts';
import { createStandaloneDeps } from './standalone.ts';
import { readOptions } from './options.ts';
import { sayAndLog as say } from './postfix-log.ts';
import {
  callInit,
  callMaster,
  findSurroundings,
  loadAnyConfig,
  loadConfig,
  print,
  runTool,
  ToolError,
  warn,
  type Surroundings,
} from './tool.ts';

const tool = 'postfix';
const usage = 'postfix [-c config_dir] [-Dv] command';
const commands =
  'Usage: postfix start (or stop, reload, abort, flush, check, status, set-permissions, upgrade-configuration, logrotate)';

await runTool(tool, async (args) => {
  const { flags, rest } = readOptions(args, { tool, letters: 'c:Dv', usage });
  const surroundings = findSurroundings(flags.get('c')?.[0]);
  const [command = ''] = rest;
  switch (command) {
    case 'start-fg':
      return startForeground(surroundings);
    case 'start':
      return start(surroundings, flags.get('c')?.[0]);
    case 'stop':
      return control(surroundings, 'stop', 'stop', 'stopping the Postfix mail system');
    case 'abort':
      return control(surroundings, 'stop', 'stop', 'aborting the Postfix mail system');
    case 'reload':
      return control(surroundings, 'reload', 'reload', 'refreshing the Postfix mail system');
    case 'status':
      return status(surroundings);
    case 'flush':
      return flush(surroundings);
    case 'check':
      return check(surroundings);
    default:
      return say(surroundings, `fatal: unknown command: '${command}'. ${commands}`, 1);
  }
});

/** Runs the mail system in this process until a signal. */
async function startForeground(surroundings: Surroundings): Promise<number> {
  const deps = await createStandaloneDeps(surroundings);
  const mta = await startMta(surroundings.directory, deps);
  print('postfix/postfix-script: starting the Postfix mail system\n');
  const { promise: signalled, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  await Promise.race([signalled, mta.stopRequested]);
  await mta.stop();
  return 0;
}

async function start(surroundings: Surroundings, directory: string | undefined): Promise<number> {
  const viaInit = await callInit(surroundings, 'postfix', 'start');
  if (viaInit.kind === 'answer') {
    if (viaInit.answer.exitCode === 0) return say(surroundings, 'starting the Postfix mail system', 0);
    return say(
      surroundings,
      viaInit.answer.output.includes('already running')
        ? 'fatal: the Postfix mail system is already running'
        : viaInit.answer.output.trim(),
      1,
    );
  }
  const config = await loadConfig(surroundings);
  if ((await callMaster(surroundings, config, 'status')).kind === 'answer')
    return say(surroundings, 'fatal: the Postfix mail system is already running', 1);
  const child = spawn(
    process.execPath,
    [...process.execArgv, import.meta.filename, ...(directory === undefined ? [] : ['-c', directory]), 'start-fg'],
    { detached: true, stdio: 'ignore' },
  );
  child.unref();
  const { promise: died, resolve } = Promise.withResolvers<number>();
  child.on('exit', (code) => resolve(code ?? 1));
  let exitCode: number | undefined;
  void died.then((code) => (exitCode = code));
  await waitFor(
    'the mail system',
    async () => {
      if (exitCode !== undefined) throw new ToolError('the mail system did not start: see the mail log');
      return (await callMaster(surroundings, config, 'status')).kind === 'answer'
        ? { kind: 'there', value: undefined }
        : { kind: 'not-yet', seen: 'no answer yet' };
    },
    { clock: systemClock, timeoutMs: 10_000 },
  );
  return say(surroundings, 'starting the Postfix mail system', 0);
}

async function control(surroundings: Surroundings, initAction: string, command: string, text: string): Promise<number> {
  const viaInit = await callInit(surroundings, 'postfix', initAction);
  const result =
    viaInit.kind === 'answer' ? viaInit : await callMaster(surroundings, await loadConfig(surroundings), command);
  if (result.kind === 'nobody' || result.answer.output.includes('is not running'))
    return say(surroundings, 'fatal: the Postfix mail system is not running', 1);
  if (result.answer.exitCode === 0) return say(surroundings, text, 0);
  return say(surroundings, result.answer.output.trim(), result.answer.exitCode);
}

async function status(surroundings: Surroundings): Promise<number> {
  const answer = await callMaster(surroundings, await loadConfig(surroundings), 'status');
  if (answer.kind === 'nobody') return say(surroundings, 'the Postfix mail system is not running', 1);
  const pid = answer.answer.output.trim();
  return say(surroundings, `the Postfix mail system is running${pid === '' ? '' : `: PID: ${pid}`}`, 0);
}

async function flush(surroundings: Surroundings): Promise<number> {
  const answer = await callMaster(surroundings, await loadConfig(surroundings), 'flush');
  if (answer.kind === 'answer') return 0;
  warn('postqueue', { text: 'unable to look up public/qmgr: No such file or directory' });
  throw new ToolError('Cannot flush mail queue - mail system is down');
}

/** Silent when main.cf, master.cf and the tables can be read. Postfix says nothing of values and tables here; to a person who asks, it is what counts. */
async function check(surroundings: Surroundings): Promise<number> {
  const config = await loadAnyConfig(surroundings);
  const master = await loadMasterConfig(surroundings.directory, surroundings.root);
  for (const warning of [...config.warnings, ...master.warnings]) warn(tool, warning);
  for (const { name, type, fault } of master.services)
    if (fault !== undefined)
      warn(tool, { text: `service ${name} ${type}: ${fault}`, cure: 'write -o name=value without blanks' });
  for (const fault of checkValues(config)) warn(tool, { text: fault.message, cure: fault.cure });
  for (const warning of await checkTables(config)) warn(tool, warning);
  checkNeeded(config);
  return 0;
}
