/**
 * forged - what the gateway says to a forger, and to the seat's own host, which must not be taken for one.
 */
import { fail, refusalIn, words, type CheckContext, type DialogueOutcome, type Finding } from '#grader';

/** What the gateway makes of a sender's address when the forger's host names it. */
export function fromForger(
  { dialogue, seat, filteredSeat }: CheckContext,
  reversePath: string,
): Promise<DialogueOutcome> {
  return dialogue({ actor: 'forger' }, { seat: seat.id, host: 'gateway' }, [
    'EHLO mx.forger.test',
    `MAIL FROM:<${reversePath}>`,
    `RCPT TO:<${filteredSeat.user}@${filteredSeat.domain}>`,
  ]);
}

/** SPF is a question to strangers. Mail of one's own hosts leaves by the gateway, so their addresses are in no SPF record. */
export async function asksOwnHosts({ dialogue, seat, canary }: CheckContext): Promise<Finding | undefined> {
  const outcome = await dialogue({ seat: seat.id, host: 'mailbox' }, { seat: seat.id, host: 'gateway' }, [
    `EHLO ${seat.mailbox.name}`,
    `MAIL FROM:<${seat.user}@${seat.domain}>`,
    `RCPT TO:<${canary()}@outside.test>`,
  ]);
  const refusal = refusalIn(outcome);
  return refusal && /\bspf\b/i.test(words(refusal))
    ? fail('OWN_HOSTS_ASKED', `250 for your own host ${seat.mailbox.address}`, words(refusal))
    : undefined;
}
