/**
 * bare-newline - a line that ends in LF alone where CR LF must stand (RFC 5321 section 2.3.8, postconf: smtpd_forbid_bare_newline).
 *
 * Whatever is set, only CR LF . CR LF ends a message. With `reject`, a client that sends a bare LF is refused, unless smtpd_forbid_bare_newline_exclusions names it.
 */
import { reply, type Reply } from '#mail/reply.ts';
import { remarkAt } from './decide.ts';
import type { Stage } from '../restrictions/restriction.ts';
import type { SessionState } from './session-state.ts';

export async function forbidsBareNewline({ config, client }: SessionState): Promise<boolean> {
  if (config.text('smtpd_forbid_bare_newline') !== 'reject') return false;
  return (await config.matches('smtpd_forbid_bare_newline_exclusions', client.address)).kind !== 'match';
}

/** The reply, logged. */
export function refuseBareNewline(state: SessionState, stage: Stage): Reply {
  remarkAt(state, stage, 'bare <LF> received');
  const code = state.config.integer('smtpd_forbid_bare_newline_reject_code');
  return reply(`${code} 5.5.2 ${state.hostname} Error: bare <LF> received`);
}
