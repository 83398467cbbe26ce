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
  if (!state.config.bool('smtpd_sasl_auth_enable')) return reply('503 5.5.1 Error: authentication not enabled');
  if (state.transaction) return reply('503 5.5.1 Error: MAIL transaction in progress');
  if (state.sasl) return reply('503 5.5.1 Error: already authenticated'); // RFC 4954 section 4
  if (!offersAuth(state)) return reply('538 5.7.11 Encryption required for requested authentication mechanism');
  const [mechanism = '', initial, ...more] = argument.split(/\s+/);
  if (mechanism === '' || more.length > 0) return reply('501 5.5.4 Syntax: AUTH mechanism');
  const method = mechanism.toUpperCase();
  if (method !== 'PLAIN' && method !== 'LOGIN')
    return reply(`535 5.7.8 Error: authentication failed: no mechanism available`);
  const credentials = method === 'PLAIN' ? await readPlain(state, initial) : await readLogin(state, initial);
  return 'code' in credentials ? credentials : check(state, method, credentials.user, credentials.password);
}

interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** RFC 4616: authorization identity NUL authentication identity NUL password. */
async function readPlain(state: SessionState, initial: string | undefined): Promise<Credentials | Reply> {
  const answer = initial ?? (await ask(state, ''));
  if (typeof answer !== 'string') return answer;
  const [, user, password] = decode(answer)?.split('\0') ?? [];
  return user === undefined || password === undefined
    ? reply('501 5.5.2 Error: malformed authentication response')
    : { user, password };
}

async function readLogin(state: SessionState, initial: string | undefined): Promise<Credentials | Reply> {
  const user = initial ?? (await ask(state, 'Username:'));
  if (typeof user !== 'string') return user;
  const password = await ask(state, 'Password:');
  if (typeof password !== 'string') return password;
  return { user: decode(user) ?? '', password: decode(password) ?? '' };
}

async function ask(state: SessionState, prompt: string): Promise<string | Reply> {
  state.send({ code: 334, lines: [Buffer.from(prompt).toString('base64')] });
  const read = await state.reader.readLine(state.config.durationMs('smtpd_timeout'));
  if (read.kind !== 'line') {
    state.over = true;
    return reply(`421 4.4.2 ${state.hostname} Error: timeout exceeded`);
  }
  return read.text === '*' ? reply('501 5.7.0 Authentication aborted') : read.text; // RFC 4954 section 4
}

function decode(text: string): string | undefined {
  return /^(=|[A-Za-z0-9+/]*={0,2})$/.test(text) ? Buffer.from(text, 'base64').toString('utf8') : undefined;
}

async function check(state: SessionState, method: string, user: string, password: string): Promise<Reply> {
  const outcome = await state.deps.authenticate(user, password);
  if (outcome.kind === 'ok') {
    state.sasl = { method, username: user, sender: '' };
    return reply('235 2.7.0 Authentication successful');
  }
  state.log.warning(
    smtpdLines.saslFailed(
      state.client,
      method,
      `${outcome.kind === 'tempfail' ? outcome.reason : '(reason unavailable)'}, sasl_username=${user}`,
    ),
  );
  return outcome.kind === 'tempfail'
    ? reply('454 4.7.0 Temporary authentication failure')
    : reply('535 5.7.8 Error: authentication failed: (reason unavailable)');
}
