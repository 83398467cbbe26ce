/**
 * rcpt - RCPT TO: one recipient, judged by the restriction lists (RFC 5321 section 4.1.1.3).
 *
 * The first accepted recipient opens the queue file; from then on log lines carry the queue id.
 */
import { reply, type Reply } from '#mail/reply.ts';
import { smtpdLines } from '../log/smtpd-lines.ts';
import { decideRecipient } from './decide.ts';
import { isReply, readPathArgument, readRcptParameters } from './esmtp-parameters.ts';
import { discardedKeywords } from './helo.ts';
import { refuseUnicode } from './refuse-unicode.ts';
import type { SessionState, Transaction } from './session-state.ts';

export async function rcpt(state: SessionState, argument: string): Promise<Reply | undefined> {
  const { transaction, config } = state;
  if (!transaction) return reply('503 5.5.1 Error: need MAIL command');
  if (transaction.chunks.length > 0) return reply('503 5.5.1 Error: RCPT after BDAT');
  const path = readPathArgument(argument, 'TO', config.bool('strict_rfc821_envelopes'));
  if (path.kind === 'refused') {
    if (path.address !== undefined) state.log.warning(smtpdLines.badAddress(state.client, 'RCPT', path.address));
    state.noticeClasses.add('protocol');
    return path.reply;
  }
  const undeclared = refuseUnicode(state, 'RCPT', path.address, transaction.parameters.smtputf8 ?? false);
  if (undeclared) return undeclared;
  if (transaction.recipients.length >= config.integer('smtpd_recipient_limit')) return tooMany(state, transaction); // RFC 5321 section 4.5.3.1.10
  const parameters = readRcptParameters(path.parameters, {
    dsn: !discardedKeywords(config).has('dsn'),
    warn: (text) => state.log.warning(text),
  });
  if (isReply(parameters)) return parameters;
  const recipient = path.address;
  // RFC 5321 section 4.5.1: a bare postmaster is always accepted.
  const refused = recipient.toLowerCase() === 'postmaster' ? undefined : await decideRecipient(state, recipient);
  if (refused) return refused;
  if (!transaction.cleanup) {
    try {
      transaction.cleanup = await state.options.cleanup.begin();
    } catch (error) {
      state.log.warning(`queue file: ${error instanceof Error ? error.message : String(error)}`);
      state.noticeClasses.add('resource');
      return reply('451 4.3.0 Error: queue file write error');
    }
    const sender = transaction.parameters.authSender ?? '';
    const sasl = state.sasl && { ...state.sasl, sender };
    state.log.info(smtpdLines.client(transaction.cleanup.queueId, state.client, sasl));
  }
  transaction.recipients.push({ address: recipient, originalRecipient: recipient, ...parameters });
  return reply('250 2.1.5 Ok');
}

/** The first few too many are no error of the client's (postconf: smtpd_recipient_overshoot_limit). */
function tooMany(state: SessionState, transaction: Transaction): Reply | undefined {
  const refusal = reply('452 4.5.3 Error: too many recipients');
  if (transaction.overshoot++ >= state.config.integer('smtpd_recipient_overshoot_limit')) return refusal;
  state.send(refusal);
  return undefined;
}
