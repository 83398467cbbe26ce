/**
 * from-outside - what a check may say of a host that is not ours, spoken to from an address that it does not know (`grade --target`).
 *
 * The proofs that rest on a mailbox, an outside world or the queue cannot be had, so each question brings its own twin on the wire: a refusal counts only
 * when the same speaker is let through to an address of the host's own. Whether the host trusts this computer cannot be seen: a host that relays for us is an
 * open relay only when somebody vouches that we are a stranger (outside-questions.ts). Every message has the null reverse-path, so that it causes no bounce and needs no
 * domain that exists, and goes to the host's own users or to reserved names (RFC 6761), so that nobody else is ever written to.
 */
import { OutOfReachError } from '#range';
import { fail, inconclusive, outcomeWords, refusalIn } from './findings.ts';
import type { CheckContext, DialogueOutcome, MailToSend, Peer, SentMail, Speaker } from './context.ts';
import type { Finding } from './lab.ts';
import type { Reply } from '#mail/reply.ts';

/** We, who are nobody to the host. */
const us = { actor: 'stranger' } as const satisfies Speaker;

/** Somebody at a domain that cannot exist (RFC 6761 section 6.2). */
export const elsewhere = 'outside.test';

/** What the host makes of somebody it does not know. */
export type Opening =
  /** Nobody listens. */
  | { readonly kind: 'silent'; readonly actual: string }
  /** Says yes to whatever it is asked, and has no reason to trust us. */
  | { readonly kind: 'takes-everything'; readonly actual: string }
  /** Nothing can be proved; the finding says why. */
  | { readonly kind: 'unproved'; readonly finding: Finding }
  /** A mail server that tells its own addresses from others. */
  | { readonly kind: 'open'; readonly greeting: Reply };

/** @throws Error when the context is not that of a target */
export function reachOf({ reach }: CheckContext): NonNullable<CheckContext['reach']> {
  if (!reach) throw new Error('only for a host that is judged from outside');
  return reach;
}

function target(context: CheckContext): Peer {
  const { place, port } = reachOf(context);
  return { seat: context.seat.id, host: place, port };
}

/** Name that the target should have. */
export function targetName(context: CheckContext): string {
  return context.seat[reachOf(context).place].name;
}

/** A session of ours: EHLO and those commands. */
export function converse(context: CheckContext, commands: readonly string[]): Promise<DialogueOutcome> {
  return context.dialogue(us, target(context), [`EHLO ${reachOf(context).helo}`, ...commands]);
}

/** A message of ours, with the null reverse-path. */
export function sendTo(context: CheckContext, mail: Omit<MailToSend, 'from' | 'to'>): Promise<SentMail> {
  return context.send({ mailFrom: '', helo: reachOf(context).helo, ...mail, from: us, to: target(context) });
}

/** The user of the domain that the host relays for. @throws OutOfReachError when none was named */
export function relayUser(context: CheckContext): string {
  if (!reachOf(context).knowsRelayUser) throw new OutOfReachError('relay-user');
  return `${context.filteredSeat.user}@${context.filteredSeat.domain}`;
}

/** Addresses some of which a sound host in that place takes. */
function ownAddresses(context: CheckContext): string[] {
  const { seat, reach } = context;
  const name = targetName(context);
  const own = [`postmaster@${name}`, `root@${name}`];
  if (reach?.place === 'mailbox') return [...own, `postmaster@${seat.domain}`, `${seat.user}@${seat.domain}`];
  return reach?.knowsRelayUser ? [...own, relayUser(context)] : own;
}

/** What the host says to each recipient, in one session; fewer when it hung up. */
export async function askFor(
  context: CheckContext,
  recipients: readonly string[],
): Promise<{ readonly outcome: DialogueOutcome; readonly replies: readonly Reply[] }> {
  const outcome = await converse(context, ['MAIL FROM:<>', ...recipients.map((recipient) => `RCPT TO:<${recipient}>`)]);
  return { outcome, replies: outcome.exchanges.slice(3).map(({ reply }) => reply) };
}

export const isTaken = (reply: Reply | undefined): boolean => reply !== undefined && reply.code < 400;

/** Knocks and looks how the host treats us. */
export async function knock(context: CheckContext): Promise<Opening> {
  const own = ownAddresses(context);
  const asked = await askFor(context, ['postmaster', ...own]);
  const [greeting] = asked.outcome.exchanges;
  if (!greeting && asked.outcome.kind === 'no-conversation')
    return asked.outcome.reason.startsWith('connection refused')
      ? { kind: 'silent', actual: asked.outcome.reason }
      : unproved(inconclusive('TARGET_CANNOT_BE_REACHED', 'a greeting', asked.outcome.reason));
  if (!greeting || !letsIn(asked.replies)) return turnedAway(asked.outcome, own);
  const name = targetName(context);
  const absurd = [name, context.seat.domain, elsewhere].map((domain) => `${context.canary()}@${domain}`);
  const { replies } = await askFor(context, absurd);
  if (replies.length < absurd.length || !replies.every(isTaken)) return { kind: 'open', greeting: greeting.reply };
  const actual = `250 for ${absurd.join(' and for ')}`;
  return reachOf(context).isStranger ? { kind: 'takes-everything', actual } : unproved(mayTrustUs(context, actual));
}

/**
 * Does it take mail from us at all? The bare postmaster alone proves little, since Postfix takes that before it looks at its rules; with it, "relay access denied" shows
 * that nothing else is held against us.
 */
function letsIn([bare, ...own]: readonly Reply[]): boolean {
  return own.some(isTaken) || (isTaken(bare) && own.length > 0 && own.every(isRelayDenial));
}

/** reject_unauth_destination or defer_unauth_destination: it is about the recipient's domain, not about us (RFC 3463 X.7.1). */
export function isRelayDenial(reply: Reply): boolean {
  return /^[45]\.7\.1$/.test(reply.enhancedStatus ?? '') && /\brelay/i.test(reply.lines.join(' '));
}

/** Why nothing can be asked of the host; undefined when it takes mail from us. */
export async function notAdmitted(context: CheckContext): Promise<Finding | undefined> {
  const opening = await knock(context);
  if (opening.kind === 'unproved') return opening.finding;
  return opening.kind === 'silent'
    ? fail('SUBJECT_DOWN', 'an answer', opening.actual, { subject: reachOf(context).place })
    : undefined;
}

/** It takes our mail for others, and nobody vouched that it has no reason to. */
export function mayTrustUs({ world }: CheckContext, actual: string): Finding {
  const address = world.actors.find(({ id }) => id === us.actor)?.host.address ?? '';
  return inconclusive('TARGET_TAKES_OUR_MAIL_FOR_OTHERS', `a refusal of mail for ${elsewhere}`, actual, { address });
}

function unproved(finding: Finding): Opening {
  return { kind: 'unproved', finding };
}

function turnedAway(outcome: DialogueOutcome, own: readonly string[]): Opening {
  const refusal = refusalIn(outcome);
  const expected = `250 for one of ${own.join(', ')}`;
  const actual = outcomeWords(outcome);
  return unproved(
    refusal && refusal.code < 500
      ? inconclusive('TARGET_PUTS_US_OFF', expected, actual)
      : inconclusive('TARGET_TURNS_US_AWAY', expected, actual),
  );
}
