/**
 * open-terminal - a program in a host's container with everything a person's terminal does: its size, signals, hanging up.
 *
 * The engine ends no program when its connection is gone. So each one carries a mark in its environment, by which it is found, and told with all of its session (setsid(2)): what it began, also
 * with an environment of its own (su), but no daemon. Who asks may be killed, and tell nothing any more: a leash is a second program in the container whose input ends then, and which tells in our place.
 */
import { randomBytes } from 'node:crypto';
import type { Duplex, Readable, Writable } from 'node:stream';
import type Docker from 'dockerode';
import { connectDocker } from './connect.ts';
import { tellAway, type ContainerCommand } from './exec.ts';
import { splitOutput } from './split-output.ts';

export interface TerminalCommand extends ContainerCommand {
  /** Undefined without a terminal. */
  readonly terminal: { readonly columns: number; readonly rows: number } | undefined;
  /** Is the program to be told to hang up also when this process is killed? */
  readonly leashed?: boolean;
}

export interface OpenTerminal {
  readonly input: Writable;
  readonly output: Readable;
  /** Undefined with a terminal. */
  readonly errors: Readable | undefined;
  resize(size: { readonly columns: number; readonly rows: number }): void;
  signal(name: string): void;
  hangUp(): void;
  /** The program has ended, or may go on without us. */
  release(): void;
  /** 137 when the container ended first. */
  exitCode(): Promise<number>;
}

const mark = 'GATEHOUSE_SESSION';
/**
 * `sh -c ... SIGNAL MARK`: a program that the engine began leads its session and has no parent in the container. One that ignores SIGHUP (nohup) goes on, as it does on any host.
 */
const tell =
  'for each in $(grep -lsaF "$1" /proc/[0-9]*/environ); do each=${each%/environ}; grep -qs "^PPid:[[:space:]]*0$" "$each/status" && pkill "-$0" -s "${each#/proc/}"; done';
/** `sh -c ... SIGNAL MARK`: tells when its input ends without a word. */
const tellAtEnd = `read -r _ || { ${tell}; }`;
const endedByKill = 137;
/** Read by students, who cannot bring it up. */
const away = 'this host does not run; cure: ask your instructor to type gatehouse up --engine docker';

/** @throws Error with the cure when the engine does not answer or the container does not run */
export async function openTerminal({
  container: name,
  command,
  env,
  folder,
  terminal,
  leashed = false,
}: TerminalCommand): Promise<OpenTerminal> {
  const container = (await connectDocker()).getContainer(name);
  const session = `${mark}=${randomBytes(8).toString('hex')}`;
  const hasTerminal = terminal !== undefined;
  const exec = await container
    .exec({
      Cmd: [...command],
      Env: [...Object.entries(env).map(([key, value]) => `${key}=${value}`), session],
      WorkingDir: folder,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: hasTerminal,
    })
    .catch(tellAway(name, away));
  const [stream, leash] = await Promise.all([
    exec.start({ hijack: true, stdin: true, Tty: hasTerminal }),
    leashed ? openLeash(container, session) : undefined,
  ]);
  stream.on('error', () => undefined);
  const split = hasTerminal ? undefined : splitOutput(stream);
  const signal = (signalName: string): void =>
    void container
      .exec({ Cmd: ['sh', '-c', tell, signalName, session] })
      .then((telling) => telling.start({ Detach: true }))
      .then((answer) => answer.resume()) // one that nobody reads keeps its connection open
      .catch(() => undefined);
  return {
    input: stream,
    output: split?.output ?? stream,
    errors: split?.errors,
    resize: ({ columns, rows }) => void exec.resize({ w: columns, h: rows }).catch(() => undefined),
    signal,
    hangUp: () => signal('HUP'),
    release: () => void leash?.end('\n'),
    exitCode: async () => (await exec.inspect().catch(() => undefined))?.ExitCode ?? endedByKill,
  };
}

/** A program without one runs all the same. */
async function openLeash(container: Docker.Container, session: string): Promise<Duplex | undefined> {
  try {
    const exec = await container.exec({ Cmd: ['sh', '-c', tellAtEnd, 'HUP', session], AttachStdin: true });
    const leash = await exec.start({ hijack: true, stdin: true });
    return leash.on('error', () => undefined).resume();
  } catch {
    return undefined;
  }
}
