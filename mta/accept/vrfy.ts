/**
 * vrfy - VRFY and ETRN (RFC 5321 section 4.1.1.6, RFC 1985).
 *
 * VRFY answers as RCPT would, so it tells no more than RCPT does.
 *
 * Limits: ETRN is known and politely refused: there is no fast-flush service here.
 */
import { parsePath } from '#mail/address.ts';
import { reply, type Reply } from '#mail/reply.ts';
import { completeAddress } from '../config/resolve-address.ts';
import { decideRecipient } from './decide.ts';
import type { SessionState } from './session-state.ts';

export async function vrfy(state: SessionState, argument: string): Promise<Reply> {
  if (state.config.bool('disable_vrfy_command')) return reply('502 5.5.1 VRFY command is disabled');
  if (argument === '') return reply('501 5.5.4 Syntax: VRFY address');
  const path = parsePath(argument.replace(/^<|>$/g, ''));
  if (path.kind === 'bad') return reply('501 5.1.3 Bad recipient address syntax');
  const refused = await decideRecipient(state, completeAddress(state.config, path.address));
  return refused ?? reply(`252 2.0.0 ${argument}`);
}

export async function etrn(state: SessionState, argument: string): Promise<Reply> {
  if (!state.helo) return reply('503 Error: send HELO/EHLO first');
  if (argument === '') return reply('500 Syntax: ETRN domain');
  return reply(`459 4.7.0 <${argument}>: service unavailable`);
}
