/**
 * batch - what waits in `hold` is taken, judged stage by stage, and sent on, stored or dropped, one batch after another (MailScanner's main loop).
 *
 * Stages, as MailScanner has them: file names and types, other checks, viruses, content, spam, then what follows for each message. A held message leaves `hold` only after its
 * successor is on stable storage in `incoming`, or after it was stored or dropped on purpose: a crash scans it again, never loses it.
 */
import type { Clock } from '#util/clock.ts';
import { conclude, type ConcludeDeps } from './conclude.ts';
import { examineFiles, type ExamineDeps, type Examined } from './examine.ts';
import type { SpamVerdict } from './findings.ts';
import { judgeContent } from './judge-content.ts';
import { judgeSpam, type SpamDeps } from './judge-spam.ts';
import { areSilent, judgeViruses, type VirusDeps } from './judge-viruses.ts';
import { scannerLines } from './log-lines.ts';
import { composeNotice } from './notice.ts';
import { dropCrashers, takeWaiting, type TakeDeps } from './take-waiting.ts';
import { createTally, type Tally } from './tally.ts';

export interface BatchDeps extends ConcludeDeps, ExamineDeps, TakeDeps, VirusDeps, SpamDeps {
  readonly clock: Clock;
  /** Wakes the queue manager. */
  kick(): void;
}

/** `scanned`: messages that left hold. `stuck`: nothing can be done now, look again after the scan interval. */
export type BatchOutcome = { readonly kind: 'empty' | 'stuck' } | { readonly kind: 'scanned'; readonly count: number };

/** Scans one batch. Never throws for a message's sake: what cannot be judged stays in hold and is tried again, a few times. */
export async function scanBatch(deps: BatchDeps): Promise<BatchOutcome> {
  await dropCrashers(deps);
  const waiting = await takeWaiting(deps);
  if (waiting.length === 0) return { kind: 'empty' };
  const startedMs = deps.clock.monotonicMs();
  const bytes = waiting.reduce((sum, message) => sum + message.sizeBytes, 0);
  deps.log(scannerLines.newBatch(waiting.length, bytes));
  deps.attempts.begin(waiting.map((held) => held.queueId));
  const tally = createTally();
  const examined = await examineFiles(deps, waiting);
  if (!(await scanForViruses(deps, examined, tally, bytes))) {
    // The engine's fault, not the messages': they keep their number of attempts.
    deps.attempts.done(waiting.map((held) => held.queueId));
    return { kind: 'stuck' };
  }
  const verdicts = await checkSpam(deps, examined, tally, bytes);
  if (verdicts === undefined) {
    deps.warn(scannerLines.noSpamScanner());
    deps.attempts.done(waiting.map((held) => held.queueId));
    return { kind: 'stuck' };
  }
  const left = await concludeAll(deps, examined, verdicts, tally);
  // What was taken and did not fit is begun anew; what failed keeps its count.
  const untouched = waiting.slice(examined.taken).map((held) => held.queueId);
  deps.attempts.done([...left, ...untouched]);
  await finish(deps, tally, { left, bytes, seconds: (deps.clock.monotonicMs() - startedMs) / 1000 });
  return left.length === 0 && untouched.length === 0 ? { kind: 'stuck' } : { kind: 'scanned', count: left.length };
}

/** False when the engine did not work: nothing of the batch may be delivered. */
async function scanForViruses(
  deps: BatchDeps,
  { messages }: { messages: readonly Examined[] },
  tally: Tally,
  bytes: number,
): Promise<boolean> {
  const { settings, virus, log } = deps;
  log(scannerLines.virusStarting());
  const timer = stopwatch(deps.clock);
  let contentProblems = 0;
  for (const each of messages.filter((one) => one.isScanned)) {
    const found = await judgeViruses(deps, each.message, each.unpacked);
    if (found.kind === 'failed') {
      deps.warn(`Virus Scanning: ${virus.name}: ${found.reason}`);
      deps.warn(scannerLines.noScanner());
      return false;
    }
    each.infections = found.infections;
    tally.infections += found.infections.length;
    const content = settings.yes('Dangerous Content Scanning', each.message)
      ? [...judgeContent(deps, each.message, each.unpacked)]
      : [];
    contentProblems += content.length;
    each.blocks = [...found.blocks, ...each.blocks, ...content];
  }
  if (tally.infections > 0) log(scannerLines.engineFound(virus.name, tally.infections));
  for (const { infections, message } of messages)
    if (infections.length > 0) log(scannerLines.infectedFrom(message.id, message.clientAddress));
  if (tally.infections > 0) log(scannerLines.virusesFound(tally.infections));
  if (contentProblems > 0) log(scannerLines.contentProblems(contentProblems));
  if (settings.yes('Log Speed')) log(scannerLines.speed('Virus Scanning', bytes / timer()));
  return true;
}

