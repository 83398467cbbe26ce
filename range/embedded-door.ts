/**
 * embedded-door - the running embedded engine, reached through its control file; commands run as processes in the host's root folder.
 */
import { spawn } from 'node:child_process';
import type { Clock } from '#util/clock.ts';
import { callControl } from '#util/control.ts';
import type { Wire } from '#util/wire.ts';
import type { EngineDoor } from './engine-door.ts';
import { hostEnvironment } from './host-environment.ts';
import type { ExecOptions, ExecResult, HostState } from './range.ts';
import { nothingRuns, type Workspace } from './workspace.ts';
import type { HostName, World } from './world.ts';

const mostOutputBytes = 1_000_000;
const defaultExecMs = 60_000;

interface DoorContext {
  readonly world: World;
  readonly workspace: Workspace;
  readonly wire: Wire;
  readonly clock: Clock;
}

/** @throws Error with the cure when nothing runs there, or not yet */
export async function openEmbeddedDoor(
  world: World,
  workspace: Workspace,
  wire: Wire,
  clock: Clock,
): Promise<EngineDoor> {
  const first = await callControl(workspace.controlFile, 'status');
  if (first.kind === 'nobody') throw nothingRuns(workspace);
  if (first.answer.exitCode !== 0)
    throw new Error(`the workshop in ${workspace.folder} is ${first.answer.output}; cure: try again in a moment`);
  const call = async (command: string, ...args: string[]): Promise<string> => {
    const result = await callControl(workspace.controlFile, command, ...args);
    if (result.kind === 'nobody') throw new Error(`the workshop in ${workspace.folder} has stopped`);
    if (result.answer.exitCode !== 0) throw new Error(result.answer.output.trim() || `${command} failed`);
    return result.answer.output;
  };
  return {
    engine: 'embedded',
    status: async (seat) =>
      (JSON.parse(await call('status')) as HostState[]).filter((state) => seat === undefined || state.seat === seat),
    exec: (seat, host, command, options) => execIn({ world, workspace, wire, clock }, seat, host, command, options),
    async control(seat, host, action, service) {
      if (host === 'dns') return;
      if (service === undefined) await call(action === 'stop' ? 'stop-host' : 'start-host', seat, host);
      else await call('control', seat, host, action, service);
    },
  };
}

function execIn(
  { world, workspace, wire, clock }: DoorContext,
  seat: string,
  host: HostName,
  command: readonly string[],
  options: ExecOptions,
): Promise<ExecResult> {
  const root = workspace.hostRoot(seat, host);
  const [program = 'true', ...args] = command;
  const child = spawn(program, args, {
    cwd: root,
    env: hostEnvironment({ world, wire }, workspace, seat, host),
    detached: true,
  });
  const { promise, resolve } = Promise.withResolvers<ExecResult>();
  const streams = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on(
      'data',
      (chunk: Buffer) => void (streams[name].length < mostOutputBytes && (streams[name] += chunk.toString('utf8'))),
    );
  const timer = clock.after(options.timeoutMs ?? defaultExecMs, () => {
    streams.stderr += `\n${program}: timed out`;
    killGroup(child.pid);
  });
  const finish = (exitCode: number): void => {
    timer.cancel();
    resolve({ exitCode, ...streams });
  };
  child.on('error', (error: NodeJS.ErrnoException) => {
    streams.stderr += `${program}: ${error.code === 'ENOENT' ? 'command not found' : error.message}\n`;
    finish(127);
  });
  child.on('close', (code) => finish(code ?? 137));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  return promise;
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    globalThis.process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself in the meantime.
  }
}
