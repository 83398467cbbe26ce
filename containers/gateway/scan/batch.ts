/**
 * batch - what waits in `hold` is taken, judged, and sent on, stored or dropped, one batch after another (MailScanner's main loop).
 *
 * A held message leaves `hold` only after its successor is on stable storage in `incoming`, or after it was stored or dropped on purpose: a crash scans it again, never loses it.
 */
import { fieldValues, readHeaders } from '#mail/header.ts';
import { parseMime } from '#mail/mime.ts';
import type { Clock } from '#util/clock.ts';
import type { QueuedMessage } from '#mta/message.ts';
import type { Queue } from '#mta/queue/queue.ts';
import type { Quarantine } from '../quarantine/store.ts';
import type { ScannedMessage } from './engines.ts';
import { judgeMessage, recipientDomains, type JudgeDeps, type MessageVerdict } from './judge-message.ts';
import { scannerLines } from './log-lines.ts';
import { scannerId } from './message-id.ts';
import { composeNotice, type Noticed } from './notice.ts';
import { rewriteMessage } from './rewrite-message.ts';

export interface BatchDeps extends JudgeDeps {
  readonly queue: Queue;
  readonly quarantine: Quarantine;
  readonly clock: Clock;
  readonly host: string;
  /** Puts a message of our own into the mail system. */
  submit(content: Buffer, recipients: readonly string[]): Promise<void>;
  /** Wakes the queue manager. */
  kick(): void;
  warn(text: string): void;
  /** How often each message was begun; kept between batches. */
  readonly attempts: Map<string, number>;
}

type Judged = Extract<MessageVerdict, { kind: 'judged' }>;

/** Scans one batch; the number of messages it took. */
export async function scanBatch(deps: BatchDeps): Promise<number> {
  const waiting = await takeWaiting(deps);
  if (waiting.length === 0) return 0;
  const startedMs = deps.clock.monotonicMs();
  deps.log(
    scannerLines.newBatch(
      waiting.length,
      waiting.reduce((sum, message) => sum + message.sizeBytes, 0),
    ),
  );
  deps.log(scannerLines.virusStarting());
  const tally = new Tally();
  for (const held of waiting) await scanOne(deps, held, tally);
  tally.log(deps);
  if (tally.noticed.length > 0) await sendNotice(deps, tally.noticed);
  deps.kick();
  deps.log(scannerLines.batchDone(waiting.length, (deps.clock.monotonicMs() - startedMs) / 1000));
  return waiting.length;
}

async function takeWaiting({ queue, settings, attempts, warn }: BatchDeps): Promise<QueuedMessage[]> {
  const most = settings.number('Maximum Processing Attempts');
  const entries = (await queue.list(['hold'])).filter((entry) => {
    const tried = attempts.get(entry.queueId) ?? 0;
    if (tried === most) warn(scannerLines.tooManyAttempts(entry.queueId));
    if (tried >= most) attempts.set(entry.queueId, tried + 1);
    return tried < most;
  });
  const taken: QueuedMessage[] = [];
  let bytes = 0;
  for (const entry of entries.slice(0, Math.max(1, settings.number('Max Unscanned Messages Per Scan')))) {
    bytes += entry.sizeBytes;
    if (taken.length > 0 && bytes > settings.number('Max Unscanned Bytes Per Scan')) break;
    const message = await queue.read(entry.queueId);
    if (message) taken.push(message);
  }
  return taken;
}

