/**
 * helo - HELO and EHLO: who the client says it is, and what this server offers (RFC 5321 section 4.1.1.1).
 *
 * Keywords stand in Postfix's order. STARTTLS goes once TLS is on; AUTH only where it may be used.
 */
import { reply, type Reply } from '#mail/reply.ts';
import { decideHelo } from './decide.ts';
import type { SessionState } from './session-state.ts';
import { offersTls } from './starttls.ts';
import { offersAuth } from './auth.ts';

export async function helo(state: SessionState, argument: string): Promise<Reply> {
  if (argument === '') return reply('501 Syntax: HELO hostname');
  return accept(state, argument, false);
}

export async function ehlo(state: SessionState, argument: string): Promise<Reply> {
  if (argument === '') return reply('501 Syntax: EHLO hostname');
  return accept(state, argument, true);
}

async function accept(state: SessionState, argument: string, extended: boolean): Promise<Reply> {
  if (state.refusedClient) return state.refusedClient;
  await state.abandonTransaction(); // RFC 5321 section 4.1.4: EHLO resets
  const name = argument.split(/\s/)[0]?.slice(0, 255) ?? '';
  state.helo = { name, extended };
  if (!state.config.bool('smtpd_delay_reject')) {
    const refused = await decideHelo(state, extended ? 'EHLO' : 'HELO');
    if (refused) {
      state.helo = undefined;
      return refused;
    }
  }
  return { code: 250, lines: extended ? [state.hostname, ...keywords(state)] : [state.hostname] };
}

function keywords(state: SessionState): string[] {
  const { config } = state;
  const hidden = new Set(config.list('smtpd_discard_ehlo_keywords').map((word) => word.toLowerCase()));
  const all = [
    'PIPELINING',
    `SIZE ${config.integer('message_size_limit')}`,
    ...(config.bool('disable_vrfy_command') ? [] : ['VRFY']),
    'ETRN',
    ...(offersTls(state) ? ['STARTTLS'] : []),
    ...(offersAuth(state)
      ? ['AUTH PLAIN LOGIN', ...(config.bool('broken_sasl_auth_clients') ? ['AUTH=PLAIN LOGIN'] : [])]
      : []),
    'ENHANCEDSTATUSCODES',
    '8BITMIME',
    'DSN',
    ...(config.bool('smtputf8_enable') ? ['SMTPUTF8'] : []),
    'CHUNKING',
  ];
  return all.filter((keyword) => !hidden.has(keyword.split(/[ =]/)[0]?.toLowerCase() ?? ''));
}
