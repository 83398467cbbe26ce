/**
 * smtp - the SMTP delivery agent (smtp(8), lmtp(8)): finds the hosts, talks to one after another, answers for each recipient.
 *
 * A recipient is done when a host has taken or finally refused it; a temporary trouble leaves it for the next host, as far as smtp_mx_address_limit and smtp_mx_session_limit go.
 * Texts and status codes are Postfix's: they end in the log and in bounces.
 *
 * Limits: no connection cache, no smtp_generic_maps, smtp_tls_policy_maps or fallback relay; lmtp over inet only.
 */
import type { PostfixConfig } from '../config/config.ts';
import { deliveryLines } from '../log/delivery-lines.ts';
import type { ProcessLog } from '../log/mail-log.ts';
import type { MtaDeps } from '../mta-deps.ts';
import type { DeliveryAgent, DeliveryRequest, RecipientOutcome } from './agent.ts';
import { findHosts, type Peer } from './find-hosts.ts';
import { allRecipients } from './outcome.ts';
import { BrokenConversation, SmtpConversation } from './smtp-conversation.ts';
import { sayHello } from './smtp-hello.ts';
import { brokenSession, relayText, type Failure } from './smtp-refusal.ts';
import { sendMessage, type Settled } from './smtp-transaction.ts';

export interface SmtpAgentOptions {
  readonly config: PostfixConfig;
  readonly deps: MtaDeps;
  /** `postfix/smtp` or `postfix/relay/smtp`. */
  readonly ident: string;
  readonly protocol?: 'smtp' | 'lmtp';
}

/** Makes the agent of one master.cf transport. */
export function createSmtpAgent(options: SmtpAgentOptions): DeliveryAgent {
  const log = options.deps.log.process(options.ident);
  return { deliver: (request) => new SmtpDelivery(options, log, request).run() };
}

/** What a session came to: its settled recipients, and a failure that concerns all others. */
interface SessionEnd {
  readonly settled: ReadonlyMap<number, Settled>;
  readonly failure?: Failure;
  readonly retryPlain?: boolean;
}

class SmtpDelivery {
  readonly #config: PostfixConfig;
  readonly #deps: MtaDeps;
  readonly #log: ProcessLog;
  readonly #request: DeliveryRequest;
  readonly #protocol: 'smtp' | 'lmtp';
  readonly #outcomes = new Map<number, RecipientOutcome>();
  /** The last temporary failure of each recipient still open. */
  readonly #failures = new Map<number, Failure>();
  #startedMs = 0;
  #connectedMs = 0;

  constructor({ config, deps, protocol = 'smtp' }: SmtpAgentOptions, log: ProcessLog, request: DeliveryRequest) {
    this.#config = config;
    this.#deps = deps;
    this.#log = log;
    this.#request = request;
    this.#protocol = protocol;
  }

  async run(): Promise<RecipientOutcome[]> {
    const found = await findHosts(this.#config, this.#deps, this.#request.nexthop, this.#protocol);
    if (found.kind !== 'hosts') return allRecipients(this.#request, found.kind, found.dsn, found.text);
    const peers = found.peers.slice(0, this.#config.integer('smtp_mx_address_limit') || undefined);
    const mostSessions = this.#config.integer('smtp_mx_session_limit') || Infinity;
    let sessions = 0;
    for (const [position, peer] of peers.entries()) {
      if (this.#open().length === 0 || sessions >= mostSessions) break;
      const connected = await this.#tryHost(peer);
      if (connected) sessions += 1;
      if (connected && position + 1 < peers.length && sessions < mostSessions) this.#logFailures();
    }
    for (const { index } of this.#open()) this.#settle(index, this.#failures.get(index) ?? this.#noHost());
    return [...this.#outcomes.values()];
  }

  #noHost(): Failure {
    return { status: 'deferred', dsn: '4.4.1', text: 'no host to try', relay: 'none' };
  }

  #open(): DeliveryRequest['recipients'] {
    return this.#request.recipients.filter(({ index }) => !this.#outcomes.has(index));
  }

  /** One host, a second time without TLS where that is allowed. Was there a session? */
  async #tryHost(peer: Peer, plain = false): Promise<boolean> {
    this.#startedMs = this.#connectedMs = this.#deps.clock.monotonicMs();
    const conversation = await this.#connect(peer);
    if (!conversation) return false;
    const { settled, failure, retryPlain } = await this.#converse(conversation, plain);
    if (retryPlain && !plain) return this.#tryHost(peer, true);
    for (const { index } of this.#open()) {
      const state = settled.get(index) ?? (failure && { kind: 'failed', failure });
      if (!state) continue;
      if (state.kind === 'sent')
        this.#outcomes.set(index, {
          index,
          status: 'sent',
          dsn: state.dsn,
          text: state.text,
          success: state.success,
          relay: relayText(peer),
          ...this.#seconds(),
        });
      else if (state.failure.status === 'bounced') this.#settle(index, state.failure);
      else this.#failures.set(index, state.failure);
    }
    return true;
  }

  async #connect(peer: Peer): Promise<SmtpConversation | undefined> {
    const own =
      this.#config.text('smtp_bind_address') ||
      this.#deps.interfaces.find(({ address }) => !address.startsWith('127.'))?.address;
    // A loopback peer is reached from a loopback address.
    const source = peer.address.startsWith('127.') ? undefined : own;
    try {
      return await SmtpConversation.connect(this.#deps, peer, this.#config.durationMs('smtp_connect_timeout'), source);
    } catch (error) {
      const text = deliveryLines.connectFailed(relayText(peer), error instanceof Error ? error.message : String(error));
      this.#log.info(text);
      for (const { index } of this.#open())
        this.#failures.set(index, { status: 'deferred', dsn: '4.4.1', text, relay: 'none', throttle: true });
      return undefined;
    }
  }

  async #converse(conversation: SmtpConversation, plain: boolean): Promise<SessionEnd> {
    const settled = new Map<number, Settled>();
    const options = { config: this.#config, log: this.#log, conversation, protocol: this.#protocol };
    try {
      const hello = await sayHello({ ...options, nexthop: this.#request.nexthop, plain });
      this.#connectedMs = this.#deps.clock.monotonicMs();
      if (hello.kind === 'failed') {
        conversation.quit();
        return { settled, failure: hello.failure, retryPlain: hello.retryPlain };
      }
      await sendMessage(
        { ...options, keywords: hello.keywords, request: this.#request, recipients: this.#open() },
        settled,
      );
      conversation.quit();
      return { settled };
    } catch (error) {
      conversation.destroy();
      if (!(error instanceof BrokenConversation)) throw error;
      return { settled, failure: brokenSession(conversation.peer, error.dsn, error.message) };
    }
  }

  /** Another host is tried now: the log says why. */
  #logFailures(): void {
    const texts = new Set(this.#open().map(({ index }) => this.#failures.get(index)?.text ?? ''));
    for (const text of texts)
      if (text !== '') this.#log.info(deliveryLines.nextHost(this.#request.message.queueId, text));
  }

  #settle(index: number, failure: Failure): void {
    this.#outcomes.set(index, { index, ...failure, ...this.#seconds() });
  }

  #seconds(): { connectSeconds: number; transmitSeconds: number } {
    return {
      connectSeconds: Math.max(0, (this.#connectedMs - this.#startedMs) / 1000),
      transmitSeconds: Math.max(0, (this.#deps.clock.monotonicMs() - this.#connectedMs) / 1000),
    };
  }
}
