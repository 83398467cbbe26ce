/**
 * commands - the SMTP verbs, each with the function that serves it (RFC 5321 section 4.1).
 *
 * A command gives the reply to send, or undefined when it has sent all itself.
 */
import { reply, type Reply } from '#mail/reply.ts';
import { auth } from './auth.ts';
import { bdat, data } from './data.ts';
import { ehlo, helo } from './helo.ts';
import { mail } from './mail.ts';
import { rcpt } from './rcpt.ts';
import type { SessionState } from './session-state.ts';
import { startTls } from './starttls.ts';
import { etrn, vrfy } from './vrfy.ts';

export type Command = (state: SessionState, argument: string) => Promise<Reply | undefined>;

const quit: Command = async (state) => {
  state.send(reply('221 2.0.0 Bye'));
  state.over = true;
  state.stream.end();
  return undefined;
};

const rset: Command = async (state, argument) => {
  if (argument !== '') return reply('501 5.5.4 Syntax: RSET');
  await state.abandonTransaction();
  return reply('250 2.0.0 Ok');
};

export const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['HELO', helo],
  ['EHLO', ehlo],
  ['STARTTLS', startTls],
  // XCLIENT_README, XFORWARD_README: for those whom smtpd_authorized_..._hosts names, and here that is nobody.
  ['XCLIENT', async () => reply('550 5.7.0 Error: insufficient authorization')],
  ['XFORWARD', async () => reply('550 5.7.0 Error: insufficient authorization')],
  ['AUTH', auth],
  ['MAIL', mail],
  ['RCPT', rcpt],
  ['DATA', data],
  ['BDAT', bdat],
  ['RSET', rset],
  ['NOOP', async () => reply('250 2.0.0 Ok')],
  ['VRFY', vrfy],
  ['ETRN', etrn],
  ['QUIT', quit],
]);
