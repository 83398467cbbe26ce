/**
 * controls - proofs that more than one lab's checks rest on: is this a whole mail server, does a neighbour do its part, is a relay really open?
 *
 * What only a reply says can be said by any program. These look at what becomes of the mail.
 */
import type { CheckContext, Peer, Speaker } from './context.ts';
import { replyToRcpt, words } from './findings.ts';
import type { Seat } from '#range';

const arrivalMs = 6000;

/** What a host makes of recipients that it must take and of such that no sound configuration takes all of. */
export type Discernment =
  | { readonly kind: 'discerns' }
  /** Not even postmaster (RFC 5321 section 4.5.1). */
  | { readonly kind: 'refuses-everything'; readonly actual: string }
  | { readonly kind: 'takes-everything'; readonly actual: string };

/** Tells a mail server from a program that says yes, or no, to everything. */
export async function discern(context: CheckContext, from: Speaker, to: Peer, hostName: string): Promise<Discernment> {
  const absurd = [
    `${context.canary()}@${hostName}`,
    `${context.canary()}@${context.seat.domain}`,
    `${context.canary()}@outside.test`,
  ];
  const [postmaster, ...others] = await Promise.all(
    ['postmaster', ...absurd].map(async (recipient) => {
      const outcome = await context.dialogue(from, to, [
        `EHLO ${speakerOf(context, from).name}`,
        `MAIL FROM:<postmaster@${speakerOf(context, from).domain}>`,
        `RCPT TO:<${recipient}>`,
      ]);
      return replyToRcpt(outcome);
    }),
  );
  if (!postmaster || postmaster.code >= 400)
    return { kind: 'refuses-everything', actual: postmaster ? words(postmaster) : 'no answer' };
  const takesAll = others.every((reply) => reply !== undefined && reply.code < 400);
  return takesAll ? { kind: 'takes-everything', actual: `250 for ${absurd.join(' and for ')}` } : { kind: 'discerns' };
}

/** Name and mail domain of who speaks. */
export function speakerOf({ world }: CheckContext, speaker: Speaker): { name: string; domain: string } {
  if ('actor' in speaker) {
    const actor = world.actors.find(({ id }) => id === speaker.actor);
    return { name: actor?.host.name ?? '', domain: actor?.domain ?? '' };
  }
  const seat = world.seats.find(({ id }) => id === speaker.seat);
  return { name: seat?.[speaker.host].name ?? '', domain: seat?.domain ?? '' };
}

/**
 * Does a mailbox host deliver what that seat's gateway brings, from the first command to the mailbox? The grader brings it itself, from the gateway's address:
 * a gateway whose mail does not arrive is at fault only when this does.
 */
export async function deliversFrom(context: CheckContext, gatewayOf: Seat, whose: Seat): Promise<boolean> {
  const sent = await context.send({
    from: { seat: gatewayOf.id, host: 'gateway' },
    to: { seat: whose.id, host: 'mailbox' },
    rcptTo: [`${whose.user}@${whose.domain}`],
  });
  if (!sent.accepted) return false;
  const look = await context.mailbox(whose, sent.canary, arrivalMs);
  return look.kind === 'messages' && look.messages.length > 0;
}

/** One way of asking for relaying. `recipient` is made for a victim's local-part at outside.test. */
export interface RelayAttempt {
  readonly name: string;
  readonly reversePath: string;
  recipient(victim: string): string;
}

export interface OpenRelay {
  readonly attempt: string;
  readonly recipient: string;
  readonly actual: string;
}

/** The first attempt that truly gets a message out (or into the queue for outside); undefined when none does. */
export async function findOpenRelay(
  context: CheckContext,
  strangers: readonly Speaker[],
  to: Peer,
  attempts: readonly RelayAttempt[],
): Promise<OpenRelay | undefined> {
  const found = await Promise.all(
    strangers.flatMap((from) => attempts.map((attempt) => tryToRelay(context, from, to, attempt))),
  );
  return found.find((each) => each !== undefined);
}

async function tryToRelay(
  context: CheckContext,
  from: Speaker,
  to: Peer,
  { name, reversePath, recipient }: RelayAttempt,
): Promise<OpenRelay | undefined> {
  const victim = context.canary();
  const sent = await context.send({ from, to, mailFrom: reversePath, rcptTo: [recipient(victim)] });
  if (!sent.accepted) return undefined;
  const out = await Promise.race([
    context.outside(victim, arrivalMs).then((messages) => messages.length > 0),
    isQueuedFor(context, to, victim),
  ]);
  if (!out) return undefined;
  return { attempt: name, recipient: recipient(victim), actual: 'your host took it and relays it to outside.test' };
}

/** Never settles with false: an empty queue says nothing, the message may be on its way. */
async function isQueuedFor(context: CheckContext, to: Peer, victim: string): Promise<boolean> {
  const entries = await context.queueHolds(context.seat, to.host, `${victim}@outside.test`);
  return entries && entries.length > 0 ? true : new Promise<boolean>(() => undefined);
}
