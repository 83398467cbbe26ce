/**
 * mta - one Postfix-like mail system with its configuration directory: a message's way in one screen.
 *
 * accept (smtpd) or pickup -> cleanup -> queue -> qmgr -> deliver -> log. `start` reads main.cf and master.cf, opens the queue and starts each service of master.cf
 * that is a program of ours; a service that cannot start says so in the log and leaves the others running.
 *
 * Limits: the chroot column is read and has no effect: programs share one process and see the host's root only.
 */
import type { ListenerAddress } from '#util/host.ts';
import type { Timer } from '#util/clock.ts';
import { serveControl, type ControlServer } from '#util/control.ts';
import { replaceFile } from '#util/atomic-file.ts';
import { startSmtpd, type Smtpd, type SmtpdOptions } from './accept/smtpd.ts';
import { createCleanup } from './cleanup/cleanup.ts';
import { FatalConfigError, type MasterConfig, type MasterService, type PostfixConfig } from './config/config.ts';
import { loadPostfixConfig } from './config/postfix-config.ts';
import { checkTables } from './config/check-tables.ts';
import { checkNeeded } from './config/check-values.ts';
import { loadMasterConfig } from './config/read-master-cf.ts';
import { createAgents } from './deliver/agents.ts';
import { createBounce } from './deliver/bounce.ts';
import { createLateQueueManager } from './deliver/late-qmgr.ts';
import { createQueueManager, type QueueManager, type QueueManagerOptions } from './deliver/qmgr.ts';
import { masterLines } from './log/master-lines.ts';
import type { ProcessLog } from './log/mail-log.ts';
import type { MtaDeps } from './mta-deps.ts';
import { createPickup, type Pickup } from './pickup/pickup.ts';
import { ProgramStarts, type Started } from './program-starts.ts';
import { openQueueFs } from './queue/queue-fs.ts';
import type { Queue } from './queue/queue.ts';

export interface StartedMta {
  addresses(): readonly ListenerAddress[];
  /** The scanner works on it too. */
  readonly queue: Queue;
  /** postfix reload: reads everything again. @throws FatalConfigError; the old configuration stays in use then. */
  reload(): Promise<void>;
  /** postqueue -f: tries all deferred mail now. */
  flush(): Promise<void>;
  /** Looks at incoming and maildrop now. */
  kick(): void;
  stop(): Promise<void>;
  /** Resolves when `postfix stop` asked a mail system of its own process to end. */
  readonly stopRequested: Promise<void>;
}

/** A stage set built from one reading of the configuration. */
interface Stages {
  readonly config: PostfixConfig;
  readonly master: MasterConfig;
  readonly qmgr: QueueManager;
  readonly pickup: Pickup;
  /** Aborted when another reading takes its place. */
  readonly life: AbortController;
}

/** Starts the mail system of `directory` (host path). @throws FatalConfigError, already logged as `fatal:`. */
export async function startMta(directory: string, deps: MtaDeps): Promise<StartedMta> {
  const mta = new RunningMta(directory, deps);
  await mta.start();
  return mta;
}

class RunningMta implements StartedMta {
  queue!: Queue;
  readonly #directory: string;
  readonly #deps: MtaDeps;
  readonly #log: ProcessLog;
  readonly #starts: ProgramStarts;
  /** Aborted at the end. */
  readonly #life = new AbortController();
  #stages!: Stages;
  #control: ControlServer | undefined;
  #wakeUp: Timer | undefined;
  readonly #listeners = new Map<string, Smtpd>();
  readonly stopRequested: Promise<void>;
  readonly #requestStop: () => void;

