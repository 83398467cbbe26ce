/**
 * prepare-batch - what the scanner's batches work with, made of what it has read: engines, unpacking, spam lists, the quarantine.
 */
import type { HostDeps } from '#util/host.ts';
import type { ProcessLog } from '#mta/log/mail-log.ts';
import { compactTime } from '#mta/log/syslog-time.ts';
import { unpack } from '../content/unpack.ts';
import { createQuarantine } from '../quarantine/store.ts';
import { createSpamLists } from '../spam/spam-lists.ts';
import type { Attempts } from './attempts.ts';
import type { BatchDeps } from './batch.ts';
import { chooseSpamEngine, chooseVirusEngine } from './choose-scanners.ts';
import type { LoadedScanner } from './load-scanner.ts';

/** All but the queue, which the mail system has while it runs. */
export type PreparedBatch = Omit<BatchDeps, 'queue' | 'submit' | 'kick'>;

export async function prepareBatch(
  deps: HostDeps,
  { settings, fileRules, spamRules, spamZones, virus }: LoadedScanner,
  attempts: Attempts,
  log: ProcessLog,
): Promise<PreparedBatch> {
  const { root, clock, hostname, resolver } = deps;
  return {
    settings,
    unpack,
    virus: chooseVirusEngine(deps, settings, virus),
    spam: await chooseSpamEngine(deps, settings, spamRules),
    spamLists: createSpamLists(spamZones, resolver, clock),
    fileRules,
    quarantine: createQuarantine(root, settings.text('Quarantine Dir'), () => compactTime(clock.now()).slice(0, 8)),
    clock,
    host: hostname,
    attempts,
    log: (text) => log.info(text),
    warn: (text) => log.warning(text),
  };
}
