/**
 * refuse-unicode - the refusal of an address beyond ASCII that came without SMTPUTF8 (RFC 6531 section 3.6).
 */
import { reply, type Reply } from '#mail/reply.ts';
import { smtpdLines } from '../log/smtpd-lines.ts';
import type { SessionState } from './session-state.ts';
import { judgeUnicode } from './unicode-address.ts';

export function refuseUnicode(
  state: SessionState,
  command: 'MAIL' | 'RCPT',
  address: string,
  isDeclared: boolean,
): Reply | undefined {
  const fault = judgeUnicode(state.config, address, isDeclared);
  if (fault === undefined) return undefined;
  if (fault === 'undeclared') return reply('553 5.6.7 Must declare SMTPUTF8 to send unicode address');
  state.log.warning(smtpdLines.badAddress(state.client, command, `<${address}>`));
  state.noticeClasses.add('protocol');
  return reply(command === 'MAIL' ? '501 5.1.7 Bad sender address syntax' : '501 5.1.3 Bad recipient address syntax');
}
