/**
 * findings - the few words with which a check states what it found. Pure.
 */
import type { Reply } from '#mail/reply.ts';
import type { DialogueOutcome, MailboxLook, SentMail } from './context.ts';
import type { Finding, TagArguments } from './lab.ts';

export const pass = (tag: string, args: TagArguments = {}): Finding => ({ kind: 'pass', tag, args });

export const fail = (tag: string, expected: string, actual: string, args: TagArguments = {}): Finding => ({
  kind: 'fail',
  tag,
  args,
  expected,
  actual,
});

export const warn = (tag: string, expected: string, actual: string, args: TagArguments = {}): Finding => ({
  kind: 'warning',
  tag,
  args,
  expected,
  actual,
});

export const inconclusive = (tag: string, expected: string, actual: string, args: TagArguments = {}): Finding => ({
  kind: 'inconclusive',
  tag,
  args,
  expected,
  actual,
});

export const waitFor = (tag: string, neighbour: string): Finding => ({ kind: 'waiting', tag, neighbour });

/** A reply in one line: `550 5.1.1 <x@y>: Recipient address rejected: ...`. */
export function words(reply: Reply): string {
  const status = reply.enhancedStatus === undefined ? '' : `${reply.enhancedStatus} `;
  return `${reply.code} ${status}${reply.lines.join(' ')}`;
}

/** What became of a mail in its session: the deciding reply and the command it answered, or why there was no conversation. */
export function said(sent: SentMail): string {
  if (sent.outcome.kind === 'no-conversation' && (sent.deciding?.code ?? 0) < 400)
    return noConversation(sent.outcome) ?? 'no conversation';
  return sent.deciding ? `${words(sent.deciding)} (to ${sent.stage})` : 'no conversation';
}

/** Why an accepted message was not seen in its mailbox. */
export function notThere(look: MailboxLook | undefined): string {
  return look === undefined || look.kind === 'messages'
    ? 'accepted, but not there'
    : `accepted; the mailbox: ${look.reason}`;
}

/** The first refusal of a dialogue, at whatever stage. */
export function refusalIn({ exchanges }: DialogueOutcome): Reply | undefined {
  return exchanges.find((exchange) => exchange.reply.code >= 400)?.reply;
}

/** The reply to the (last) RCPT command. */
export function replyToRcpt({ exchanges }: DialogueOutcome): Reply | undefined {
  return exchanges.findLast((exchange) => /^RCPT/i.test(exchange.command))?.reply;
}

/** The dialogue's outcome in one line: its first refusal, else its last reply, else why there was none. */
export function outcomeWords(outcome: DialogueOutcome): string {
  const reply = refusalIn(outcome);
  if (reply) return words(reply);
  const last = outcome.exchanges.at(-1)?.reply;
  return noConversation(outcome) ?? (last ? words(last) : 'no answer');
}

function noConversation(outcome: DialogueOutcome): string | undefined {
  return outcome.kind === 'no-conversation' ? `${outcome.reason} (at ${outcome.stage})` : undefined;
}
