/**
 * vrfy - VRFY and ETRN (RFC 5321 section 4.1.1.6, RFC 1985).
 *
 * VRFY answers as RCPT would, so it tells no more than RCPT does.
 *
 * Limits: ETRN is known and politely refused: there is no fast-flush service here.
 */
import { isDomain, parsePath } from '#mail/address.ts';
import { reply, type Reply } from '#mail/reply.ts';
import { clientText } from '../log/smtpd-lines.ts';
import { decideEtrn, decideRecipient } from './decide.ts';
import type { SessionState } from './session-state.ts';

export async function vrfy(state: SessionState, argument: string): Promise<Reply> {
  if (state.config.bool('disable_vrfy_command')) return reply('502 5.5.1 VRFY command is disabled');
  if (argument === '') return reply('501 5.5.4 Syntax: VRFY address');
  const address = argument.replace(/\s+SMTPUTF8$/i, ''); // RFC 6531 section 3.7.4.2
  const path = parsePath(address.replace(/^<|>$/g, ''));
  if (path.kind === 'bad' || path.address === '') return reply('501 5.1.3 Bad recipient address syntax');
  const refused = await decideRecipient(state, path.address, 'VRFY');
  return refused ?? reply(`252 2.0.0 ${address}`);
}

export async function etrn(state: SessionState, argument: string): Promise<Reply> {
  if (!state.helo) return reply('503 Error: send HELO/EHLO first');
  if (argument === '' || /\s/.test(argument)) return reply('500 Syntax: ETRN domain');
  const domain = argument.replace(/^[@#]/, ''); // RFC 1985 section 5.3
  if (!isDomain(domain)) return reply('501 Error: invalid parameter syntax');
  const refused = await decideEtrn(state, domain);
  if (refused) return refused;
  state.log.warning(`reject: ETRN ${domain}... from ${clientText(state.client)}`);
  return reply(`459 <${domain}>: service unavailable`);
}
