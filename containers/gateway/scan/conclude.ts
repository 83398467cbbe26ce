/**
 * conclude - what becomes of a judged message: stored, delivered, changed, forwarded, dropped; and who is told.
 *
 * Order is safety: store first, then the new message in `incoming`, last the held one goes. Dying in between repeats a step, and never loses the message.
 */
import type { EnvelopeRecipient, QueuedMessage } from '#mta/message.ts';
import { fieldValues, readHeaders } from '#mail/header.ts';
import { splitAddress } from '#mail/address.ts';
import type { Queue } from '#mta/queue/queue.ts';
import type { Clock } from '#util/clock.ts';
import type { Quarantine } from '../quarantine/store.ts';
import type { ScannedMessage } from './engines.ts';
import type { Judged, MessageVerdict, SpamVerdict } from './findings.ts';
import { scannerLines } from './log-lines.ts';
import { composeSenderWarning, composeSpamBounce, composeSpamNotice, wantsSenderWarning } from './reports.ts';
import { rewriteMessage } from './rewrite-message.ts';
import type { Settings } from './settings.ts';
import type { Tally } from './tally.ts';

export interface ConcludeDeps {
  readonly settings: Settings;
  readonly queue: Queue;
  readonly quarantine: Quarantine;
  readonly clock: Clock;
  readonly host: string;
  /** Puts a message of our own into the mail system. */
  submit(content: Buffer, recipients: readonly string[]): Promise<void>;
  log(text: string): void;
  warn(text: string): void;
}

/** Resolves when the message has left hold. @throws Error when a disk does not take it: it is in hold still. */
export async function conclude(
  deps: ConcludeDeps,
  held: QueuedMessage,
  message: ScannedMessage,
  verdict: MessageVerdict,
  tally: Tally,
): Promise<void> {
  if (verdict.kind === 'not-scanned') return deliver(deps, held, message, verdict, undefined, held.envelope.recipients);
  if (verdict.spam) logSpam(deps, message, verdict.spam);
  await (verdict.blocks.length > 0
    ? concludeInfected(deps, held, message, verdict, tally)
    : concludeClean(deps, held, message, verdict, tally));
}

/** Stored, told to the postmaster, and delivered without what was dangerous; silent viruses are not delivered at all. */
async function concludeInfected(
  deps: ConcludeDeps,
  held: QueuedMessage,
  message: ScannedMessage,
  verdict: Judged,
  tally: Tally,
): Promise<void> {
  const { settings, log } = deps;
  const { isSilent, blocks } = verdict;
  const wantsStore =
    settings.yes('Quarantine Infections', message) && (!isSilent || settings.yes('Quarantine Silent Viruses', message));
  const folder = wantsStore ? await storeInfected(deps, message, verdict) : undefined;
  if (isSilent && settings.yes('Log Silent Viruses'))
    log(scannerLines.silent(blocks.map((block) => block.report).join(', ')));
  const isDroppedSpam =
    verdict.spam !== undefined && verdict.spam.level !== 'not-spam' && !verdict.spam.actions.deliver;
  const delivers =
    settings.yes('Deliver Cleaned Messages', message) &&
    (!isSilent || settings.yes('Still Deliver Silent Viruses', message)) &&
    !isDroppedSpam;
  if (!isSilent && wantsSenderWarning(settings, message, blocks)) {
    await deps.submit(composeSenderWarning(settings, message, blocks, deps.host, deps.clock.now()), [
      message.reversePath,
    ]);
    tally.warnedSenders += 1;
  }
  if (delivers) await deliver(deps, held, message, verdict, folder, recipientsOf(held, verdict));
  else await deps.queue.remove(held.queueId);
  tally.noticed.push({ message, blocks, folder });
  if (delivers) tally[isSilent ? 'silent' : 'cleaned'] += 1;
}

/** Host path of the folder; undefined when there was nothing to keep (`deny+delete`). */
async function storeInfected(
  deps: ConcludeDeps,
  message: ScannedMessage,
  verdict: Judged,
): Promise<string | undefined> {
  if (verdict.blocks.every((block) => !block.keep)) return undefined;
  const files = verdict.badFiles.map((file) => ({ name: file.name, content: file.content ?? Buffer.alloc(0) }));
  const whole = deps.settings.yes('Quarantine Whole Message', message) || files.length === 0;
  const folder = await deps.quarantine.storeInfected(message.id, whole ? message.content : undefined, files);
  if (whole) deps.log(scannerLines.savedMessage(folder));
  for (const { name } of files) deps.log(scannerLines.savedFile(name, folder));
  return folder;
}

