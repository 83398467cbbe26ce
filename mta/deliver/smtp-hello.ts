/**
 * smtp-hello - the client's side of a session up to the first transaction: greeting, EHLO or HELO (LHLO for lmtp), STARTTLS, AUTH (smtp(8), TLS_README).
 *
 * Limits: TLS levels none, may and encrypt. The levels that judge certificates (verify, secure, fingerprint, dane) defer the mail with a text that says so, rather than deliver it unjudged.
 */
import { replyClass } from '#mail/reply.ts';
import type { PostfixConfig } from '../config/config.ts';
import { deliveryLines } from '../log/delivery-lines.ts';
import type { ProcessLog } from '../log/mail-log.ts';
import type { SmtpConversation } from './smtp-conversation.ts';
import { logIn } from './smtp-login.ts';
import { brokenSession, hostText, refusedSession, relayText, type Failure } from './smtp-refusal.ts';

export type Hello =
  /** What the server offers: keyword to its parameters. */
  | { readonly kind: 'ready'; readonly keywords: ReadonlyMap<string, string> }
  /** `retryPlain`: TLS broke where it was not required; the same host may do without. */
  | { readonly kind: 'failed'; readonly failure: Failure; readonly retryPlain: boolean };

export interface HelloOptions {
  readonly config: PostfixConfig;
  readonly log: ProcessLog;
  readonly conversation: SmtpConversation;
  readonly nexthop: string;
  readonly protocol: 'smtp' | 'lmtp';
  /** Do not try TLS (again). */
  readonly plain: boolean;
}

const failed = (failure: Failure): Hello => ({ kind: 'failed', failure, retryPlain: false });

/** Talks until mail may be sent. @throws BrokenConversation. */
export async function sayHello(options: HelloOptions): Promise<Hello> {
  const { config, conversation } = options;
  const { peer } = conversation;
  const greeting = await conversation.reply(
    'receiving the initial server greeting',
    config.durationMs('smtp_helo_timeout'),
  );
  if (replyClass(greeting) !== 'success') {
    const failure = refusedSession(peer, greeting);
    // A host that refuses in its greeting may have a sound neighbour (postconf: smtp_skip_5xx_greeting).
    return failed(config.bool('smtp_skip_5xx_greeting') ? soften(failure) : failure);
  }
  const first = await exchangeNames(options);
  if (first.kind === 'failed') return first;
  const secured = await secure(options, first.keywords);
  if (secured.kind === 'failed') return secured;
  const refused = await logIn(config, conversation, secured.keywords, options.nexthop);
  return refused ? failed({ ...refused, relay: relayText(peer), throttle: true }) : secured;
}

function soften(failure: Failure): Failure {
  return { ...failure, status: 'deferred', dsn: failure.dsn.replace(/^5/, '4') };
}

async function exchangeNames({ config, conversation, protocol }: HelloOptions): Promise<Hello> {
  const name = config.text('smtp_helo_name');
  const timeoutMs = config.durationMs('smtp_helo_timeout');
  const verb = protocol === 'lmtp' ? 'LHLO' : 'EHLO';
  const answer = await conversation.command(`${verb} ${name}`, verb, timeoutMs);
  if (replyClass(answer) === 'success') return { kind: 'ready', keywords: readKeywords(answer.lines) };
  if (protocol === 'lmtp') return failed(refusedSession(conversation.peer, answer));
  const helo = await conversation.command(`HELO ${name}`, 'HELO', timeoutMs); // RFC 5321 section 3.2
  return replyClass(helo) === 'success'
    ? { kind: 'ready', keywords: new Map() }
    : failed(refusedSession(conversation.peer, helo));
}

function readKeywords(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    lines.slice(1).map((line) => {
      const [, keyword = '', rest = ''] = /^(\S*)\s*(.*)$/.exec(line) ?? [];
      return [keyword.toUpperCase(), rest];
    }),
  );
}

/** STARTTLS as smtp_tls_security_level has it; the keywords offered after it. */
async function secure(options: HelloOptions, keywords: ReadonlyMap<string, string>): Promise<Hello> {
  const { config, conversation, log, plain } = options;
  const { peer } = conversation;
  const level = tlsLevel(config);
  if (level === 'unsupported')
    return failed(
      brokenSession(
        peer,
        '4.7.5',
        `TLS security level ${config.text('smtp_tls_security_level')} is not available in this mail system`,
      ),
    );
  const goOn: Hello = { kind: 'ready', keywords };
  if (level === 'none' || (plain && level === 'may')) return goOn;
  if (!keywords.has('STARTTLS'))
    return level === 'may'
      ? goOn
      : failed(brokenSession(peer, '4.7.4', `TLS is required, but was not offered by host ${hostText(peer)}`));
  const timeoutMs = config.durationMs('smtp_starttls_timeout');
  const answer = await conversation.command('STARTTLS', 'STARTTLS', timeoutMs);
  if (replyClass(answer) !== 'success')
    return level === 'may'
      ? goOn
      : failed(
          brokenSession(
            peer,
            '4.7.5',
            `TLS is required, but host ${hostText(peer)} refused to start TLS: ${answer.code} ${answer.lines.join(' ')}`,
          ),
        );
  const started = await conversation.startTls(timeoutMs);
  if (started.kind === 'failed') {
    log.info(deliveryLines.tlsFailed(relayText(peer), started.reason));
    return {
      kind: 'failed',
      failure: brokenSession(peer, '4.7.5', 'Cannot start TLS: handshake failure'),
      retryPlain: level === 'may',
    };
  }
  if (config.integer('smtp_tls_loglevel') > 0) log.info(deliveryLines.tlsEstablished(relayText(peer), started.summary));
  // RFC 3207 section 4.2: what was said in clear counts no longer.
  return exchangeNames(options);
}

function tlsLevel(config: PostfixConfig): 'none' | 'may' | 'encrypt' | 'unsupported' {
  const level = config.text('smtp_tls_security_level');
  if (level === '') return config.bool('smtp_enforce_tls') ? 'encrypt' : config.bool('smtp_use_tls') ? 'may' : 'none';
  return level === 'none' || level === 'may' || level === 'encrypt' ? level : 'unsupported';
}
