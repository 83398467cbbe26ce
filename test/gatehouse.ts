/**
 * gatehouse - runs the real command for whole-range tests, in a workspace of the test's own, and follows one that goes on.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '#util/clock.ts';
import { waitFor, withDeadline } from '#util/deadline.ts';

const home = path.dirname(import.meta.dirname);
const longestMs = 60_000;
/** As bin/ready.mjs has it. */
const cache = { NODE_COMPILE_CACHE: path.join(home, 'node_modules', '.cache', 'gatehouse') };

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that still runs. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly outcome: Promise<Outcome>;
  /** Resolves when what it printed so far fits. */
  printed(words: RegExp): Promise<string>;
}

/** Starts `gatehouse ARGS`. `launcher` takes bin/gatehouse.mjs, as npx does. */
export function begin(args: readonly string[], more: { env?: NodeJS.ProcessEnv; launcher?: boolean } = {}): Running {
  const program = more.launcher ? 'bin/gatehouse.mjs' : 'cli/main.ts';
  const child = spawn(process.execPath, [path.join(home, program), ...args], {
    cwd: home,
    env: { ...cache, ...process.env, GATEHOUSE_WORKSPACE: undefined, GATEHOUSE_SEAT: undefined, ...more.env },
  });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (chunk: string) => (text[name] += chunk));
  const outcome = new Promise<Outcome>((resolve) =>
    child.on('close', (code, signal) =>
      resolve({ exitCode: code ?? 128 + os.constants.signals[signal ?? 'SIGKILL'], ...text }),
    ),
  );
  return {
    child,
    outcome,
    printed: (words) =>
      waitFor(
        `"${words.source}" printed`,
        () => {
          const all = text.stdout + text.stderr;
          return words.test(all) ? { kind: 'there', value: all } : { kind: 'not-yet', seen: all.slice(-500) };
        },
        { clock: systemClock, timeoutMs: longestMs },
      ),
  };
}

/** Runs `gatehouse ARGS` to its end. */
export function gatehouse(
  args: readonly string[],
  more: { input?: string; env?: NodeJS.ProcessEnv; launcher?: boolean; patienceMs?: number } = {},
): Promise<Outcome> {
  const { child, outcome } = begin(args, more);
  child.stdin.on('error', () => undefined).end(more.input ?? '');
  return withDeadline(`gatehouse ${args.join(' ')}`, outcome, {
    clock: systemClock,
    timeoutMs: more.patienceMs ?? longestMs,
  });
}

/** A folder for workspaces; workshops that still run in it are ended before it goes. */
export interface Workspaces extends AsyncDisposable {
  readonly folder: string;
  /** The path of one of them. */
  at(name: string): string;
}

export async function makeWorkspaces(): Promise<Workspaces> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-test-'));
  return {
    folder,
    at: (name) => path.join(folder, name),
    async [Symbol.asyncDispose]() {
      for (const name of await readdir(folder)) await gatehouse(['down', '--workspace', path.join(folder, name)]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
