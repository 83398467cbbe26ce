/**
 * postfix - postfix(1): start, start-fg, stop, reload, abort, flush, check, status.
 *
 * On a host with an init (run/init.ctl) that starts and stops the mail system; otherwise this command runs it itself, as a process of its own.
 */
import { spawn } from 'node:child_process';
import { waitFor } from '#util/deadline.ts';
import { systemClock } from '#util/clock.ts';
import { loadMasterConfig } from '../config/read-master-cf.ts';
import { startMta } from '../mta.ts';
import { createStandaloneDeps } from './standalone.ts';
import {
  callInit,
  callMaster,
  findSurroundings,
  loadConfig,
  print,
  readFlags,
  runTool,
  ToolError,
  type Surroundings,
} from './tool.ts';

const usage = 'Usage: postfix start (or stop, reload, abort, flush, check, status, start-fg)';

await runTool('postfix', async (args) => {
  const { flags, rest } = readFlags(args, 'cD');
  const surroundings = findSurroundings(flags.get('c')?.[0]);
  const [command = ''] = rest;
  switch (command) {
    case 'start-fg':
      return startForeground(surroundings);
    case 'start':
      return start(surroundings, flags.get('c')?.[0]);
    case 'stop':
    case 'abort':
      return control(surroundings, 'stop', 'stop', 'stopping the Postfix mail system');
    case 'reload':
      return control(surroundings, 'reload', 'reload', 'refreshing the Postfix mail system');
    case 'status':
      return status(surroundings);
    case 'flush':
      return flush(surroundings);
    case 'check':
      return check(surroundings);
    default:
      throw new ToolError(`unknown command: '${command}'. ${usage}`);
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
    if (viaInit.answer.exitCode === 0) return say('starting the Postfix mail system', 0);
    return say(
      viaInit.answer.output.includes('already running')
        ? 'fatal: the Postfix mail system is already running'
        : viaInit.answer.output.trim(),
      1,
    );
  }
  const config = await loadConfig(surroundings);
  if ((await callMaster(surroundings, config, 'status')).kind === 'answer')
    return say('fatal: the Postfix mail system is already running', 1);
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
  return say('starting the Postfix mail system', 0);
}

async function control(surroundings: Surroundings, initAction: string, command: string, text: string): Promise<number> {
  const viaInit = await callInit(surroundings, 'postfix', initAction);
  const result =
    viaInit.kind === 'answer' ? viaInit : await callMaster(surroundings, await loadConfig(surroundings), command);
  if (result.kind === 'nobody' || result.answer.output.includes('is not running'))
    return say('fatal: the Postfix mail system is not running', 1);
  if (result.answer.exitCode === 0) return say(text, 0);
  return say(result.answer.output.trim(), result.answer.exitCode);
}

async function status(surroundings: Surroundings): Promise<number> {
  const answer = await callMaster(surroundings, await loadConfig(surroundings), 'status');
  return answer.kind === 'answer'
    ? say('the Postfix mail system is running', 0)
    : say('the Postfix mail system is not running', 1);
}

async function flush(surroundings: Surroundings): Promise<number> {
  const answer = await callMaster(surroundings, await loadConfig(surroundings), 'flush');
  return answer.kind === 'answer' ? 0 : say('fatal: the Postfix mail system is not running', 1);
}

/** Silent when main.cf and master.cf can be read, as Postfix is; warnings go out as Postfix words them. */
async function check(surroundings: Surroundings): Promise<number> {
  const config = await loadConfig(surroundings);
  const master = await loadMasterConfig(surroundings.directory, surroundings.root);
  for (const warning of [...config.warnings, ...master.warnings])
    process.stderr.write(`postfix: warning: ${warning.text}\n`);
  for (const name of ['message_size_limit', 'queue_minfree', 'default_process_limit']) config.integer(name);
  for (const name of ['queue_run_delay', 'minimal_backoff_time', 'maximal_backoff_time', 'maximal_queue_lifetime'])
    config.durationMs(name);
  return 0;
}

function say(text: string, exitCode: number): number {
  process.stderr.write(`postfix/postfix-script: ${text}\n`);
  return exitCode;
}
