/**
 * mail - MAIL FROM: a transaction begins (RFC 5321 section 4.1.1.2).
 */
import { reply, type Reply } from '#mail/reply.ts';
import { completeAddress } from '../config/resolve-address.ts';
import { smtpdLines } from '../log/smtpd-lines.ts';
import { decideSender } from './decide.ts';
import { isReply, readMailParameters, readPathArgument } from './esmtp-parameters.ts';
import type { SessionState } from './session-state.ts';
import { tlsRequired } from './starttls.ts';

export async function mail(state: SessionState, argument: string): Promise<Reply> {
  const { config } = state;
  if (state.refusedClient) return state.refusedClient;
  if (!state.helo && config.bool('smtpd_helo_required')) return reply('503 5.5.1 Error: send HELO/EHLO first');
  if (state.transaction) return reply('503 5.5.1 Error: nested MAIL command');
  if (tlsRequired(state)) return reply('530 5.7.0 Must issue a STARTTLS command first');
  const path = readPathArgument(argument, 'FROM', config.bool('strict_rfc821_envelopes'));
  if (path.kind === 'refused') {
    if (!path.syntax)
      state.log.warning(smtpdLines.badAddress(state.client, 'MAIL', argument.replace(/^from:\s*/i, '')));
    state.noticeClasses.add('protocol');
    return path.reply;
  }
  const parameters = readMailParameters(path.parameters, config.integer('message_size_limit'));
  if (isReply(parameters)) return parameters;
  const reversePath = completeAddress(config, path.address);
  if (!config.bool('smtpd_delay_reject')) {
    const refused = await decideSender(state, reversePath);
    if (refused) return refused;
  }
  state.startTransaction(reversePath, parameters);
  state.junk = 0;
  return reply('250 2.1.0 Ok');
}