/** Undefined when the spam engine is away. */
async function checkSpam(
  deps: BatchDeps,
  { messages }: { messages: readonly Examined[] },
  tally: Tally,
  bytes: number,
): Promise<ReadonlyMap<Examined, SpamVerdict | 'failed'> | undefined> {
  const { settings, log } = deps;
  const checked = messages.filter((each) => each.isScanned && settings.yes('Spam Checks', each.message));
  const verdicts = new Map<Examined, SpamVerdict | 'failed'>();
  if (checked.length === 0) return verdicts;
  log(scannerLines.spamStarting());
  const timer = stopwatch(deps.clock);
  for (const each of checked) {
    const verdict = await judgeSpam(deps, each.message).catch((error: unknown) => failed(deps, each, error));
    if (verdict === undefined) return undefined;
    verdicts.set(each, verdict);
  }
  tally.spam = [...verdicts.values()].filter((verdict) => verdict !== 'failed' && verdict.level !== 'not-spam').length;
  if (tally.spam > 0) log(scannerLines.spamFound(tally.spam));
  if (settings.yes('Log Speed')) log(scannerLines.speed('Spam Checks', bytes / timer()));
  return verdicts;
}

/** Queue ids that left hold. */
async function concludeAll(
  deps: BatchDeps,
  { messages }: { messages: readonly Examined[] },
  spam: ReadonlyMap<Examined, SpamVerdict | 'failed'>,
  tally: Tally,
): Promise<string[]> {
  const left: string[] = [];
  for (const each of messages) {
    const verdict = spam.get(each);
    if (verdict === 'failed') continue;
    try {
      await conclude(
        deps,
        each.held,
        each.message,
        each.isScanned
          ? {
              kind: 'judged',
              blocks: each.blocks,
              renames: each.renames,
              redirect: each.redirect,
              infections: each.infections,
              isSilent: areSilent(deps.settings, each.message, each.infections),
              spam: verdict,
              badFiles: findBadFiles(each),
            }
          : { kind: 'not-scanned' },
        tally,
      );
      left.push(each.held.queueId);
    } catch (error) {
      failed(deps, each, error);
    }
  }
  return left;
}

/** Blocked files, and the attachments that they came in. */
function findBadFiles({ blocks, unpacked }: Examined): Examined['unpacked']['files'] {
  const kept = blocks.filter((block) => block.keep);
  const named = new Set(kept.map((block) => `${block.partNumber} ${block.fileName}`));
  const parts = new Set(kept.map((block) => block.partNumber));
  return unpacked.files.filter(
    (file) =>
      file.content !== undefined &&
      (named.has(`${file.partNumber} ${file.name}`) || (file.kind === 'attachment' && parts.has(file.partNumber))),
  );
}

async function finish(
  deps: BatchDeps,
  tally: Tally,
  { left, bytes, seconds }: { left: readonly string[]; bytes: number; seconds: number },
): Promise<void> {
  tally.log(deps.log);
  const noticed = tally.noticed.filter(({ message }) => deps.settings.yes('Send Notices', message));
  if (noticed.length > 0) {
    const to = [...new Set(noticed.flatMap(({ message }) => deps.settings.words('Notices To', message)))];
    await deps
      .submit(composeNotice(deps.settings, noticed, to, deps.host, deps.clock.now()), to)
      .then(() => deps.log(scannerLines.notices(noticed.length)))
      .catch((error: unknown) => deps.warn(`notice not sent: ${words(error)}`));
  }
  deps.kick();
  if (left.length > 0) deps.log(scannerLines.deletedFromProcessing(left.length));
  if (deps.settings.yes('Log Speed')) deps.log(scannerLines.batchSpeed(bytes, seconds));
  deps.log(scannerLines.batchDone(left.length, seconds));
}

function failed(deps: BatchDeps, { message }: Examined, error: unknown): 'failed' {
  deps.warn(`message ${message.id} stays in hold: ${words(error)}`);
  return 'failed';
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Seconds since it was made, never zero. */
function stopwatch(clock: Clock): () => number {
  const startedMs = clock.monotonicMs();
  return () => Math.max(0.001, (clock.monotonicMs() - startedMs) / 1000);
}
