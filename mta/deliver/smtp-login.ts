/**
 * smtp-login - AUTH as a client, with the password that smtp_sasl_password_maps holds for the host or the nexthop (SASL_README, RFC 4954).
 *
 * PLAIN, else LOGIN. Without TLS no password is sent unless smtp_sasl_security_options allows plain text.
 */
import { replyClass, type Reply } from '#mail/reply.ts';
import type { PostfixConfig } from '../config/config.ts';
import type { SmtpConversation } from './smtp-conversation.ts';
import { hostText, saidText } from './smtp-refusal.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

export interface LoginFailure {
  readonly status: 'deferred' | 'bounced';
  readonly dsn: string;
  readonly text: string;
}

/** Logs in if it should; undefined when all is well. @throws BrokenConversation. */
export async function logIn(
  config: PostfixConfig,
  conversation: SmtpConversation,
  keywords: ReadonlyMap<string, string>,
  nexthop: string,
): Promise<LoginFailure | undefined> {
  if (!config.bool('smtp_sasl_auth_enable')) return undefined;
  const found = await findPassword(config, conversation.peer.name, nexthop);
  if (found.kind === 'error')
    return { status: 'deferred', dsn: '4.3.0', text: `SASL authentication failed; ${found.reason}` };
  if (found.kind === 'absent') return undefined;
  const server = hostText(conversation.peer);
  const options = config.list(conversation.isSecure ? 'smtp_sasl_tls_security_options' : 'smtp_sasl_security_options');
  const offered = (keywords.get('AUTH') ?? '').toUpperCase().split(/\s+/);
  const mechanism = options.includes('noplaintext')
    ? undefined
    : ['PLAIN', 'LOGIN'].find((name) => offered.includes(name));
  if (mechanism === undefined)
    return {
      status: 'deferred',
      dsn: '4.7.0',
      text: `SASL authentication failed; cannot authenticate to server ${server}: no mechanism available`,
    };
  const answer = await exchange(
    conversation,
    mechanism,
    found.user,
    found.password,
    config.durationMs('smtp_helo_timeout'),
  );
  if (replyClass(answer) === 'success') return undefined;
  const isPermanent = replyClass(answer) === 'permanent' && !config.bool('smtp_sasl_auth_soft_bounce');
  return {
    status: isPermanent ? 'bounced' : 'deferred',
    dsn: isPermanent ? '5.7.8' : '4.7.8',
    text: `SASL authentication failed; server ${server} said: ${saidText(answer)}`,
  };
}

async function exchange(
  conversation: SmtpConversation,
  mechanism: string,
  user: string,
  password: string,
  timeoutMs: number,
): Promise<Reply> {
  const lines =
    mechanism === 'PLAIN'
      ? [`AUTH PLAIN ${base64(`\0${user}\0${password}`)}`]
      : ['AUTH LOGIN', base64(user), base64(password)];
  let answer = await conversation.command(lines[0] ?? '', 'AUTH', timeoutMs);
  for (const line of lines.slice(1)) {
    if (replyClass(answer) !== 'intermediate') return answer;
    answer = await conversation.command(line, 'AUTH', timeoutMs);
  }
  return answer;
}

type FoundPassword =
  | { readonly kind: 'found'; readonly user: string; readonly password: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'error'; readonly reason: string };

/** The host's name counts before the nexthop as it is written in relayhost or transport_maps. */
async function findPassword(config: PostfixConfig, host: string, nexthop: string): Promise<FoundPassword> {
  for (const table of await config.maps('smtp_sasl_password_maps')) {
    for (const key of [host, nexthop]) {
      const found = await table.lookup(key);
      if (found.kind === 'error') return { kind: 'error', reason: `${table.name} lookup error` };
      if (found.kind === 'absent') continue;
      const [, user = '', password = ''] = /^([^:]*):?(.*)$/s.exec(found.value) ?? [];
      return { kind: 'found', user, password };
    }
  }
  return { kind: 'absent' };
}
