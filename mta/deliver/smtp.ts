/**
 * smtp - the SMTP delivery agent (smtp(8)): finds the hosts, talks to one after another, answers for each recipient.
 *
 * A recipient is done when a host has taken or finally refused it; a temporary trouble sends the rest to the next host. Texts and status codes are Postfix's: they
 * end in the log and in bounces.
 *
 * Limits: no connection cache; TLS levels none, may and encrypt; LMTP is the same agent with LHLO, for inet endpoints.
 */
import { formatAddress } from '#mail/address.ts';
import { formatReply, replyClass, type Reply } from '#mail/reply.ts';
import type { PostfixConfig } from '../config/config.ts';
import { deliveryLines } from '../log/delivery-lines.ts';
import type { ProcessLog } from '../log/mail-log.ts';
import type { MtaDeps } from '../mta-deps.ts';
import type { DeliveryAgent, DeliveryRequest, RecipientOutcome } from './agent.ts';
import { findHosts, type Peer } from './find-hosts.ts';
import { allRecipients } from './outcome.ts';
import { BrokenConversation, SmtpConversation } from './smtp-conversation.ts';
import { logIn } from './smtp-login.ts';

export interface SmtpAgentOptions {
  readonly config: PostfixConfig;
  readonly deps: MtaDeps;
  /** `postfix/smtp` or `postfix/relay/smtp`. */
  readonly ident: string;
}

/** Makes the agent of one master.cf transport. */
export function createSmtpAgent(options: SmtpAgentOptions): DeliveryAgent {
  return { deliver: (request) => new SmtpDelivery(options, request).run() };
}

interface Failure {
  readonly status: 'deferred' | 'bounced';
  readonly dsn: string;
  readonly text: string;
  readonly relay: string;
}

class SmtpDelivery {
  readonly #config: PostfixConfig;
  readonly #deps: MtaDeps;
  readonly #log: ProcessLog;
  readonly #request: DeliveryRequest;
  readonly #outcomes = new Map<number, RecipientOutcome>();
  #connectedMs = 0;
  #startedMs = 0;

  constructor({ config, deps, ident }: SmtpAgentOptions, request: DeliveryRequest) {
    this.#config = config;
    this.#deps = deps;
    this.#log = deps.log.process(ident);
    this.#request = request;
  }

