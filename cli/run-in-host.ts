/**
 * run-in-host - runs a command, or a shell, in a host's root with this terminal, and tells how it ended.
 *
 * The command's environment is the host's alone (range/host-environment.ts). Ctrl-C is for the command; SIGTERM and SIGHUP are handed on to it.
 * Exit codes are a shell's: 127 command not found, 126 not executable, 128 + N ended by signal N.
 *
 * Limits: the root is a folder, not a file system of its own. `etc/aliases` is the host's file, `/etc/aliases` this machine's; the shell's greeting says so.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { accessSync } from 'node:fs';
import path from 'node:path';
import { printable } from '#util/terminal-text.ts';
import type { attachRange } from '../range/attach.ts';
import { hostEnvironment } from '../range/host-environment.ts';
import type { HostName, Seat } from '../range/world.ts';
import type { Say } from './texts.ts';

export interface Place {
  readonly range: Awaited<ReturnType<typeof attachRange>>;
  readonly seat: Seat;
  readonly host: HostName;
}

/** Runs with this terminal. @returns the exit code to end with */
export async function runInHost(place: Place, command: readonly string[]): Promise<number> {
  if (place.range.engine === 'docker') return (await import('./run-in-container.ts')).runInContainer(place, command);
  const { range, seat, host } = place;
  const [program = 'true', ...args] = command;
  const child = spawn(program, args, {
    cwd: range.workspace.hostRoot(seat.id, host),
    env: { ...hostEnvironment(range, range.workspace, seat.id, host), TERM: process.env['TERM'] ?? 'dumb' },
    stdio: 'inherit',
  });
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const { promise, resolve } = Promise.withResolvers<number>();
  child.on('error', (error: NodeJS.ErrnoException) => {
    const isMissing = error.code === 'ENOENT';
    process.stderr.write(`${printable(program)}: ${isMissing ? 'command not found' : error.message}\n`);
    resolve(isMissing ? 127 : 126);
  });
  child.on('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  return promise;
}

/** An interactive shell; without a terminal it reads its commands from standard input. */
export async function runShell(place: Place, say: Say): Promise<number> {
  if (place.range.engine === 'docker') return (await import('./run-in-container.ts')).runContainerShell(place, say);
  const isTerminal = process.stdin.isTTY === true;
  const local = place.host === 'dns' ? place.range.world.dns : place.seat[place.host];
  if (isTerminal)
    process.stdout.write(
      `${say(place.host === 'dns' ? 'shell.dns' : 'shell.greeting', { name: local.name, address: local.address })}\n`,
    );
  return runInHost(place, shellCommand(isTerminal));
}

/** bash with an rc file of ours (Debian's own would set another prompt), else sh. */
function shellCommand(isInteractive: boolean): string[] {
  const bash = ['/bin/bash', '/usr/bin/bash', '/usr/local/bin/bash'].find(exists);
  if (bash === undefined) return isInteractive ? ['sh', '-i'] : ['sh'];
  return isInteractive ? [bash, '--rcfile', path.join(import.meta.dirname, 'shell', 'bashrc'), '-i'] : [bash];
}

function exists(file: string): boolean {
  try {
    accessSync(file);
    return true;
  } catch {
    return false;
  }
}
