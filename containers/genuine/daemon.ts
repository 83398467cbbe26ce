/**
 * daemon - one of Debian's programs as a service of the host: started in the foreground, so that its end is seen; ready when its door opens.
 *
 * A program that is enabled (a start link in /etc/rc2.d, as update-rc.d(8) makes them) starts with the host. What it said when it did not start is the reason.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { waitFor } from '#util/deadline.ts';
import type { Clock } from '#util/clock.ts';
import type { ListenerAddress } from '#util/host.ts';
import type { Service, StartedService } from '#mta/host-init.ts';

export interface DaemonPlan {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
  /** Does it do its work yet? */
  isOpen(): Promise<boolean>;
  /** The signal that makes it read its configuration; undefined: it is started anew. */
  readonly reload?: NodeJS.Signals;
  addresses?(): readonly ListenerAddress[];
  /** Is it started again when it has ended by itself? */
  readonly again?: boolean;
  /** `always`: whatever update-rc.d says. */
  readonly boots: 'always' | 'enabled';
}

const startMs = 60_000;
const stopMs = 10_000;
const keptWords = 4000;
const lookMs = 1000;

export function createDaemon(plan: DaemonPlan, clock: Clock): Service {
  return {
    name: plan.name,
    isEnabled: () => plan.boots === 'always' || isEnabled(plan.name),
    start: () => start(plan, clock),
  };
}

async function start(plan: DaemonPlan, clock: Clock): Promise<StartedService> {
  let child = await run(plan, clock);
  const watch =
    plan.again === true
      ? keepAlive(
          plan,
          clock,
          () => child,
          (next) => (child = next),
        )
      : undefined;
  return {
    addresses: () => (child.hasEnded() ? [] : (plan.addresses?.() ?? [])),
    isRunning: () => !child.hasEnded(),
    async reload() {
      if (plan.reload !== undefined) return child.signal(plan.reload);
      await child.end();
      child = await run(plan, clock);
    },
    async stop() {
      await watch?.end();
      await child.end();
    },
  };
}

/** Looks every second, and starts it again when it has ended: everybody may speak to a shared clamd, and tell it to end. */
function keepAlive(
  plan: DaemonPlan,
  clock: Clock,
  current: () => Running,
  replace: (next: Running) => void,
): { end(): Promise<void> } {
  let working: Promise<void> = Promise.resolve();
  let isOver = false;
  const look = (): void => {
    if (isOver) return;
    working = (current().hasEnded() ? run(plan, clock).then(replace) : Promise.resolve()).catch(() => undefined);
    void working.then(() => clock.after(lookMs, look));
  };
  clock.after(lookMs, look);
  return {
    async end() {
      isOver = true;
      await working;
    },
  };
}

interface Running {
  hasEnded(): boolean;
  signal(name: NodeJS.Signals): void;
  end(): Promise<void>;
}

/** @throws Error with the program's last words when it does not come up */
async function run({ name, command: [program, ...args], isOpen }: DaemonPlan, clock: Clock): Promise<Running> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let words = '';
  let code: number | undefined;
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (words = `${words}${chunk.toString('utf8')}`.slice(-keptWords)));
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => ((words = error.message), (code = 127), resolve()));
    child.once('exit', (status) => ((code = status ?? 1), resolve()));
  });
  const running: Running = {
    hasEnded: () => code !== undefined,
    signal: (signal) => void child.kill(signal),
    async end() {
      child.kill('SIGTERM');
      const timer = clock.after(stopMs, () => child.kill('SIGKILL'));
      await ended;
      timer.cancel();
    },
  };
  await waitFor(
    name,
    async () => {
      if (code !== undefined) throw new Error(words.trim() || `${name} ended with ${code}`);
      return (await isOpen())
        ? { kind: 'there', value: undefined }
        : { kind: 'not-yet', seen: words.trim() || 'it says nothing' };
    },
    { clock, timeoutMs: startMs, everyMs: 50 },
  ).catch(async (error: unknown) => {
    await running.end();
    throw error;
  });
  return running;
}

function isEnabled(name: string): boolean {
  try {
    return readdirSync('/etc/rc2.d').some((link) => /^S\d\d/.test(link) && link.slice(3) === name);
  } catch {
    return false; // A student may remove the folder: then nothing is enabled.
  }
}
