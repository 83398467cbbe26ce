/**
 * genuine-target - Debian's Postfix on a machine of its own, as `grade --target` meets it: a network namespace with one address, and another one for whoever grades.
 *
 * Needs root on Linux and the package postfix. No packet leaves the two namespaces; /etc, the spool and the log are private folders.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { OverlayFile } from '#range';
import { masterCf as servicesWithoutDelivery } from '../../mta/dialogue/genuine/genuine-host.ts';

export const targetAddress = '192.0.2.25';
/** Of another network than the target's. */
export const strangerAddress = '203.0.113.9';

const masterCf = `${servicesWithoutDelivery}smtp unix - - n - - smtp
relay unix - - n - - smtp
local unix - n n - - local
`;

/** Each namespace lives as long as the shell that made it. The target's machine has an /etc of its own. */
const room = (folder: string): string => `
ip link set lo up
cp -a /etc/. ${folder}/etc/
chmod 755 ${folder} ${folder}/*
chown postfix ${folder}/lib
printf '127.0.0.1 localhost\\n' > ${folder}/etc/hosts
printf 'nameserver 127.0.0.1\\noptions timeout:1 attempts:1\\n' > ${folder}/etc/resolv.conf
grep -q '^afnog:' ${folder}/etc/passwd || echo 'afnog:x:2001:2001::/tmp:/bin/sh' >> ${folder}/etc/passwd
for each in etc:/etc spool:/var/spool/postfix lib:/var/lib/postfix log:/var/log; do mount --bind ${folder}/\${each%%:*} \${each#*:}; done
echo ready
exec cat`;

const joined = (grader: number): string => `
ip link add to-grader type veth peer name to-target netns ${grader}
ip address add ${targetAddress}/24 dev to-grader
ip link set to-grader up
ip route add ${strangerAddress}/32 dev to-grader
nsenter -t ${grader} -n sh -ec 'ip link set lo up; ip address add ${strangerAddress}/24 dev to-target; ip link set to-target up; ip route add ${targetAddress}/32 dev to-target'`;

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export class GenuineTarget implements AsyncDisposable {
  readonly #folder: string;
  readonly #target: Namespace;
  readonly #grader: Namespace;
  #isRunning = false;

  private constructor(folder: string, target: Namespace, grader: Namespace) {
    this.#folder = folder;
    this.#target = target;
    this.#grader = grader;
  }

  static async create(): Promise<GenuineTarget> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-target-'));
    for (const name of ['etc', 'spool', 'lib', 'log']) await mkdir(path.join(folder, name));
    const target = await enter(['-n', '-m'], room(folder));
    const grader = await enter(['-n'], 'echo ready\nexec cat');
    execFileSync('nsenter', ['-t', String(target.pid), '-n', 'sh', '-ec', joined(grader.pid)]);
    return new GenuineTarget(folder, target, grader);
  }

  /** Lays the files, runs the commands, and has Postfix read its configuration. */
  async configure(files: readonly OverlayFile[], ...commands: readonly string[]): Promise<void> {
    for (const { path: name, content } of [
      ...files,
      { path: '/etc/postfix/master.cf', content: Buffer.from(masterCf) },
    ]) {
      const place = path.join(this.#folder, name);
      await mkdir(path.dirname(place), { recursive: true });
      await writeFile(place, content);
    }
    const own = 'postconf -e maillog_file=/var/log/mail.log mailbox_transport=discard:';
    const script = ['cd /', own, ...commands, this.#isRunning ? 'postfix reload' : 'postfix start'].join('\n');
    execFileSync('nsenter', [...this.#inTarget(), 'sh', '-ec', script], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#isRunning = true;
  }

  /** Runs a command where the grader stands. */
  async fromOutside(command: readonly string[]): Promise<Ran> {
    const [program = 'true', ...args] = command;
    return promisify(execFile)('nsenter', ['-t', String(this.#grader.pid), '-n', program, ...args], {
      maxBuffer: 20_000_000,
    }).then(
      ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
      (error: Error & { code?: number; stdout?: string; stderr?: string }) => ({
        code: error.code ?? -1,
        out: error.stdout ?? '',
        err: error.stderr ?? '',
      }),
    );
  }

  #inTarget(): string[] {
    return ['-t', String(this.#target.pid), '-n', '-m'];
  }

  #stop(): void {
    if (this.#isRunning) execFileSync('nsenter', [...this.#inTarget(), 'postfix', 'stop'], { stdio: 'ignore' });
    this.#isRunning = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    this.#target.end();
    this.#grader.end();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

interface Namespace {
  readonly pid: number;
  end(): void;
}

/** A shell in namespaces of its own, once its script has said that it is ready. */
async function enter(kinds: readonly string[], script: string): Promise<Namespace> {
  const child = spawn('unshare', [...kinds, 'sh', '-ec', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.stdout.once('data', () => resolve());
  child.once('exit', () => reject(new Error('the namespace could not be made')));
  await promise;
  return { pid: child.pid ?? 0, end: () => void child.stdin.end() };
}
