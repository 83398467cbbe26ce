/**
 * genuine-tools - the real programs that tests talk with: which are on this machine, how they are run, which Debian package brings them.
 *
 * Tests that need one run where it is. Where GATEHOUSE_PEERS is `required` (as .ci/run sets it), a missing one is a failure.
 */
import { execFile, execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** Program -> Debian package. */
export const packageOf = {
  swaks: 'swaks libnet-ssleay-perl',
  dig: 'bind9-dnsutils',
  curl: 'curl',
  openssl: 'openssl',
  mutt: 'mutt',
  script: 'bsdutils',
  ssh: 'openssh-client',
  rsync: 'rsync',
} as const;

export type Tool = keyof typeof packageOf;

/** Is it on PATH, with what it needs? */
export function has(tool: Tool): boolean {
  const found = (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => isProgram(path.join(folder, tool)));
  return found && (tool !== 'swaks' || swaksKnowsTls());
}

export const missingTools = (): Tool[] => (Object.keys(packageOf) as Tool[]).filter((tool) => !has(tool));

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function swaksKnowsTls(): boolean {
  try {
    execFileSync('perl', ['-MNet::SSLeay', '-e', '1'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

const timeoutMs = 40_000;

/** Runs it to its end; a failing one is an answer as well. */
export function runTool(tool: Tool, args: readonly string[], { input, env, cwd }: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, env: { ...process.env, LC_ALL: 'C.UTF-8', ...env }, ...(cwd ? { cwd } : {}) };
    const child = execFile(tool, [...args], options, (error, out, err) =>
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, out, err }),
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
  });
}
