/**
 * genuine-postfix - Debian's Postfix as a service of the host: `postfix start`, `reload` and `stop`, after what Debian's own start does for programs that live in the queue's folder.
 *
 * Whoever types `postfix stop` or `postfix start` in a shell does the same to the same Postfix: its lock and its process file say whether it runs.
 * A failure's reason are the last words of Postfix itself, from its log.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Clock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import { listenersNow } from '#util/listening.ts';
import type { Service } from '#mta/host-init.ts';

const processFile = '/var/spool/postfix/pid/master.pid';
const logFile = '/var/log/mail.log';
/** Ports of the other programs; what else is open is master.cf's. */
const othersPorts = new Set([53, 110, 143, 993, 995, 10_024]);
const longestMs = 30_000;

export function createGenuinePostfix(address: string, clock: Clock): Service {
  return {
    name: 'postfix',
    async start() {
      if (runningMaster() === undefined || (await isFree())) await tell('start');
      return {
        addresses: () => (runningMaster() === undefined ? [] : listenersNow(address, (port) => !othersPorts.has(port))),
        isRunning: () => runningMaster() !== undefined,
        reload: () => tell('reload'),
        stop: () => stop(clock),
      };
    },
  };
}

/** Whatever main.cf says by now: with one that Postfix cannot read, `postfix stop` does nothing, so master(8) is told itself. */
async function stop(clock: Clock): Promise<void> {
  const master = runningMaster();
  if (master === undefined) return;
  await tell('stop').catch(() => run('/bin/kill', [String(master)]));
  await waitFor(
    'the end of Postfix',
    () => (runningMaster() === undefined ? { kind: 'there', value: undefined } : { kind: 'not-yet', seen: 'it runs' }),
    { clock, timeoutMs: longestMs, everyMs: 50 },
  );
}

/** @throws Error with Postfix's own words */
async function tell(action: 'start' | 'reload' | 'stop'): Promise<void> {
  const before = (await readLog()).length;
  // Programs in the queue's folder need resolv.conf and others there.
  const prepared = action === 'start' ? await run('/usr/lib/postfix/configure-instance.sh', ['-']) : undefined;
  const { isDone, words } = prepared && !prepared.isDone ? prepared : await run('/usr/sbin/postfix', [action]);
  if (isDone) return;
  const told = (await readLog())
    .slice(before)
    .split('\n')
    .flatMap((line) => /\]: (?:fatal|error|panic): (.*)/.exec(line)?.[1] ?? []);
  throw new Error(told.at(-1) ?? (words.trim() || `postfix ${action} failed and said nothing`));
}

function run(program: string, args: readonly string[]): Promise<{ isDone: boolean; words: string }> {
  return new Promise((resolve) =>
    execFile(program, [...args], { timeout: longestMs }, (error, stdout, stderr) =>
      resolve({ isDone: error === null, words: stderr || stdout || (error?.message ?? '') }),
    ),
  );
}

function readLog(): Promise<string> {
  return readFile(logFile, 'utf8').catch(() => '');
}

/** Does nobody hold the lock of a running Postfix (master(8) -t)? A process that is ending may still be seen when it has given the lock away. */
async function isFree(): Promise<boolean> {
  return (await run('/usr/lib/postfix/sbin/master', ['-t'])).isDone;
}

/** The process of master(8); undefined when it has ended, or when its number is another program's by now. */
function runningMaster(): number | undefined {
  try {
    const number = Number(readFileSync(processFile, 'utf8').trim());
    return /^\d+ \(master\) [^ZX]/.test(readFileSync(`/proc/${number}/stat`, 'utf8')) ? number : undefined;
  } catch {
    return undefined;
  }
}
