/**
 * mailscanner - the scanner as a service of the gateway: reads its settings, looks into `hold` every Queue Scan Interval, scans what is there.
 *
 * Faults in MailScanner.conf, rule files and rulesets are logged with file, line and cure; the rest of the settings count. While the mail system is down the scanner waits.
 * What looks into messages is loaded when the first one waits: most of a host's code is there, and a class of hosts starts without it.
 *
 * Limits: one scanner, whatever Max Children says; notices go into the queue past the scanner, so that a notice never causes another one.
 */
import path from 'node:path';
import type { Timer } from '#util/clock.ts';
import type { HostDeps } from '#util/host.ts';
import { realResolve } from '#util/host-root.ts';
import type { MailLog, ProcessLog } from '#mta/log/mail-log.ts';
import type { Service } from '#mta/host-init.ts';
import type { StartedMta } from '#mta/mta.ts';
import { createMemoryAttempts, openAttempts, type Attempts } from './attempts.ts';
import { faultText, loadScanner, type LoadedScanner } from './load-scanner.ts';
import { scannerLines } from './log-lines.ts';
import type { PreparedBatch } from './prepare-batch.ts';
import { submitReport } from './submit-report.ts';

/** `mta` gives the mail system while it runs; without one the scanner waits. */
export function createMailScanner(deps: HostDeps, log: MailLog, mta: () => StartedMta | undefined): Service {
  return {
    name: 'mailscanner',
    async start() {
      const scanner = new Scanner(deps, log, mta);
      await scanner.load();
      scanner.arm();
      return { addresses: () => [], reload: () => scanner.load(), stop: () => scanner.stop() };
    },
  };
}

class Scanner {
  readonly #deps: HostDeps;
  readonly #log: ProcessLog;
  readonly #mta: () => StartedMta | undefined;
  #attempts: Attempts | undefined;
  #loaded: LoadedScanner | undefined;
  /** Of what is loaded now; made when mail waits. */
  #batch: Promise<PreparedBatch> | undefined;
  #timer: Timer | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(deps: HostDeps, log: MailLog, mta: () => StartedMta | undefined) {
    this.#deps = deps;
    this.#log = log.process('MailScanner');
    this.#mta = mta;
  }

  async load(): Promise<void> {
    this.#log.info(scannerLines.starting());
    const loaded = await loadScanner(this.#deps.root);
    const { settings, faults } = loaded;
    for (const file of settings.files) this.#log.info(scannerLines.reading(file));
    for (const fault of faults) this.#log.warning(faultText(fault));
    for (const { name, file, line } of settings.idle) this.#log.info(scannerLines.idleOption(name, file, line));
    this.#attempts ??= await this.#openAttempts(settings.text('Processing Attempts Database'));
    this.#loaded = loaded;
    this.#batch = undefined;
  }

  async #openAttempts(file: string): Promise<Attempts> {
    try {
      const folder = path.dirname(this.#deps.root.resolve(file));
      const attempts = await openAttempts(path.join(folder, path.basename(file)));
      await realResolve(this.#deps.root, file); // a link that leads out of the host is refused
      this.#log.info(scannerLines.connectedToProcessing());
      this.#log.info(scannerLines.foundInProcessing(attempts.all().length));
      return attempts;
    } catch (error) {
      this.#log.warning(
        `Could not use the Processing Attempts Database ${file}: ${words(error)} (cure: remove the file; attempts are counted in memory)`,
      );
      return createMemoryAttempts();
    }
  }

  arm(): void {
    const seconds = Math.max(1, this.#loaded?.settings.number('Queue Scan Interval') ?? 6);
    this.#timer = this.#deps.clock.after(
      seconds * 1000,
      () => {
        this.#running = this.#scan().finally(() => this.#stopped || this.arm());
      },
      { weak: true },
    );
  }

  /** Batch after batch until hold is empty or nothing moves. */
  async #scan(): Promise<void> {
    try {
      for (;;) {
        const mta = this.#mta();
        if (this.#stopped || !mta) return;
        if (!this.#batch && !(await this.#hasWork(mta))) return;
        const [{ scanBatch }, { prepareBatch }] = await Promise.all([
          import('./batch.ts'),
          import('./prepare-batch.ts'),
        ]);
        const [loaded, attempts] = [this.#loaded, this.#attempts];
        if (!loaded || !attempts) return;
        this.#batch ??= prepareBatch(this.#deps, loaded, attempts, this.#log);
        const outcome = await scanBatch({
          ...(await this.#batch),
          queue: mta.queue,
          kick: () => mta.kick(),
          submit: (content, recipients) => submitReport(mta.queue, this.#deps.hostname, content, recipients),
        });
        if (outcome.kind !== 'scanned') return;
      }
    } catch (error) {
      this.#log.warning(words(error));
    }
  }

  /** An attempt at a message that is gone is work too: it is put away. */
  async #hasWork({ queue }: StartedMta): Promise<boolean> {
    return (this.#attempts?.all().length ?? 0) > 0 || (await queue.list(['hold'])).length > 0;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#running;
    this.#attempts?.close();
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
