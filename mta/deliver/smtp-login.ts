/**
 * smtp-login - AUTH as a client, with the password that smtp_sasl_password_maps holds for the nexthop (SASL_README, RFC 4954).
 *
 * PLAIN, else LOGIN. Without TLS no password is sent unless smtp_sasl_security_options allows plain text.
 */
import { replyClass } from '#mail/reply.ts';
import type { PostfixConfig } from '../config/config.ts';
import type { SmtpConversation } from './smtp-conversation.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Logs in if it should; undefined when all is well. */
export async function logIn(
  config: PostfixConfig,
  conversation: SmtpConversation,
  keywords: ReadonlyMap<string, string>,
  nexthop: string,
  timeoutMs: number,
): Promise<{ status: 'deferred'; dsn: string; text: string } | undefined> {
  if (!config.bool('smtp_sasl_auth_enable')) return undefined;
  const [user, password] = (await findPassword(config, nexthop)) ?? [];
  if (user === undefined || password === undefined) return undefined;
  const where = `${conversation.peer.name}[${conversation.peer.address}]`;
  const fail = (text: string): { status: 'deferred'; dsn: string; text: string } => ({
    status: 'deferred',
    dsn: '4.7.8',
    text: `SASL authentication failed; ${text} ${where}`,
  });
  const options = config.list(conversation.isSecure ? 'smtp_sasl_tls_security_options' : 'smtp_sasl_security_options');
  if (options.includes('noplaintext') && !conversation.isSecure)
    return fail('no mechanism available without TLS for server');
  const mechanisms = (keywords.get('AUTH') ?? '').toUpperCase().split(/\s+/);
  if (mechanisms.includes('PLAIN')) {
    const answer = await conversation.command(`AUTH PLAIN ${base64(`\0${user}\0${password}`)}`, 'AUTH', timeoutMs);
    return replyClass(answer) === 'success'
      ? undefined
      : fail(`server said: ${answer.code} ${answer.lines.join(' ').slice(0, 200)}, server`);
  }
  if (!mechanisms.includes('LOGIN')) return fail('no common mechanism with server');
  for (const line of ['AUTH LOGIN', base64(user), base64(password)]) {
    const answer = await conversation.command(line, 'AUTH', timeoutMs);
    if (answer.code >= 400) return fail(`server said: ${answer.code}, server`);
  }
  return undefined;
}

async function findPassword(config: PostfixConfig, nexthop: string): Promise<string[] | undefined> {
  for (const table of await config.maps('smtp_sasl_password_maps')) {
    const found = await table.lookup(nexthop);
    if (found.kind === 'found') return /^([^:]*):(.*)$/s.exec(found.value)?.slice(1);
  }
  return undefined;
}
