/**
 * run-script - the `run.sh` of a case folder or a solution, in either of its two forms.
 *
 * Lines `HOST: command` are run one by one in that host, as a student's would be. Anything else is a plain shell script: it runs on this machine, in its own folder,
 * with GATEHOUSE_SEAT, GATEHOUSE_WORKSPACE and a `gatehouse` first on PATH, so that `gatehouse exec "$GATEHOUSE_SEAT" gateway -- postconf -e ...` works. Both are
 * templates (EJS) with the seat's parameters.
 *
 * Failures: the first command that ends with another code than 0 ends the script; the error names file, line (for the first form), words and cure.
 */
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '#util/clock.ts';
import { seatParameters } from '../../range/parameters.ts';
import { renderText } from '../../range/render-tree.ts';
import type { HostName, Range } from '#range';

/** A range that has a folder on this machine, as the plain form needs. */
export type RangeWithFolder = Range & { readonly workspace?: { readonly folder: string } };

const lineForm = /^(gateway|mailbox|dns):\s*(.+)$/;
const isIdle = (line: string): boolean => /^\s*(#|$)/.test(line);
const longestRunMs = 120_000;
const launcher = path.join(path.dirname(path.dirname(import.meta.dirname)), 'bin', 'gatehouse.mjs');

/** Runs `folder`/run.sh; nothing to do when there is none. @throws Error naming the command that failed. */
export async function runScript(range: RangeWithFolder, seat: string, folder: string): Promise<void> {
  const file = path.join(folder, 'run.sh');
  const template = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new Error(`${file}: ${error.message}; cure: run.sh is a text file, or is left out`);
  });
  const script = renderText(template, seatParameters(range.world, seat), file);
  const lines = script.split('\n');
  if (lines.every(isIdle)) return;
  if (!script.startsWith('#!') && lines.every((line) => isIdle(line) || lineForm.test(line)))
    return runLines(range, seat, file, lines);
  await runPlain(range, seat, file, script);
}

async function runLines(range: Range, seat: string, file: string, lines: readonly string[]): Promise<void> {
  for (const [index, line] of lines.entries()) {
    const [, host, command] = lineForm.exec(line) ?? [];
    if (host === undefined || command === undefined) continue;
    const { exitCode, stderr, stdout } = await range.exec(seat, host as HostName, ['sh', '-c', command]);
    if (exitCode !== 0)
      throw new Error(
        `${file}, line ${index + 1}: "${command}" on ${host} ended with ${exitCode}: ${(stderr || stdout).trim()}; cure: try it in "gatehouse shell ${seat} ${host}", or add "|| true" if that is meant`,
      );
  }
}

async function runPlain(range: RangeWithFolder, seat: string, file: string, script: string): Promise<void> {
  if (!range.workspace) throw new Error(`${file}: a plain shell script needs a workshop with a folder on this machine`);
  const tools = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-run-'));
  try {
    await symlink(launcher, path.join(tools, 'gatehouse'));
    const rendered = path.join(tools, 'run.sh');
    await writeFile(rendered, script);
    await chmod(rendered, 0o700);
    const { exitCode, output } = await runProgram(script.startsWith('#!') ? [rendered] : ['sh', rendered], {
      cwd: path.dirname(file),
      env: {
        ...globalThis.process.env,
        PATH: `${tools}${path.delimiter}${globalThis.process.env['PATH'] ?? ''}`,
        GATEHOUSE_SEAT: seat,
        GATEHOUSE_WORKSPACE: range.workspace.folder,
      },
    });
    if (exitCode !== 0)
      throw new Error(
        `${file}: ended with ${exitCode}: ${output.trim().slice(-2000) || 'it said nothing'}; cure: lines "HOST: command" run in a host, anything else runs here as a shell script with GATEHOUSE_SEAT and "gatehouse" on PATH (labs/README.md)`,
      );
  } finally {
    await rm(tools, { recursive: true, force: true });
  }
}

function runProgram(
  [program = 'sh', ...args]: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<{ exitCode: number; output: string }> {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const { promise, resolve } = Promise.withResolvers<{ exitCode: number; output: string }>();
  let output = '';
  const timer = systemClock.after(longestRunMs, () => {
    output += `\nstill running after ${longestRunMs / 1000} s`;
    child.kill('SIGKILL');
  });
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = `${output}${chunk.toString('utf8')}`.slice(-100_000)));
  child.on('error', (error) => (output += error.message));
  child.on('close', (code) => {
    timer.cancel();
    resolve({ exitCode: code ?? 137, output });
  });
  return promise;
}
