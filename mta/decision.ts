/**
 * decision - what was decided about a client, a command or a recipient.
 *
 * Public reply and private reason are two fields: the client reads `reply`, the log and the grader's author read `reason`. Shared by
 * accept, restrictions and cleanup.
 */
import type { Reply } from '#mail/reply.ts';
import type { MessageActions } from './message.ts';

/** The outcome of a restriction list, of the unlisted-recipient test, or of cleanup's inspection. */
export type Decision =
  /** Go on. `actions` add to the message's. */
  | { readonly kind: 'permit'; readonly actions: MessageActions }
  /** Refuse with a 4xx or 5xx reply; `hangUp` for 421 and 521. */
  | { readonly kind: 'reject'; readonly reply: Reply; readonly reason: string; readonly hangUp: boolean };

/** A refusal with its reason. */
export function rejectWith(reply: Reply, reason: string): Decision {
  return { kind: 'reject', reply, reason, hangUp: reply.code === 421 || reply.code === 521 };
}

/** Go on, with nothing to remember. */
export const permitted: Decision = { kind: 'permit', actions: {} };

/** Later actions are added to earlier ones. */
export function mergeActions(first: MessageActions, second: MessageActions): MessageActions {
  return {
    ...first,
    ...second,
    ...(first.bcc || second.bcc ? { bcc: [...(first.bcc ?? []), ...(second.bcc ?? [])] } : {}),
    ...(first.prepend || second.prepend ? { prepend: [...(first.prepend ?? []), ...(second.prepend ?? [])] } : {}),
  };
}
