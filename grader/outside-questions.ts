/**
 * outside-questions - the questions that labs put to a host that is not ours (from-outside.ts), each with the twin that makes its answer a proof.
 */
import { OutOfReachError } from '#range';
import type { Reply } from '#mail/reply.ts';
import type { RelayAttempt } from './controls.ts';
import type { CheckContext, SentMail } from './context.ts';
import { inconclusive, outcomeWords, said, words } from './findings.ts';
import { askFor, elsewhere, isRelayDenial, isTaken, mayTrustUs, notAdmitted, reachOf, sendTo } from './from-outside.ts';
import type { Finding } from './lab.ts';

/** What a question's answers mean. */
export interface Meaning {
  readonly pass: Finding;
  fail(actual: string, attempt?: { readonly name: string; readonly recipient: string }): Finding;
}

/** How long a message may be under way inside the host. */
const arrivalMs = 20_000;

/** What may become of a message to the user. */
export interface Arrival {
  refused(sent: SentMail): Finding;
  readonly arrived: Finding;
  lost(sent: SentMail): Finding;
}

/** A message must be taken. A refusal is the finding, once it is certain that others at the host are let through; where a message went that was taken is out of reach. */
export async function mustTake(
  context: CheckContext,
  recipient: string,
  refused: Arrival['refused'],
): Promise<Finding> {
  const sent = await bring(context, recipient, refused);
  if ('kind' in sent) return sent;
  throw new OutOfReachError('followed');
}

/** A message must be taken and be found in the user's mailbox, if that can be looked into. */
export async function mustArrive(context: CheckContext, recipient: string, meaning: Arrival): Promise<Finding> {
  const sent = await bring(context, recipient, (refused) => meaning.refused(refused));
  if ('kind' in sent) return sent;
  if (!reachOf(context).readsMailbox) throw new OutOfReachError('followed');
  const look = await context.mailbox(context.seat, sent.canary, arrivalMs);
  if (look.kind !== 'messages') return notRead(context, look.reason);
  return look.messages.length > 0 ? meaning.arrived : meaning.lost(sent);
}

/** The mailbox could not be looked into: the password may be a wrong one, and the port shut to us only. */
export function notRead({ seat }: CheckContext, actual: string): Finding {
  return inconclusive('MAILBOX_NOT_READ', `a login of ${seat.user} over IMAP with TLS`, actual);
}

/** A message that was taken, or the finding. */
async function bring(
  context: CheckContext,
  recipient: string,
  refused: Arrival['refused'],
): Promise<SentMail | Finding> {
  const barred = await notAdmitted(context);
  if (barred) return barred;
  const sent = await sendTo(context, { rcptTo: [recipient] });
  if (sent.accepted) return sent;
  return refusalOf(sent) ? refused(sent) : undecided(sent);
}

/** A user that cannot exist must be refused at RCPT, where one that does exist is taken. */
export async function mustRefuseUnknown(context: CheckContext, known: string, meaning: Meaning): Promise<Finding> {
  const barred = await notAdmitted(context);
  if (barred) return barred;
  const domain = known.slice(known.lastIndexOf('@') + 1);
  const { outcome, replies } = await askFor(context, [
    known,
    `${context.canary()}@${domain}`,
    `${context.canary()}@${elsewhere}`,
  ]);
  const [ofKnown, ofUnknown, ofOthers] = replies;
  if (!isTaken(ofKnown)) return inconclusive('KNOWN_USER_REFUSED', `250 for ${known}`, answer(ofKnown, outcome));
  if (!ofUnknown || !ofOthers) return inconclusive('TARGET_CANNOT_BE_REACHED', 'an answer', outcomeWords(outcome));
  if (!isTaken(ofUnknown)) return ofUnknown.code >= 500 ? meaning.pass : putOff(words(ofUnknown));
  // Who may relay may send to users that do not exist, too.
  return isTaken(ofOthers) && !reachOf(context).isStranger
    ? mayTrustUs(context, words(ofOthers))
    : meaning.fail(words(ofUnknown));
}

/**
 * No attempt may get a message in for somebody else. Attempts that hide the other domain in an address of the host's own (`own`) prove nothing where the host
 * takes any local-part there.
 */
export async function mustRelayForNobody(
  context: CheckContext,
  attempts: readonly RelayAttempt[],
  own: string,
  meaning: Meaning,
): Promise<Finding> {
  const barred = await notAdmitted(context);
  if (barred) return barred;
  const { replies } = await askFor(context, [`${context.canary()}@${own}`]);
  const takesAnybody = isTaken(replies[0]);
  let doubt: Finding | undefined;
  // One after another: many connections at once look like an attack.
  for (const { name, reversePath, recipient } of attempts) {
    const to = recipient(context.canary());
    const sent = await sendTo(context, { mailFrom: reversePath, rcptTo: [to] });
    const isHidden = !to.endsWith(`@${elsewhere}`);
    if (sent.accepted && !(isHidden && takesAnybody))
      return reachOf(context).isStranger
        ? meaning.fail(`it took the message: ${said(sent)}`, { name, recipient: to })
        : mayTrustUs(context, `it took a message for ${to}: ${said(sent)}`);
    if (!refusalOf(sent)) doubt ??= undecided(sent);
  }
  return doubt ?? meaning.pass;
}

/** The refusal for good that decided. A relay is denied for good even where it is said with 454, as Postfix does by default. */
export function refusalOf({ deciding: reply }: SentMail): Reply | undefined {
  return reply && (reply.code >= 500 || (reply.code >= 400 && isRelayDenial(reply))) ? reply : undefined;
}

/** Neither taken nor refused for good. */
export function undecided(sent: SentMail): Finding {
  return sent.deciding && sent.deciding.code >= 400
    ? putOff(said(sent))
    : inconclusive('TARGET_CANNOT_BE_REACHED', 'an answer to each command', said(sent));
}

function putOff(actual: string): Finding {
  return inconclusive('TARGET_PUTS_US_OFF', '250, or a refusal for good (5xx)', actual);
}

function answer(reply: Reply | undefined, outcome: Parameters<typeof outcomeWords>[0]): string {
  return reply ? words(reply) : outcomeWords(outcome);
}