async function concludeClean(
  deps: ConcludeDeps,
  held: QueuedMessage,
  message: ScannedMessage,
  verdict: Judged,
  tally: Tally,
): Promise<void> {
  const { spam } = verdict;
  const isSpam = spam !== undefined && spam.level !== 'not-spam';
  for (const place of spam?.actions.store ?? [])
    await deps.quarantine.storeSpam(message.id, place === '' ? (isSpam ? 'spam' : 'nonspam') : place, message.content);
  if (spam && isSpam) await tellOfSpam(deps, message, spam);
  const delivers = spam?.actions.deliver ?? true;
  const forward = (spam?.actions.forward ?? []).map((address) => fillIn(deps, message, address));
  const recipients = [
    ...(delivers ? recipientsOf(held, verdict) : []),
    ...forward.map((address) => ({ address, originalRecipient: address })),
  ];
  if (recipients.length === 0) {
    logDelivery(deps, message, isSpam ? 'Non-delivery of spam' : 'Non-delivery of nonspam');
    return void (await deps.queue.remove(held.queueId));
  }
  await deliver(deps, held, message, verdict, undefined, recipients);
  tally.clean += 1;
}

async function tellOfSpam(deps: ConcludeDeps, message: ScannedMessage, spam: SpamVerdict): Promise<void> {
  const { settings, host, clock } = deps;
  if (spam.actions.notify)
    await deps.submit(composeSpamNotice(settings, message, spam, host, clock.now()), message.recipients);
  if (!spam.actions.bounce || message.reversePath === '') return;
  // Senders of spam are forged as a rule, so that bouncing must be allowed twice.
  if (!settings.yes('Enable Spam Bounce', message))
    return deps.warn(`${message.id}: action bounce needs Enable Spam Bounce = yes`);
  await deps.submit(composeSpamBounce(settings, message, spam, host, clock.now()), [message.reversePath]);
}

function recipientsOf(held: QueuedMessage, { redirect }: Judged): readonly EnvelopeRecipient[] {
  return redirect.length === 0
    ? held.envelope.recipients
    : redirect.map((address) => ({ address, originalRecipient: address }));
}

/** A new message in `incoming`, then the held one goes. */
async function deliver(
  deps: ConcludeDeps,
  held: QueuedMessage,
  message: ScannedMessage,
  verdict: MessageVerdict,
  folder: string | undefined,
  recipients: readonly EnvelopeRecipient[],
): Promise<void> {
  const stored = { folder, host: deps.host, nowMs: deps.clock.now() };
  const content = rewriteMessage(deps.settings, message, verdict, stored);
  const open = await deps.queue.open();
  await open.commit(
    { envelope: { ...held.envelope, recipients }, origin: held.origin, content, arrivalMs: held.arrivalMs },
    'incoming',
  );
  deps.log(scannerLines.requeue(message.id, open.queueId));
  await deps.queue.remove(held.queueId);
  if (verdict.kind !== 'judged') return;
  const isSpam = verdict.spam !== undefined && verdict.spam.level !== 'not-spam';
  logDelivery(deps, message, isSpam ? 'Delivery of spam' : 'Delivery of nonspam');
}

function logSpam({ settings, log }: ConcludeDeps, message: ScannedMessage, spam: SpamVerdict): void {
  const { id, clientAddress, reversePath } = message;
  const isSpam = spam.level !== 'not-spam';
  if (settings.yes(isSpam ? 'Log Spam' : 'Log Non Spam')) {
    if (spam.isWhitelisted) log(scannerLines.whitelisted(id, clientAddress, reversePath));
    log(scannerLines.verdict(id, clientAddress, reversePath, recipientDomains(message), spam.text));
  }
  if (isSpam) log(scannerLines.actions(id, spam.actions.words));
}

function recipientDomains(message: ScannedMessage): string {
  return [...new Set(message.recipients.map((recipient) => splitAddress(recipient).domain ?? ''))].join(',');
}

function logDelivery({ settings, log }: ConcludeDeps, message: ScannedMessage, what: string): void {
  if (!settings.yes('Log Delivery And Non-Delivery')) return;
  const subject = fieldValues(readHeaders(message.content).fields, 'Subject')[0] ?? '';
  log(scannerLines.delivery(what, message.id, message.reversePath, message.recipients.join(','), subject));
}

/** `_TOUSER_`, `_FROMDOMAIN_` and their like in an address. */
function fillIn({ clock }: ConcludeDeps, message: ScannedMessage, address: string): string {
  const from = splitAddress(message.reversePath);
  const to = splitAddress(message.recipients[0] ?? '');
  const now = new Date(clock.now()).toISOString();
  const words: Readonly<Record<string, string>> = {
    _FROMUSER_: from.localPart,
    _FROMDOMAIN_: from.domain ?? '',
    _TOUSER_: to.localPart,
    _TODOMAIN_: to.domain ?? '',
    _DATE_: now.slice(0, 10).replaceAll('-', ''),
    _HOUR_: now.slice(11, 13),
  };
  return address.replace(/_[A-Z]+_/g, (word) => words[word] ?? word);
}
