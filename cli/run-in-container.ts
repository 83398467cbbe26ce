/**
 * run-in-container - a command, or a shell, in a host's container with this terminal (docker-exec(1) without the program).
 *
 * With a terminal the container's is as large as ours and follows its size; keys go through as they are, Ctrl-C as well. Without one, input and the two outputs are kept apart.
 * Ends with the command's exit code: 127 command not found, 126 not executable.
 */
import type { ReadStream } from 'node:tty';
import { connectDocker } from '../range/docker/connect.ts';
import { commandPlace } from '../range/docker/docker-door.ts';
import type { Place } from './run-in-host.ts';

/** @returns the exit code to end with */
export async function runInContainer({ range, seat, host }: Place, command: readonly string[]): Promise<number> {
  const docker = await connectDocker();
  const { container, env, folder } = commandPlace(range.world, seat.id, host);
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const exec = await docker.getContainer(container).exec({
    Cmd: [...command],
    Env: Object.entries({ ...env, TERM: process.env['TERM'] ?? 'dumb' }).map(([name, value]) => `${name}=${value}`),
    WorkingDir: folder,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: isTerminal,
  });
  const stream = await exec.start({ hijack: true, stdin: true, Tty: isTerminal });
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  for (const event of ['end', 'close', 'error'] as const) stream.once(event, () => resolve());
  const resize = (): void =>
    void exec.resize({ h: process.stdout.rows ?? 24, w: process.stdout.columns ?? 80 }).catch(() => undefined);
  if (isTerminal) {
    process.stdin.setRawMode(true);
    process.stdout.on('resize', resize);
    resize();
    stream.pipe(process.stdout, { end: false });
  } else docker.modem.demuxStream(stream, process.stdout, process.stderr);
  process.stdin.pipe(stream);
  await ended;
  release(process.stdin, isTerminal);
  return (await exec.inspect()).ExitCode ?? 137;
}

/** bash where the image has it, as Debian's has. */
export function runContainerShell(place: Place): Promise<number> {
  return runInContainer(place, process.stdin.isTTY === true ? ['bash', '--norc', '-i'] : ['bash']);
}

function release(input: ReadStream, isTerminal: boolean): void {
  if (isTerminal) input.setRawMode(false);
  input.unpipe();
  input.destroy();
}
