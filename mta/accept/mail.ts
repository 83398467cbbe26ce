/**
 * mail - MAIL FROM: a transaction begins (RFC 5321 section 4.1.1.2).
 */
import { reply, type Reply } from '#mail/reply.ts';
import { smtpdLines } from '../log/smtpd-lines.ts';
import { decideSender, refuseAt } from './decide.ts';
import { isReply, readMailParameters, readPathArgument } from './esmtp-parameters.ts';
import { discardedKeywords } from './helo.ts';
import { refuseUnicode } from './refuse-unicode.ts';
import type { SessionState } from './session-state.ts';

export async function mail(state: SessionState, argument: string): Promise<Reply> {
  const { config } = state;
  if (!state.helo && config.bool('smtpd_helo_required')) return reply('503 5.5.1 Error: send HELO/EHLO first');
  if (state.transaction) return reply('503 5.5.1 Error: nested MAIL command');
  if (state.bdatFailed) return reply('503 5.5.1 Error: MAIL after BDAT');
  const path = readPathArgument(argument, 'FROM', config.bool('strict_rfc821_envelopes'));
  if (path.kind === 'refused') {
    if (path.address !== undefined) state.log.warning(smtpdLines.badAddress(state.client, 'MAIL', path.address));
    state.noticeClasses.add('protocol');
    return path.reply;
  }
  const smtputf8 = config.bool('smtputf8_enable') && !discardedKeywords(config).has('smtputf8');
  const isDeclared = smtputf8 && path.parameters.some((word) => word.toUpperCase() === 'SMTPUTF8');
  const undeclared = refuseUnicode(state, 'MAIL', path.address, isDeclared);
  if (undeclared) return undeclared;
  const parameters = readMailParameters(path.parameters, { dsn: !discardedKeywords(config).has('dsn'), smtputf8 });
  if (isReply(parameters)) return parameters;
  await state.options.started('trivial-rewrite');
  if (!config.bool('smtpd_delay_reject')) {
    const refused = await decideSender(state, path.address);
    if (refused) return refused;
  }
  const largestBytes = config.integer('message_size_limit');
  if (largestBytes > 0 && (parameters.sizeBytes ?? 0) > largestBytes)
    return refuseAt(state, 'MAIL', reply('552 5.3.4 Message size exceeds fixed limit'), path.address); // RFC 1870 section 6.1
  state.startTransaction(path.address, parameters);
  return reply('250 2.1.0 Ok');
}
