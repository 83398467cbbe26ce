/**
 * exec - a command in a container: its output kept apart, its exit code, its end when it takes too long.
 */
import type { Duplex, PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import type { Clock } from '#util/clock.ts';
import type { ExecOptions, ExecResult } from '../range.ts';
import { splitOutput } from './split-output.ts';

export interface ContainerCommand {
  readonly container: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
}

const mostOutputBytes = 1_000_000;
const defaultExecMs = 60_000;
const graceSeconds = 2;

/** The two ends of a command that goes on: write its input, read its output. */
export interface OpenCommand {
  readonly stream: Duplex;
  readonly stdout: PassThrough;
  readonly stderr: PassThrough;
  /** After the output has ended. */
  exitCode(): Promise<number>;
}

/** What the engine says of a container that is not there (404), or is stopped or paused (409), as what a person can do about it. */
export function tellAway(
  container: string,
  words = `${container} does not run; cure: gatehouse up --engine docker`,
): (error: Error & { statusCode?: number }) => never {
  return (error) => {
    if (error.statusCode !== 404 && error.statusCode !== 409) throw error;
    throw new Error(words, { cause: error });
  };
}

/** Starts a command and hands its streams over. @throws Error with the cure when the container does not run */
export async function openCommand(
  docker: Docker,
  { container, command, env, folder }: ContainerCommand,
): Promise<OpenCommand> {
  const exec = await docker
    .getContainer(container)
    .exec({
      Cmd: [...command],
      Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      WorkingDir: folder,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
    })
    .catch(tellAway(container));
  const stream = await exec.start({ hijack: true, stdin: true });
  stream.on('error', () => undefined);
  const { output: stdout, errors: stderr } = splitOutput(stream);
  return { stream, stdout, stderr, exitCode: async () => (await exec.inspect()).ExitCode ?? 137 };
}

/** Runs a command to its end; output is cut at 1 MB. 127 when there is no such program, 137 when it took too long. */
export async function runCommand(
  docker: Docker,
  clock: Clock,
  wanted: ContainerCommand,
  options: ExecOptions = {},
): Promise<ExecResult> {
  // A command that takes too long is ended inside: closing our side would leave it running.
  const seconds = Math.ceil((options.timeoutMs ?? defaultExecMs) / 1000);
  const open = await openCommand(docker, {
    ...wanted,
    command: ['timeout', '--signal=KILL', String(seconds), ...wanted.command],
  });
  const texts = Promise.all([collect(open.stdout), collect(open.stderr)]);
  open.stream.end(options.input ?? '');
  // The host's root may keep that from working, or leave a child behind that holds the output open.
  const late = clock.after((seconds + graceSeconds) * 1000, () => open.stream.destroy());
  const [stdout, stderr] = await texts.finally(() => late.cancel());
  return { exitCode: await open.exitCode(), stdout, stderr };
}

async function collect(stream: PassThrough): Promise<string> {
  let text = '';
  for await (const chunk of stream) if (text.length < mostOutputBytes) text += String(chunk);
  return text;
}
