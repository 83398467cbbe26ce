/**
 * workshop - a workshop for a benchmark, driven by the real command in processes of its own, as a person would.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const command = path.join(import.meta.dirname, '..', 'bin', 'gatehouse.mjs');

export interface Timed {
  readonly seconds: number;
  readonly exitCode: number;
  readonly stdout: string;
}

/** Runs a program to its end. @throws Error with its words when it ends with another exit code than those allowed */
export async function timeProgram(program: string, args: readonly string[], allowed = [0]): Promise<Timed> {
  const startedMs = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const words = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (chunk) => void (words[name] += chunk));
  const exitCode = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  if (!allowed.includes(exitCode)) throw new Error(`${args.join(' ')} ended with ${exitCode}: ${words.stderr}`);
  return { seconds: (performance.now() - startedMs) / 1000, exitCode, stdout: words.stdout };
}

export interface BenchWorkshop extends AsyncDisposable {
  /** Seconds from the command to "ready". */
  readonly readySeconds: number;
  readonly folder: string;
  /** `gatehouse ARGS --workspace ...`. */
  gatehouse(args: readonly string[], allowed?: number[]): Promise<Timed>;
}

/** `options`: more for `gatehouse up`. */
export async function startWorkshop(seats: number, options: readonly string[] = []): Promise<BenchWorkshop> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-bench-'));
  const gatehouse: BenchWorkshop['gatehouse'] = ([name = '', ...args], allowed) =>
    timeProgram(process.execPath, [command, name, '--workspace', folder, ...args], allowed);
  const { seconds } = await gatehouse(['up', '--detach', '--seats', String(seats), ...options]);
  return {
    readySeconds: seconds,
    folder,
    gatehouse,
    async [Symbol.asyncDispose]() {
      await gatehouse(['down']);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Memory of all processes that name the workspace on their command line, in MB: proportional set size, which counts shared pages once (proc(5) smaps_rollup).
 * Linux only; undefined elsewhere.
 */
export async function memoryOf(folder: string): Promise<number | undefined> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  let kilobytes = 0;
  for (const pid of pids) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (!line.includes(folder)) continue;
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
    kilobytes += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
  }
  return kilobytes === 0 ? undefined : kilobytes / 1024;
}