  async run(): Promise<RecipientOutcome[]> {
    const found = await findHosts(this.#config, this.#deps, this.#request.nexthop);
    if (found.kind !== 'hosts') return allRecipients(this.#request, found.kind, found.dsn, found.text);
    let failure: Failure = { status: 'deferred', dsn: '4.4.1', text: 'no host to try', relay: 'none' };
    let sessions = 0;
    for (const peer of found.peers.slice(0, this.#config.integer('smtp_mx_address_limit') || undefined)) {
      if (this.#open().length === 0) break;
      this.#startedMs = this.#deps.clock.monotonicMs();
      const conversation = await this.#connect(peer);
      if (typeof conversation === 'string') {
        failure = { status: 'deferred', dsn: '4.4.1', text: conversation, relay: 'none' };
        continue;
      }
      sessions += 1;
      const broken = await this.#converse(conversation);
      if (broken) failure = broken;
      if (broken?.status === 'bounced' || sessions >= this.#config.integer('smtp_mx_session_limit')) break;
    }
    for (const { index } of this.#open())
      this.#outcomes.set(index, { index, ...failure, connectSeconds: this.#connectSeconds(), transmitSeconds: 0 });
    return [...this.#outcomes.values()];
  }

  #open(): DeliveryRequest['recipients'] {
    return this.#request.recipients.filter(({ index }) => !this.#outcomes.has(index));
  }

  #connectSeconds(): number {
    return Math.max(0, (this.#connectedMs - this.#startedMs) / 1000);
  }

  async #connect(peer: Peer): Promise<SmtpConversation | string> {
    const own =
      this.#config.text('smtp_bind_address') ||
      this.#deps.interfaces.find(({ address }) => !address.startsWith('127.'))?.address;
    // A loopback peer is reached from a loopback address.
    const source = peer.address.startsWith('127.') ? undefined : own;
    try {
      return await SmtpConversation.connect(this.#deps, peer, this.#config.durationMs('smtp_connect_timeout'), source);
    } catch (error) {
      const where = `${peer.name}[${peer.address}]:${peer.port}`;
      const text = deliveryLines.connectFailed(where, error instanceof Error ? error.message : String(error));
      this.#log.info(text);
      return text;
    }
  }

  /** The whole conversation with one host. A failure that concerns all open recipients is given back. */
  async #converse(conversation: SmtpConversation): Promise<Failure | undefined> {
    try {
      const greeted = await this.#greet(conversation);
      this.#connectedMs = this.#deps.clock.monotonicMs();
      const failure = 'status' in greeted ? greeted : await this.#transact(conversation, greeted);
      await conversation.quit(this.#config.durationMs('smtp_quit_timeout'));
      return failure;
    } catch (error) {
      conversation.destroy();
      if (!(error instanceof BrokenConversation)) throw error;
      this.#log.info(`${this.#request.message.queueId}: ${error.message}`);
      return { status: 'deferred', dsn: '4.4.2', text: error.message, relay: relayText(conversation.peer) };
    }
  }

  /** Greeting, EHLO or HELO, STARTTLS, AUTH. The offered keywords, or why it goes no further. */
  async #greet(conversation: SmtpConversation): Promise<ReadonlyMap<string, string> | Failure> {
    const heloMs = this.#config.durationMs('smtp_helo_timeout');
    const greeting = await conversation.reply('receiving the initial server greeting', heloMs);
    if (replyClass(greeting) !== 'success') {
      // A host that refuses in its greeting may have a sound neighbour (postconf: smtp_skip_5xx_greeting).
      const failure = this.#refusal(conversation, greeting, 'initial greeting', true);
      return this.#config.bool('smtp_skip_5xx_greeting') ? { ...failure, status: 'deferred' } : failure;
    }
    let keywords = await this.#hello(conversation, heloMs);
    if ('status' in keywords) return keywords;
    const level = this.#config.text('smtp_tls_security_level') || (this.#config.bool('smtp_use_tls') ? 'may' : 'none');
    if (level !== 'none' && keywords.has('STARTTLS')) {
      const answer = await conversation.command(
        'STARTTLS',
        'STARTTLS',
        this.#config.durationMs('smtp_starttls_timeout'),
      );
      if (replyClass(answer) === 'success') {
        await conversation.startTls(this.#config.durationMs('smtp_starttls_timeout'));
        keywords = await this.#hello(conversation, heloMs);
        if ('status' in keywords) return keywords;
      }
    }
    if (level === 'encrypt' && !conversation.isSecure)
      return {
        status: 'deferred',
        dsn: '4.7.4',
        text: 'TLS is required, but was not offered by host ' + hostText(conversation.peer),
        relay: relayText(conversation.peer),
      };
    const refused = await logIn(this.#config, conversation, keywords, this.#request.nexthop, heloMs);
    return refused ? { ...refused, relay: relayText(conversation.peer) } : keywords;
  }

  async #hello(conversation: SmtpConversation, timeoutMs: number): Promise<ReadonlyMap<string, string> | Failure> {
    const name = this.#config.text('smtp_helo_name');
    const ehlo = await conversation.command(`EHLO ${name}`, 'EHLO', timeoutMs);
    if (replyClass(ehlo) === 'success')
      return new Map(
        ehlo.lines.slice(1).map((line) => {
          const [, keyword = '', rest = ''] = /^(\S*)\s*(.*)$/.exec(line) ?? [];
          return [keyword.toUpperCase(), rest];
        }),
      );
    const helo = await conversation.command(`HELO ${name}`, 'HELO', timeoutMs); // RFC 5321 section 3.2
    return replyClass(helo) === 'success' ? new Map() : this.#refusal(conversation, helo, 'HELO', true);
  }

  async #transact(conversation: SmtpConversation, keywords: ReadonlyMap<string, string>): Promise<Failure | undefined> {
    const { message } = this.#request;
    const limit = Number(keywords.get('SIZE') ?? 0);
    if (limit > 0 && message.sizeBytes > limit)
      // RFC 1870 section 6.3
      return {
        status: 'bounced',
        dsn: '5.3.4',
        text: `message size ${message.sizeBytes} exceeds size limit ${limit} of server ${hostText(conversation.peer)}`,
        relay: relayText(conversation.peer),
      };
    const mail = await conversation.command(
      this.#mailCommand(keywords),
      'MAIL FROM',
      this.#config.durationMs('smtp_mail_timeout'),
    );
    if (replyClass(mail) !== 'success') return this.#refusal(conversation, mail, 'MAIL FROM');
    const accepted = await this.#offerRecipients(conversation, keywords);
    if (accepted.length === 0) {
      await conversation.command('RSET', 'RSET', this.#config.durationMs('smtp_rcpt_timeout'));
      return undefined;
    }
    const data = await conversation.command('DATA', 'DATA', this.#config.durationMs('smtp_data_init_timeout'));
    if (replyClass(data) !== 'intermediate') return this.#refuseThese(conversation, accepted, data, 'DATA');
    const end = await conversation.content(message.content, this.#config.durationMs('smtp_data_done_timeout'));
    if (replyClass(end) !== 'success') return this.#refuseThese(conversation, accepted, end, 'end of DATA');
    const text = formatReply(end).join(' ');
    for (const index of accepted)
      this.#outcomes.set(index, {
        index,
        status: 'sent',
        dsn: end.enhancedStatus ?? '2.0.0',
        text,
        relay: relayText(conversation.peer),
        ...this.#seconds(),
      });
    return undefined;
  }

  #mailCommand(keywords: ReadonlyMap<string, string>): string {
    const { envelope, sizeBytes } = this.#request.message;
    const parameters = [
      ...(keywords.has('SIZE') ? [`SIZE=${sizeBytes}`] : []),
      ...(keywords.has('8BITMIME') && envelope.eightBit ? ['BODY=8BITMIME'] : []),
      ...(keywords.has('SMTPUTF8') && envelope.smtputf8 ? ['SMTPUTF8'] : []),
      ...(keywords.has('DSN') && envelope.ret ? [`RET=${envelope.ret}`] : []),
      ...(keywords.has('DSN') && envelope.envelopeId ? [`ENVID=${envelope.envelopeId}`] : []),
    ];
    return [`MAIL FROM:<${formatAddress(envelope.reversePath)}>`, ...parameters].join(' ');
  }

  /** RCPT for each, pipelined where offered (RFC 2920). Indexes of the accepted ones; refused ones have their outcome. */
  async #offerRecipients(conversation: SmtpConversation, keywords: ReadonlyMap<string, string>): Promise<number[]> {
    const timeoutMs = this.#config.durationMs('smtp_rcpt_timeout');
    const open = this.#open();
    const lines = open.map(({ index, address }) => this.#rcptCommand(index, address, keywords));
    const pipelined = keywords.has('PIPELINING');
    if (pipelined) conversation.pipeline(lines);
    const accepted: number[] = [];
    for (const [position, { index }] of open.entries()) {
      const answer = pipelined
        ? await conversation.reply('sending RCPT TO', timeoutMs)
        : await conversation.command(lines[position] ?? '', 'RCPT TO', timeoutMs);
      if (replyClass(answer) === 'success') accepted.push(index);
      else this.#refuseThese(conversation, [index], answer, 'RCPT TO');
    }
    return accepted;
  }

  #rcptCommand(index: number, address: string, keywords: ReadonlyMap<string, string>): string {
    const recipient = this.#request.message.envelope.recipients[index];
    const dsn = keywords.has('DSN')
      ? [
          ...(recipient?.notify ? [`NOTIFY=${recipient.notify.join(',')}`] : []),
          ...(recipient?.orcpt ? [`ORCPT=${recipient.orcpt}`] : []),
        ]
      : [];
    return [`RCPT TO:<${formatAddress(address)}>`, ...dsn].join(' ');
  }

  #refuseThese(conversation: SmtpConversation, indexes: readonly number[], answer: Reply, command: string): undefined {
    const failure = this.#refusal(conversation, answer, command);
    for (const index of indexes)
      this.#outcomes.set(index, {
        index,
        ...failure,
        remote: { mta: conversation.peer.name, reply: formatReply(answer).join(' ') },
        ...this.#seconds(),
      });
  }

  #refusal(conversation: SmtpConversation, answer: Reply, command: string, isHandshake = false): Failure {
    const isTemporary = replyClass(answer) !== 'permanent';
    const said = formatReply(answer).join(' ').slice(0, 1000);
    const dsn = answer.enhancedStatus ?? (isTemporary ? '4.0.0' : '5.0.0');
    const text = `host ${hostText(conversation.peer)} ${isHandshake ? 'refused to talk to me' : 'said'}: ${said}${isHandshake ? '' : ` (in reply to ${command} command)`}`;
    return { status: isTemporary ? 'deferred' : 'bounced', dsn, text, relay: relayText(conversation.peer) };
  }

  #seconds(): { connectSeconds: number; transmitSeconds: number } {
    return {
      connectSeconds: this.#connectSeconds(),
      transmitSeconds: Math.max(0, (this.#deps.clock.monotonicMs() - this.#connectedMs) / 1000),
    };
  }
}

function hostText(peer: Peer): string {
  return `${peer.name}[${peer.address}]`;
}

function relayText(peer: Peer): string {
  return `${hostText(peer)}:${peer.port}`;
}