  constructor(directory: string, deps: MtaDeps) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.stopRequested = promise;
    this.#requestStop = resolve;
    this.#directory = directory;
    this.#deps = deps;
    this.#log = deps.log.process('postfix/master');
    this.#starts = new ProgramStarts(deps.log, this.#log, deps.clock);
  }

  async start(): Promise<void> {
    const { config, master } = await this.#readConfiguration();
    const folder = this.#deps.root.resolve(config.text('queue_directory'));
    this.queue = await openQueueFs(
      { folder, clock: this.#deps.clock, longQueueIds: config.bool('enable_long_queue_ids') },
      true,
    );
    this.#stages = this.#build(config, master);
    this.#log.info(masterLines.started(config.text('mail_version'), this.#directory));
    await this.#startListeners();
    this.#control = await serveControl(`${folder}/pid/master.ctl`, ({ command, arguments: [argument = ''] }) =>
      this.#answer(command, argument),
    );
    if (this.#deps.pid !== undefined)
      await replaceFile(`${folder}/pid/master.pid`, `${String(this.#deps.pid).padStart(10)}\n`);
    this.kick();
    this.#armWakeUp();
  }

  async #readConfiguration(): Promise<{ config: PostfixConfig; master: MasterConfig }> {
    try {
      const [config, master] = await Promise.all([
        loadPostfixConfig(this.#directory, this.#deps),
        loadMasterConfig(this.#directory, this.#deps.root),
      ]);
      for (const warning of [...config.warnings, ...master.warnings]) this.#log.warning(warning.text);
      checkNeeded(config);
      await this.#warnOfTables(config);
      return { config, master };
    } catch (error) {
      if (error instanceof FatalConfigError) this.#log.fatal(error.message);
      throw error;
    }
  }

  /** At start and reload, so that nobody has to send mail to learn of a bad table; the programs say it again when they open one. */
  async #warnOfTables(config: PostfixConfig): Promise<void> {
    const log = this.#deps.log.process(`${config.text('syslog_name')}/postfix-script`);
    for (const { text } of await checkTables(config)) log.warning(text);
  }

  #build(config: PostfixConfig, master: MasterConfig): Stages {
    const deps = this.#deps;
    const life = new AbortController();
    const started = this.#startedIn(() => config, life.signal);
    const cleanup = createCleanup({ config, queue: this.queue, deps, started });
    const bounce = createBounce({ config, deps, cleanup });
    const agents = createAgents({
      config,
      deps,
      cleanup,
      services: master.services,
      started: (service, own) => this.#starts.started(() => ({ service, config: own }), life.signal),
    });
    return {
      config,
      master,
      life,
      pickup: createPickup(config, this.queue, cleanup, deps),
      qmgr: this.#queueManager({
        config,
        queue: this.queue,
        deps,
        bounce,
        started,
        agentFor: (transport) => agents.get(transport),
      }),
    };
  }

  #queueManager(options: QueueManagerOptions): QueueManager {
    const create = (): QueueManager => createQueueManager(options);
    const isReady = this.#starts.canStart({ name: 'qmgr', command: 'qmgr' }, options.config);
    return isReady ? create() : createLateQueueManager(options.started('qmgr'), create);
  }

  /** For programs that serve others. They are the same for all services; one that master.cf sets options for counts with them. */
  #startedIn(current: () => PostfixConfig, until: AbortSignal): Started {
    return (program) =>
      this.#starts.started(() => ({ service: { name: program, command: program }, config: current() }), until);
  }

  #smtpdOptions(service: MasterService): SmtpdOptions {
    const { config: shared, master } = this.#stages;
    const config = shared.with(service.overrides);
    const started = this.#startedIn(() => this.#stages.config, this.#life.signal);
    const cleanup = createCleanup({ config, queue: this.queue, deps: this.#deps, started });
    const bounce = createBounce({ config, deps: this.#deps, cleanup });
    return {
      config,
      service,
      services: master.services,
      deps: this.#deps,
      cleanup,
      started,
      ready: (now) => this.#starts.started(() => ({ service: now().service, config: now().config }), this.#life.signal),
      notices: (noticeClass, transcript, client) =>
        void bounce
          .transcript(noticeClass, transcript, client)
          .catch((error: unknown) => this.#log.warning(String(error))),
    };
  }

  async #startListeners(): Promise<void> {
    for (const service of this.#stages.master.services.filter((each) => each.type === 'inet')) {
      if (this.#listeners.has(service.name)) continue;
      if (service.command !== 'smtpd') {
        this.#log.warning(masterLines.cannotRun(`${this.#stages.config.text('daemon_directory')}/${service.command}`));
        continue;
      }
      try {
        this.#listeners.set(service.name, await startSmtpd(this.#smtpdOptions(service)));
      } catch (error) {
        this.#log.fatal(error instanceof Error ? error.message : String(error));
      }
    }
  }

  /** pickup and qmgr look by themselves as well, should a kick get lost (master.cf wakeup). */
  #armWakeUp(): void {
    this.#wakeUp = this.#deps.clock.after(
      60_000,
      () => {
        this.kick();
        this.#armWakeUp();
      },
      { weak: true },
    );
  }

  addresses(): readonly ListenerAddress[] {
    return [...this.#listeners.values()].flatMap((listener) => listener.addresses);
  }

  async reload(): Promise<void> {
    const { config, master } = await this.#readConfiguration();
    const before = this.#stages;
    before.life.abort();
    await before.pickup.stop();
    this.#stages = this.#build(config, master);
    await before.qmgr.stop();
    this.#log.info(masterLines.reload(config.text('mail_version'), this.#directory));
    // As in Postfix, inet_interfaces counts at the next start; new and gone services count now.
    for (const [name, listener] of this.#listeners) {
      const service = master.services.find(
        (each) => each.name === name && each.type === 'inet' && each.command === 'smtpd',
      );
      if (service) listener.reload(this.#smtpdOptions(service));
      else {
        await listener.stop();
        this.#listeners.delete(name);
      }
    }
    await this.#startListeners();
    this.kick();
  }

  flush(): Promise<void> {
    return this.#stages.qmgr.flush();
  }

  kick(): void {
    this.#stages.qmgr.kick();
    void this.#stages.pickup.run();
  }

  async stop(): Promise<void> {
    this.#log.info(masterLines.terminating());
    this.#wakeUp?.cancel();
    this.#life.abort();
    await Promise.all([...this.#listeners.values()].map((listener) => listener.stop()));
    this.#listeners.clear();
    this.#stages.life.abort();
    this.#starts.stop();
    await this.#stages.pickup.stop();
    await this.#stages.qmgr.stop();
    // A session whose client was cut off may still be writing.
    await this.queue.close();
    await this.#control?.stop();
  }

  async #answer(command: string, argument: string): Promise<{ exitCode: number; output: string }> {
    switch (command) {
      case 'flush-id':
        await this.#stages.qmgr.flush({ queueId: argument });
        return { exitCode: 0, output: '' };
      case 'flush-site':
        await this.#stages.qmgr.flush({ site: argument });
        return { exitCode: 0, output: '' };
      case 'reload':
        await this.reload();
        return { exitCode: 0, output: '' };
      case 'flush':
        await this.flush();
        return { exitCode: 0, output: '' };
      case 'kick':
        this.kick();
        return { exitCode: 0, output: '' };
      case 'stop':
        this.#requestStop();
        return { exitCode: 0, output: '' };
      case 'status':
        return { exitCode: 0, output: this.#deps.pid === undefined ? '' : `${this.#deps.pid}\n` };
      default:
        return { exitCode: 1, output: `unknown command: ${command}\n` };
    }
  }
}
