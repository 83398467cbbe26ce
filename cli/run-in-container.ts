/**
 * run-in-container - a command, or a shell, in a host's container with this terminal (docker-exec(1) without the program).
 *
 * With a terminal the container's is as large as ours and follows its size; keys go through as they are, Ctrl-C as well. Without one, input and the two outputs are kept apart.
 * Ends with the command's exit code: 127 command not found, 126 not executable. When this command is ended first (killed, too), or nobody reads its output any more, the one in the container is told to hang up.
 */
import { pipeline } from 'node:stream/promises';
import { commandPlace } from '../range/docker/docker-door.ts';
import { openTerminal } from '../range/docker/open-terminal.ts';
import type { HostName, Seat, World } from '../range/world.ts';
import type { Place } from './run-in-host.ts';
import type { Say } from './texts.ts';

/** @returns the exit code to end with */
export async function runInContainer({ range, seat, host }: Place, command: readonly string[]): Promise<number> {
  const { stdin, stdout, stderr } = process;
  const isTerminal = stdin.isTTY === true && stdout.isTTY === true;
  const size = (): { columns: number; rows: number } => ({ columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 });
  const { env, ...place } = commandPlace(range.world, seat.id, host);
  const program = await openTerminal({
    ...place,
    // A shell's words and exit codes for what is not there: the engine's differ with its version.
    command: ['sh', '-c', 'exec "$@"', 'gatehouse', ...command],
    env: { ...env, TERM: process.env['TERM'] ?? 'dumb' },
    terminal: isTerminal ? size() : undefined,
    leashed: true,
  });
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => program.hangUp());
  if (isTerminal) {
    stdin.setRawMode(true);
    stdout.on('resize', () => program.resize(size()));
    program.resize(size());
  } else process.on('SIGINT', () => program.signal('INT'));
  stdin.pipe(program.input);
  // main.ts would end at once when nobody reads any more (`| head`), and leave the program behind.
  for (const output of [stdout, stderr]) output.removeAllListeners('error');
  const isRead = await Promise.all([
    pipeline(program.output, stdout, { end: false }),
    ...(program.errors ? [pipeline(program.errors, stderr, { end: false })] : []),
  ]).then(
    () => true,
    () => false,
  );
  if (isTerminal) stdin.setRawMode(false);
  stdin.unpipe();
  stdin.destroy();
  if (!isRead) program.hangUp();
  program.release();
  program.input.destroy();
  return isRead ? program.exitCode() : 0;
}

/** bash, as the image has it; greeted at a terminal. */
export function runContainerShell(place: Place, say: Say): Promise<number> {
  if (process.stdin.isTTY !== true) return runInContainer(place, ['bash']);
  process.stdout.write(`${shellGreeting(place.range.world, place.seat, place.host, say)}\n`);
  return runInContainer(place, ['bash', '--norc', '-i']);
}

/** What a shell in a container says first. */
export function shellGreeting(world: World, seat: Seat, host: HostName, say: Say): string {
  const { dns, classroom } = world;
  const { name, address } = host === 'dns' ? dns : seat[host];
  return say(host === 'dns' ? 'ssh.dns' : 'ssh.greeting', { name, address, classroom: classroom.name });
}
