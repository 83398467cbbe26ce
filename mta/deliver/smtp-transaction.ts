/**
 * smtp-transaction - one message over one session: MAIL, RCPT, DATA, content, and what became of each recipient (RFC 5321 section 3.3, RFC 2033 for lmtp).
 *
 * Limits: content is sent as it is, also 8-bit content to a server without 8BITMIME.
 */
import { formatAddress } from '#mail/address.ts';
import { formatReply, replyClass, type Reply } from '#mail/reply.ts';
import type { PostfixConfig } from '../config/config.ts';
import type { DeliveryRequest } from './agent.ts';
import { toWireContent } from './smtp-content.ts';
import type { SmtpConversation } from './smtp-conversation.ts';
import { hostText, refusedCommand, relayText, type Failure } from './smtp-refusal.ts';

/** What became of one recipient at this host. */
export type Settled =
  | {
      readonly kind: 'sent';
      readonly dsn: string;
      readonly text: string;
      readonly success: 'delivered' | 'relayed' | 'passed-on';
    }
  | { readonly kind: 'failed'; readonly failure: Failure };

export interface TransactionOptions {
  readonly config: PostfixConfig;
  readonly conversation: SmtpConversation;
  readonly keywords: ReadonlyMap<string, string>;
  readonly request: DeliveryRequest;
  /** Those still without the message. */
  readonly recipients: DeliveryRequest['recipients'];
  readonly protocol: 'smtp' | 'lmtp';
}

type Settlement = Map<number, Settled>;

/** Sends the message; a settled state for each recipient, by index. @throws BrokenConversation; what was settled before stands in `settled`. */
export async function sendMessage(options: TransactionOptions, settled: Settlement): Promise<void> {
  const { config, conversation, keywords, recipients, request } = options;
  const refuse = (indexes: readonly number[], failure: Failure): void => {
    for (const index of indexes) settled.set(index, { kind: 'failed', failure });
  };
  const all = recipients.map(({ index }) => index);
  const impossible = whyImpossible(options);
  if (impossible) return refuse(all, impossible);
  const mail = await conversation.command(mailCommand(options), 'MAIL FROM', config.durationMs('smtp_mail_timeout'));
  if (replyClass(mail) !== 'success') return refuse(all, refusedCommand(conversation.peer, mail, 'MAIL FROM'));
  const accepted = await offerRecipients(options, settled);
  if (accepted.length === 0) return;
  const data = await conversation.command('DATA', 'DATA command', config.durationMs('smtp_data_init_timeout'));
  if (replyClass(data) !== 'intermediate') return refuse(accepted, refusedCommand(conversation.peer, data, 'DATA'));
  conversation.send(toWireContent(request.message.content, config.integer('smtp_line_length_limit')));
  await readFinalReplies(options, accepted, settled, keywords.has('DSN'));
}

/** RFC 1870 section 6.3 and RFC 6531 section 3.5: no use in trying. */
function whyImpossible({ conversation, keywords, request }: TransactionOptions): Failure | undefined {
  const { message } = request;
  const refuse = (dsn: string, text: string): Failure => ({
    status: 'bounced',
    dsn,
    text,
    relay: relayText(conversation.peer),
  });
  const limit = Number(keywords.get('SIZE') ?? 0);
  if (limit > 0 && message.sizeBytes > limit)
    return refuse(
      '5.3.4',
      `message size ${message.sizeBytes} exceeds size limit ${limit} of server ${hostText(conversation.peer)}`,
    );
  if (message.envelope.smtputf8 && !keywords.has('SMTPUTF8'))
    return refuse('5.6.7', `SMTPUTF8 is required, but was not offered by host ${hostText(conversation.peer)}`);
  return undefined;
}

function mailCommand({ keywords, request }: TransactionOptions): string {
  const { envelope, sizeBytes } = request.message;
  const parameters = [
    ...(keywords.has('SIZE') ? [`SIZE=${sizeBytes}`] : []),
    ...(keywords.has('8BITMIME') && envelope.eightBit ? ['BODY=8BITMIME'] : []),
    ...(keywords.has('SMTPUTF8') && envelope.smtputf8 ? ['SMTPUTF8'] : []),
    ...(keywords.has('DSN') && envelope.ret ? [`RET=${envelope.ret}`] : []),
    ...(keywords.has('DSN') && envelope.envelopeId ? [`ENVID=${envelope.envelopeId}`] : []),
  ];
  return [`MAIL FROM:<${formatAddress(envelope.reversePath)}>`, ...parameters].join(' ');
}

/** RCPT for each, pipelined where offered (RFC 2920). Indexes of the accepted ones; refused ones are settled. */
async function offerRecipients(options: TransactionOptions, settled: Settlement): Promise<number[]> {
  const { config, conversation, keywords, recipients } = options;
  const timeoutMs = config.durationMs('smtp_rcpt_timeout');
  const lines = recipients.map(({ index, address }) => rcptCommand(options, index, address));
  const pipelined = keywords.has('PIPELINING');
  if (pipelined) conversation.pipeline(lines);
  const accepted: number[] = [];
  for (const [position, { index }] of recipients.entries()) {
    const answer = pipelined
      ? await conversation.reply('sending RCPT TO', timeoutMs)
      : await conversation.command(lines[position] ?? '', 'RCPT TO', timeoutMs);
    if (replyClass(answer) === 'success') accepted.push(index);
    else settled.set(index, { kind: 'failed', failure: refusedCommand(conversation.peer, answer, 'RCPT TO') });
  }
  return accepted;
}

function rcptCommand({ keywords, request }: TransactionOptions, index: number, address: string): string {
  const recipient = request.message.envelope.recipients[index];
  // RFC 3461 section 5.2.1: the wish for reports travels on with the message.
  const wishes = keywords.has('DSN')
    ? [
        ...(recipient?.notify ? [`NOTIFY=${recipient.notify.join(',')}`] : []),
        ...(recipient?.orcpt ? [`ORCPT=${recipient.orcpt}`] : []),
      ]
    : [];
  return [`RCPT TO:<${formatAddress(address)}>`, ...wishes].join(' ');
}

/** One reply for all; with lmtp one for each accepted recipient (RFC 2033 section 4.2). */
async function readFinalReplies(
  { config, conversation, protocol }: TransactionOptions,
  accepted: readonly number[],
  settled: Settlement,
  offersDsn: boolean,
): Promise<void> {
  const timeoutMs = config.durationMs('smtp_data_done_timeout');
  const next = (): Promise<Reply> =>
    conversation.reply('sending end of data -- message may be sent more than once', timeoutMs);
  const success = protocol === 'lmtp' ? 'delivered' : offersDsn ? 'passed-on' : 'relayed';
  let answer: Reply | undefined;
  for (const index of accepted) {
    if (!answer || protocol === 'lmtp') answer = await next();
    settled.set(
      index,
      replyClass(answer) === 'success'
        ? {
            kind: 'sent',
            dsn: answer.enhancedStatus ?? '2.0.0',
            text: formatReply(answer).join(' ').slice(0, 1000),
            success,
          }
        : { kind: 'failed', failure: refusedCommand(conversation.peer, answer, 'end of DATA') },
    );
  }
}
