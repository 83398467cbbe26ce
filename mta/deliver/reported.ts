/**
 * reported - which recipients a notice names: those whose sender wants to hear of it (RFC 3461 section 4.1).
 */
import type { QueuedMessage } from '../message.ts';
import type { RecipientOutcome } from './agent.ts';
import type { NoticeKind, Reported } from './dsn.ts';

const wishes = { failure: 'FAILURE', delay: 'DELAY', success: 'SUCCESS' } as const;

/** Without a NOTIFY wish, failures and delays are reported and successes are not. */
export function wantsReport(
  message: QueuedMessage,
  outcome: RecipientOutcome,
  wish: 'SUCCESS' | 'FAILURE' | 'DELAY',
): boolean {
  const given = message.envelope.recipients[outcome.index]?.notify;
  // RFC 3461 section 5.2.1: the next system was asked to report.
  if (wish === 'SUCCESS' && outcome.success === 'passed-on') return false;
  return given ? given.includes(wish) : wish !== 'SUCCESS';
}

/** The recipients to name in a notice of that kind; of an alias with several ends those that the notice is about. */
export function reportedRecipients(
  kind: NoticeKind,
  message: QueuedMessage,
  outcomes: readonly RecipientOutcome[],
): Reported[] {
  return outcomes
    .filter((outcome) => wantsReport(message, outcome, wishes[kind]))
    .flatMap((outcome) => {
      const recipient = message.envelope.recipients[outcome.index];
      const orcpt = recipient?.orcpt === undefined ? {} : { orcpt: recipient.orcpt };
      const ends = (outcome.steps ?? [outcome]).filter(({ status }) => (status === 'sent') === (kind === 'success'));
      return ends.map((end) => ({
        address: end.address ?? recipient?.address ?? '',
        originalRecipient: recipient?.originalRecipient ?? '',
        outcome: kind === 'success' ? { ...end, text: `delivery via ${end.relay}: ${end.text}` } : end,
        ...orcpt,
      }));
    });
}
