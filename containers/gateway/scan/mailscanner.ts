/**
 * mailscanner - the scanner as a service of the gateway: reads its settings, looks into `hold` every Queue Scan Interval, scans what is there.
 *
 * Faults in MailScanner.conf, rule files and rulesets are logged with file, line and cure; the rest of the settings count. While the mail system is down the scanner waits.
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
import { compactTime } from '#mta/log/syslog-time.ts';
import { unpack } from '../content/unpack.ts';
import { createQuarantine } from '../quarantine/store.ts';
import { createSpamLists } from '../spam/spam-lists.ts';
import { createMemoryAttempts, openAttempts, type Attempts } from './attempts.ts';
import { scanBatch, type BatchDeps } from './batch.ts';
import { chooseSpamEngine, chooseVirusEngine } from './choose-scanners.ts';
import { faultText, loadScanner } from './load-scanner.ts';
import { scannerLines } from './log-lines.ts';
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
  #batch: Omit<BatchDeps, 'queue' | 'submit' | 'kick'> | undefined;
  #timer: Timer | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(deps: HostDeps, log: MailLog, mta: () => StartedMta | undefined) {
    this.#deps = deps;
    this.#log = log.process('MailScanner');
    this.#mta = mta;
  }

  async load(): Promise<void> {
    const { root, clock, hostname, resolver } = this.#deps;
    this.#log.info(scannerLines.starting());
    const { settings, fileRules, spamRules, spamZones, virus, faults } = await loadScanner(root);
    for (const file of settings.files) this.#log.info(scannerLines.reading(file));
    for (const fault of faults) this.#log.warning(faultText(fault));
    for (const { name, file, line } of settings.idle) this.#log.info(scannerLines.idleOption(name, file, line));
    this.#attempts ??= await this.#openAttempts(settings.text('Processing Attempts Database'));
    this.#batch = {
      settings,
      unpack,
      virus: chooseVirusEngine(this.#deps, settings, virus),
      spam: await chooseSpamEngine(this.#deps, settings, spamRules),
      spamLists: createSpamLists(spamZones, resolver, clock),
      fileRules,
      quarantine: createQuarantine(root, settings.text('Quarantine Dir'), () => compactTime(clock.now()).slice(0, 8)),
      clock,
      host: hostname,
      attempts: this.#attempts,
      log: (text) => this.#log.info(text),
      warn: (text) => this.#log.warning(text),
    };
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
    const seconds = Math.max(1, this.#batch?.settings.number('Queue Scan Interval') ?? 6);
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
        if (this.#stopped || !mta || !this.#batch) return;
        const outcome = await scanBatch({
          ...this.#batch,
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
