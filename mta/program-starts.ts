/**
 * program-starts - master(8)'s way with a program that dies as it starts: said in the log, and not tried again for service_throttle_time; who needs it waits meanwhile.
 *
 * Postfix' programs start when somebody needs them, and read main.cf then. A bad value kills the one that reads it: a client of smtpd gets no greeting, mail for local stays in the active
 * queue. A reload does not shorten the wait: the program is tried again when the time is over (seen with Postfix 3.7).
 */
import type { Clock, Timer } from '#util/clock.ts';
import type { MasterService, PostfixConfig } from './config/config.ts';
import { programFault } from './config/value-readers.ts';
import { masterLines } from './log/master-lines.ts';
import type { MailLog, ProcessLog } from './log/mail-log.ts';

/** The wait is over because what waited is no longer wanted: a reload or the end of the mail system. */
export class NoLongerWanted extends Error {
  override readonly name = 'NoLongerWanted';
}

/** A service of master.cf, or one that a master.cf may leave out here (cleanup, trivial-rewrite, qmgr). */
export type Startable = Pick<MasterService, 'name' | 'command' | 'fault'>;

/** Resolves when the program runs. @throws NoLongerWanted. */
export type Started = (program: string) => Promise<void>;

interface Throttled {
  readonly over: Promise<void>;
  readonly timer: Timer;
}

export class ProgramStarts {
  readonly #log: MailLog;
  readonly #masterLog: ProcessLog;
  readonly #clock: Clock;
  /** By `name/command`. */
  readonly #throttled = new Map<string, Throttled>();
  /** Programs that each reading of main.cf lets start: asked for every message, and a reading never changes. */
  readonly #sound = new WeakMap<PostfixConfig, Set<string>>();

  constructor(log: MailLog, masterLog: ProcessLog, clock: Clock) {
    this.#log = log;
    this.#masterLog = masterLog;
    this.#clock = clock;
  }

  /** Resolves when the program can start. `current` gives the service and its configuration as they are when it is tried. @throws NoLongerWanted when `until` is aborted. */
  async started(current: () => { service: Startable; config: PostfixConfig }, until: AbortSignal): Promise<void> {
    for (;;) {
      if (until.aborted) throw new NoLongerWanted();
      const { service, config } = current();
      const key = keyOf(service);
      const throttled = this.#throttled.get(key);
      if (throttled) {
        await orAborted(throttled.over, until);
        continue;
      }
      const fault = this.#faultOf(service, config);
      if (fault === undefined) return;
      this.#died(key, service, config, fault);
    }
  }

  /** Would it start at once? */
  canStart(service: Startable, config: PostfixConfig): boolean {
    return !this.#throttled.has(keyOf(service)) && this.#faultOf(service, config) === undefined;
  }

  #faultOf({ command, fault }: Startable, config: PostfixConfig): string | undefined {
    if (fault !== undefined) return fault;
    const sound = this.#sound.get(config) ?? new Set();
    if (sound.has(command)) return undefined;
    const found = programFault(config, command)?.message;
    if (found === undefined) this.#sound.set(config, sound.add(command));
    return found;
  }

  /** No program is tried any more. */
  stop(): void {
    for (const { timer } of this.#throttled.values()) timer.cancel();
    this.#throttled.clear();
  }

  #died(key: string, { name, command }: Startable, config: PostfixConfig, fault: string): void {
    const program = `${config.text('daemon_directory')}/${command}`;
    const log = this.#log.process(`${config.expand('$syslog_name', new Map([['service_name', name]]))}/${command}`);
    log.fatal(fault);
    this.#masterLog.warning(masterLines.exited(program, log.pid));
    this.#masterLog.warning(masterLines.throttling(program));
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.after(
      config.durationMs('service_throttle_time'),
      () => {
        this.#throttled.delete(key);
        resolve();
      },
      { weak: true },
    );
    this.#throttled.set(key, { over: promise, timer });
  }
}

function keyOf({ name, command }: Startable): string {
  return `${name}/${command}`;
}

function orAborted(over: Promise<void>, until: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = (): void => reject(new NoLongerWanted());
  until.addEventListener('abort', abort, { once: true });
  void over.then(resolve);
  return promise.finally(() => until.removeEventListener('abort', abort));
}