async function scanOne(deps: BatchDeps, held: QueuedMessage, tally: Tally): Promise<void> {
  deps.attempts.set(held.queueId, (deps.attempts.get(held.queueId) ?? 0) + 1);
  const message = toScanned(held);
  try {
    const verdict = await judgeMessage(deps, message);
    if (verdict.kind === 'engine-failed') return deps.warn(scannerLines.noScanner());
    await conclude(deps, held, message, verdict, tally);
    deps.attempts.delete(held.queueId);
  } catch (error) {
    // It stays in hold and is tried again, a few times.
    deps.warn(`message ${message.id}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function toScanned(held: QueuedMessage): ScannedMessage {
  return {
    id: scannerId(held.queueId, held.content),
    queueId: held.queueId,
    clientAddress: held.origin.client?.address ?? '127.0.0.1',
    reversePath: held.envelope.reversePath,
    recipients: held.envelope.recipients.map((recipient) => recipient.address),
    heloName: held.origin.heloName ?? '',
    content: held.content,
    mime: parseMime(held.content),
  };
}

async function conclude(
  deps: BatchDeps,
  held: QueuedMessage,
  message: ScannedMessage,
  verdict: Exclude<MessageVerdict, { kind: 'engine-failed' }>,
  tally: Tally,
): Promise<void> {
  if (verdict.kind === 'not-scanned') return deliver(deps, held, message, verdict, undefined, []);
  logSpam(deps, message, verdict);
  if (verdict.spam && verdict.spam.level !== 'not-spam') tally.spam += 1;
  return verdict.blocks.length > 0
    ? concludeInfected(deps, held, message, verdict, tally)
    : concludeClean(deps, held, message, verdict, tally);
}

/** Stored, told to the postmaster, and delivered without what was dangerous; silent viruses are not delivered at all. */
async function concludeInfected(
  deps: BatchDeps,
  held: QueuedMessage,
  message: ScannedMessage,
  verdict: Judged,
  tally: Tally,
): Promise<void> {
  const { settings, log } = deps;
  const { infections, isSilent } = verdict;
  if (infections.length > 0) log(scannerLines.infectedFrom(message.id, message.clientAddress));
  tally.infections += infections.length;
  const wantsStore =
    settings.yes('Quarantine Infections', message) && (!isSilent || settings.yes('Quarantine Silent Viruses', message));
  const folder = wantsStore ? await storeInfected(deps, message, verdict) : undefined;
  if (isSilent && settings.yes('Log Silent Viruses'))
    log(scannerLines.silent(verdict.blocks.map((block) => block.report).join(', ')));
  tally.noticed.push({ message, blocks: verdict.blocks, folder });
  const isHighSpam = verdict.spam !== undefined && verdict.spam.level !== 'not-spam' && !verdict.spam.actions.deliver;
  const delivers =
    settings.yes('Deliver Cleaned Messages', message) &&
    (!isSilent || settings.yes('Still Deliver Silent Viruses', message)) &&
    !isHighSpam;
  if (!delivers) return void (await deps.queue.remove(held.queueId));
  await deliver(deps, held, message, verdict, folder, []);
  tally.cleaned += 1;
}

async function storeInfected(deps: BatchDeps, message: ScannedMessage, verdict: Judged): Promise<string> {
  const bad = new Set(verdict.blocks.map((block) => `${block.partNumber} ${block.fileName}`));
  const files = verdict.unpacked.files
    .filter((file) => bad.has(`${file.partNumber} ${file.name}`) && file.content !== undefined)
    .map((file) => ({ name: file.name, content: file.content ?? Buffer.alloc(0) }));
  const whole = deps.settings.yes('Quarantine Whole Message', message) || files.length === 0;
  const folder = await deps.quarantine.storeInfected(message.id, whole ? message.content : undefined, files);
  if (whole) deps.log(scannerLines.savedMessage(folder));
  for (const { name } of files) deps.log(scannerLines.savedFile(name, folder));
  return folder;
}

async function concludeClean(
  deps: BatchDeps,
  held: QueuedMessage,
  message: ScannedMessage,
  verdict: Judged,
  tally: Tally,
): Promise<void> {
  const { spam } = verdict;
  const isSpam = spam !== undefined && spam.level !== 'not-spam';
  if (spam?.actions.store) await deps.quarantine.storeSpam(message.id, isSpam ? 'spam' : 'nonspam', message.content);
  for (const word of spam?.actions.unknown ?? []) deps.warn(`Spam Actions: "${word}" is not available here`);
  if (spam && !spam.actions.deliver && spam.actions.forward.length === 0) {
    logDelivery(deps, message, isSpam ? 'Non-delivery of spam' : 'Non-delivery of nonspam');
    return void (await deps.queue.remove(held.queueId));
  }
  await deliver(deps, held, message, verdict, undefined, spam?.actions.forward ?? [], spam?.actions.deliver ?? true);
  tally.clean += 1;
}

/** A new message in `incoming`, then the held one goes. */
async function deliver(
  deps: BatchDeps,
  held: QueuedMessage,
  message: ScannedMessage,
  verdict: Exclude<MessageVerdict, { kind: 'engine-failed' }>,
  folder: string | undefined,
  forward: readonly string[],
  toRecipients = true,
): Promise<void> {
  const content = rewriteMessage(deps.settings, message, verdict, { folder, host: deps.host });
  const recipients = [
    ...(toRecipients ? held.envelope.recipients : []),
    ...forward.map((address) => ({ address, originalRecipient: address })),
  ];
  const open = await deps.queue.open();
  await open.commit(
    { envelope: { ...held.envelope, recipients }, origin: held.origin, content, arrivalMs: held.arrivalMs },
    'incoming',
  );
  deps.log(scannerLines.requeue(message.id, open.queueId));
  await deps.queue.remove(held.queueId);
  if (verdict.kind === 'judged')
    logDelivery(
      deps,
      message,
      verdict.spam && verdict.spam.level !== 'not-spam' ? 'Delivery of spam' : 'Delivery of nonspam',
    );
}

function logSpam({ settings, log }: BatchDeps, message: ScannedMessage, { spam }: Judged): void {
  if (!spam) return;
  const isSpam = spam.level !== 'not-spam';
  if (settings.yes(isSpam ? 'Log Spam' : 'Log Non Spam'))
    log(
      scannerLines.verdict(
        message.id,
        message.clientAddress,
        message.reversePath,
        recipientDomains(message),
        spam.text,
      ),
    );
  if (isSpam)
    log(
      scannerLines.actions(
        spam.level === 'high' ? 'High Scoring Spam Actions' : 'Spam Actions',
        message.id,
        spam.actions.words,
      ),
    );
}

function logDelivery({ settings, log }: BatchDeps, message: ScannedMessage, what: string): void {
  if (!settings.yes('Log Delivery And Non-Delivery')) return;
  const subject = fieldValues(readHeaders(message.content).fields, 'Subject')[0] ?? '';
  log(scannerLines.delivery(what, message.id, message.reversePath, message.recipients.join(','), subject));
}

async function sendNotice(deps: BatchDeps, noticed: readonly Noticed[]): Promise<void> {
  const [first] = noticed;
  if (!first || !deps.settings.yes('Send Notices', first.message)) return;
  await deps.submit(
    composeNotice(deps.settings, noticed, deps.host, deps.clock.now()),
    deps.settings.words('Notices To', first.message),
  );
  deps.log(scannerLines.notices(noticed.length));
}

/** Counts for the batch's closing lines. */
class Tally {
  clean = 0;
  cleaned = 0;
  spam = 0;
  infections = 0;
  readonly noticed: Noticed[] = [];

  log({ log, virus }: BatchDeps): void {
    if (this.infections > 0) {
      log(scannerLines.engineFound(virus.name, this.infections));
      log(scannerLines.virusesFound(this.infections));
    }
    if (this.spam > 0) log(scannerLines.spamFound(this.spam));
    if (this.clean > 0) log(scannerLines.uninfected(this.clean));
    if (this.cleaned > 0) log(scannerLines.cleaned(this.cleaned));
  }
}
