/**
 * helo - HELO and EHLO: who the client says it is, and what this server offers (RFC 5321 section 4.1.1.1).
 *
 * Keywords stand in Postfix's order. STARTTLS goes once TLS is on; AUTH only where it may be used.
 */
import { reply, type Reply } from '#mail/reply.ts';
import type { PostfixConfig } from '../config/config.ts';
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
  // What would break a log line or a Received: field apart is masked.
  const name = argument.replace(/[\s<>()\\";@\0]/g, '?').slice(0, 255);
  if (!state.config.bool('smtpd_delay_reject')) {
    const refused = await decideHelo(state, extended ? 'EHLO' : 'HELO', name);
    if (refused) return refused;
  }
  await state.abandonTransaction(); // RFC 5321 section 4.1.4: EHLO resets
  state.helo = { name, extended };
  return { code: 250, lines: extended ? [state.hostname, ...keywords(state)] : [state.hostname] };
}

/** postconf: smtpd_discard_ehlo_keywords; what is not offered is not served either. */
export function discardedKeywords(config: PostfixConfig): ReadonlySet<string> {
  return new Set(config.list('smtpd_discard_ehlo_keywords').map((word) => word.toLowerCase()));
}

function keywords(state: SessionState): string[] {
  const { config } = state;
  const hidden = discardedKeywords(config);
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
