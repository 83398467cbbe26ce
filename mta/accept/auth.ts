/**
 * auth - AUTH PLAIN and AUTH LOGIN (RFC 4954, RFC 4616, SASL_README).
 *
 * Offered where smtpd_sasl_auth_enable says so and, with smtpd_tls_auth_only, only under TLS. A wrong password and an unknown user get the same answer.
 */
import { reply, type Reply } from '#mail/reply.ts';
import { smtpdLines } from '../log/smtpd-lines.ts';
import type { SessionState } from './session-state.ts';

export function offersAuth(state: SessionState): boolean {
  const { config } = state;
  return config.bool('smtpd_sasl_auth_enable') && (state.tls !== undefined || !config.bool('smtpd_tls_auth_only'));
}

export async function auth(state: SessionState, argument: string): Promise<Reply | undefined> {
  if (!state.helo && state.config.bool('smtpd_helo_required')) return reply('503 5.5.1 Error: send HELO/EHLO first');
  if (!offersAuth(state)) return reply('503 5.5.1 Error: authentication not enabled');
  if (state.transaction) return reply('503 5.5.1 Error: MAIL transaction in progress');
  if (state.sasl) return reply('503 5.5.1 Error: already authenticated'); // RFC 4954 section 4
  const [mechanism = '', initial, ...more] = argument.split(/\s+/);
  if (mechanism === '' || more.length > 0) return reply('501 5.5.4 Syntax: AUTH mechanism');
  const method = mechanism.toUpperCase();
  if (method !== 'PLAIN' && method !== 'LOGIN') return refuse(state, method, 'Invalid authentication mechanism');
  if (initial !== undefined && !isBase64(initial))
    return refuse(state, method, 'Invalid base64 data in initial response');
  const credentials =
    method === 'PLAIN' ? await readPlain(state, method, initial) : await readLogin(state, method, initial);
  return 'code' in credentials ? credentials : check(state, method, credentials.user, credentials.password);
}

interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** RFC 4616: authorization identity NUL authentication identity NUL password. */
async function readPlain(
  state: SessionState,
  method: string,
  initial: string | undefined,
): Promise<Credentials | Reply> {
  const answer = initial === undefined ? await ask(state, method, '') : decode(initial);
  if (typeof answer !== 'string') return answer;
  const [, user = '', password = ''] = answer.split('\0');
  return { user, password };
}

async function readLogin(
  state: SessionState,
  method: string,
  initial: string | undefined,
): Promise<Credentials | Reply> {
  const user = initial === undefined ? await ask(state, method, 'Username:') : decode(initial);
  if (typeof user !== 'string') return user;
  const password = await ask(state, method, 'Password:');
  return typeof password === 'string' ? { user, password } : password;
}

/** The client's decoded answer, or the reply that ends the exchange. */
async function ask(state: SessionState, method: string, prompt: string): Promise<string | Reply> {
  state.send({ code: 334, lines: [Buffer.from(prompt).toString('base64')] });
  const read = await state.reader.readLine(state.config.durationMs('smtpd_timeout'));
  if (read.kind !== 'line') {
    state.over = true;
    return reply(`421 4.4.2 ${state.hostname} Error: timeout exceeded`);
  }
  if (read.text === '*') {
    state.log.warning(smtpdLines.saslAborted(state.client, method));
    return reply('501 5.7.0 Authentication aborted'); // RFC 4954 section 4
  }
  return isBase64(read.text) ? decode(read.text) : refuse(state, method, 'Invalid base64 data in continued response');
}

function isBase64(text: string): boolean {
  return /^(=|[A-Za-z0-9+/]*={0,2})$/.test(text);
}

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}

/** The log names who tried last in this session. */
function refuse(state: SessionState, method: string, reason: string): Reply {
  const user = state.saslTried === undefined ? '' : `, sasl_username=${state.saslTried}`;
  state.log.warning(smtpdLines.saslFailed(state.client, method, `${reason}${user}`));
  return reply(`535 5.7.8 Error: authentication failed: ${reason}`);
}

async function check(state: SessionState, method: string, user: string, password: string): Promise<Reply> {
  const outcome = await state.deps.authenticate(user, password);
  state.saslTried = user;
  switch (outcome.kind) {
    case 'ok':
      state.sasl = { method, username: user, sender: '' };
      return reply('235 2.7.0 Authentication successful');
    case 'refused':
      return refuse(state, method, '(reason unavailable)');
    case 'tempfail':
      state.log.warning(smtpdLines.saslFailed(state.client, method, `${outcome.reason}, sasl_username=${user}`));
      return reply('454 4.7.0 Temporary authentication failure');
  }
}
