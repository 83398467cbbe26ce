/**
 * mailscanner - the scanner as a service of the gateway: reads its settings, looks into `hold` every Queue Scan Interval, scans what is there.
 *
 * Faults in MailScanner.conf, rule files and rulesets are logged with file, line and cure; the rest of the settings count.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Timer } from '#util/clock.ts';
import { realResolve } from '#util/host-root.ts';
import type { HostDeps } from '#util/host.ts';
import type { MailLog, ProcessLog } from '#mta/log/mail-log.ts';
import type { Service } from '#mta/host-init.ts';
import type { StartedMta } from '#mta/mta.ts';
import { compactTime } from '#mta/log/syslog-time.ts';
import { parseFileRules } from '../content/file-rules.ts';
import { unpack } from '../content/unpack.ts';
import { createQuarantine } from '../quarantine/store.ts';
import { createBuiltInSpamEngine } from '../spam/built-in.ts';
import { loadSpamRules } from '../spam/load-rules.ts';
import { createBuiltInEngine } from '../virus/built-in.ts';
import { scanBatch, type BatchDeps } from './batch.ts';
import type { FileRules } from './engines.ts';
import { scannerLines } from './log-lines.ts';
import { loadSettings } from './settings.ts';

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
  readonly #attempts = new Map<string, number>();
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
    const { root, clock, hostname } = this.#deps;
    this.#log.info(scannerLines.starting());
    const settings = await loadSettings(root);
    for (const file of settings.files) this.#log.info(scannerLines.reading(file));
    const faults = [...settings.faults];
    const rules = async (option: string, about: 'name' | 'type'): Promise<FileRules> => {
      const file = settings.text(option);
      const parsed = parseFileRules(await readText(this.#deps, file), file, about);
      faults.push(...parsed.faults);
      return parsed.rules;
    };
    const spam = await loadSpamRules(root, settings.text('SpamAssassin Site Rules Dir'));
    faults.push(...spam.faults);
    this.#batch = {
      settings,
      unpack,
      virus: createBuiltInEngine(),
      spam: createBuiltInSpamEngine(spam.rules),
      fileNames: await rules('Filename Rules', 'name'),
      fileTypes: await rules('Filetype Rules', 'type'),
      archiveFileNames: await rules('Archives: Filename Rules', 'name'),
      archiveFileTypes: await rules('Archives: Filetype Rules', 'type'),
      quarantine: createQuarantine(root, settings.text('Quarantine Dir'), () => compactTime(clock.now()).slice(0, 8)),
      clock,
      host: hostname,
      attempts: this.#attempts,
      log: (text) => this.#log.info(text),
      warn: (text) => this.#log.warning(text),
    };
    for (const fault of faults)
      this.#log.warning(
        `${fault.text} (${fault.file}${fault.line > 0 ? `, line ${fault.line}` : ''}; cure: ${fault.cure})`,
      );
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

  async #scan(): Promise<void> {
    const mta = this.#mta();
    const batch = this.#batch;
    if (!mta || !batch) return;
    try {
      const deps: BatchDeps = {
        ...batch,
        queue: mta.queue,
        kick: () => mta.kick(),
        submit: (content, recipients) => submitNotice(mta, this.#deps.hostname, content, recipients),
      };
      while (!this.#stopped && (await scanBatch(deps)) > 0);
    } catch (error) {
      this.#log.warning(error instanceof Error ? error.message : String(error));
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#running;
  }
}

/** Notices go straight into the queue: a notice that was scanned again could cause another one. */
async function submitNotice(
  mta: StartedMta,
  host: string,
  content: Buffer,
  recipients: readonly string[],
): Promise<void> {
  const open = await mta.queue.open();
  const received = Buffer.from(`Received: by ${host} (MailScanner)\n\tid ${open.queueId}\n`, 'latin1');
  await open.commit(
    {
      envelope: {
        reversePath: '',
        recipients: recipients.map((address) => ({
          address: address.includes('@') ? address : `${address}@${host}`,
          originalRecipient: address,
        })),
      },
      origin: { kind: 'internal', rewriteContext: 'local' },
      content: Buffer.concat([received, content]),
    },
    'incoming',
  );
}

async function readText(deps: HostDeps, file: string): Promise<string> {
  return realResolve(deps.root, path.posix.join('/', file))
    .then((real) => readFile(real, 'utf8'))
    .catch(() => '');
}
