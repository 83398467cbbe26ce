/**
 * dsn - delivery status notifications as text: a multipart/report in Postfix's shape (RFC 3464, RFC 3462, RFC 3461).
 *
 * Pure: given what happened, it writes the message. `bounce.ts` decides who gets one.
 */
import { readHeaders } from '#mail/header.ts';
import type { PostfixConfig } from '../config/config.ts';
import { completeAddress } from '../config/resolve-address.ts';
import { compactTime, headerTime } from '../log/syslog-time.ts';
import type { QueuedMessage } from '../message.ts';
import type { RecipientOutcome } from './agent.ts';

export type NoticeKind = 'failure' | 'delay' | 'success';

export interface Reported {
  readonly address: string;
  readonly originalRecipient: string;
  readonly orcpt?: string;
  readonly outcome: Pick<RecipientOutcome, 'dsn' | 'text' | 'remote' | 'status' | 'success'>;
}

export interface Notice {
  readonly kind: NoticeKind;
  /** A copy for the postmaster: headers only, other subject. */
  readonly isPostmasterCopy: boolean;
  readonly to: string;
  readonly message: QueuedMessage;
  readonly recipients: readonly Reported[];
  /** Id of the notice itself, for its Message-Id. */
  readonly queueId: string;
  readonly nowMs: number;
  /** For delay notices: until when it will be tried. */
  readonly retryUntilMs?: number;
}

const subjects: Readonly<Record<NoticeKind, readonly [sender: string, postmaster: string]>> = {
  failure: ['Undelivered Mail Returned to Sender', 'Postmaster Copy: Undelivered Mail'],
  delay: ['Delayed Mail (still being retried)', 'Postmaster Warning: Delayed Mail'],
  success: ['Successful Mail Delivery Report', 'Successful Mail Delivery Report'],
};

/** The whole notice, LF line ends, without the Received: field. */
export function composeNotice(config: PostfixConfig, notice: Notice): Buffer {
  const host = config.text('myhostname');
  const boundary = `${notice.message.queueId}.${Math.floor(notice.nowMs / 1000)}/${host}`;
  const [senderSubject, postmasterSubject] = subjects[notice.kind];
  const headers = [
    `Date: ${headerTime(notice.nowMs)}`,
    `From: Mail Delivery System <MAILER-DAEMON@${config.text('myorigin')}>`,
    `Subject: ${notice.isPostmasterCopy ? postmasterSubject : senderSubject}`,
    `To: ${completeAddress(config, notice.to)}`,
    `Auto-Submitted: ${notice.isPostmasterCopy ? 'auto-generated' : 'auto-replied'}`,
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status;\n\tboundary="${boundary}"`,
    ...encoding(notice),
    `Message-Id: <${compactTime(notice.nowMs)}.${notice.queueId}@${host}>`,
  ];
  const parts = [textPart(config, notice), reportPart(config, notice), returnedPart(config, notice)];
  const text = [...headers, '', 'This is a MIME-encapsulated message.', ''].join('\n');
  return Buffer.concat([
    Buffer.from(text, 'latin1'),
    ...parts.flatMap((part) => [Buffer.from(`\n--${boundary}\n`, 'latin1'), part]),
    Buffer.from(`\n--${boundary}--\n`, 'latin1'),
  ]);
}

/** What is said first; the words are those that people know from Postfix (bounce(5)). */
function opening(config: PostfixConfig, kind: NoticeKind): string {
  switch (kind) {
    case 'failure':
      return `I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

For further assistance, please send mail to postmaster.

If you do so, please include this problem report. You can
delete your own text from the attached returned message.`;
    case 'delay':
      return `####################################################################
# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #
####################################################################

Your message could not be delivered for more than ${inUnits(config, 'delay_warning_time', 3_600_000)} hour(s).
It will be retried until it is ${inUnits(config, 'maximal_queue_lifetime', 86_400_000)} day(s) old.

For further assistance, please send mail to postmaster.

If you do so, please include this problem report. You can
delete your own text from the attached returned message.`;
    case 'success':
      return `Your message was successfully delivered to the destination(s)
listed below. If the message was delivered to mailbox you will
receive no further notifications. Otherwise you may still receive
notifications of mail delivery errors from other systems.`;
  }
}

function inUnits(config: PostfixConfig, name: string, unitMs: number): number {
  return Math.floor(config.durationMs(name) / unitMs);
}

function textPart(config: PostfixConfig, notice: Notice): Buffer {
  const intro = notice.isPostmasterCopy
    ? '\n'
    : `This is the mail system at host ${config.text('myhostname')}.\n\n${opening(config, notice.kind)}\n\n                   The mail system\n\n`;
  const reasons = notice.recipients.map(({ address, originalRecipient, outcome }) => {
    const expanded =
      originalRecipient.toLowerCase() === address.toLowerCase() ? '' : ` (expanded from <${originalRecipient}>)`;
    return wrap(`<${address}>${expanded}: ${outcome.text}`);
  });
  return Buffer.from(
    `Content-Description: Notification\nContent-Type: text/plain; charset=${isEightBit(notice) ? 'utf-8' : 'us-ascii'}\n${lines(encoding(notice))}\n${intro}${reasons.join('\n\n')}\n`,
    'utf8',
  );
}

const actions = { failure: 'failed', delay: 'delayed' } as const;

/** RFC 3464 section 2: fields of the message, then of each recipient. */
function reportPart(config: PostfixConfig, notice: Notice): Buffer {
  const { message } = notice;
  const perMessage = [
    `Reporting-MTA: dns; ${config.text('myhostname')}`,
    ...(message.envelope.envelopeId ? [`Original-Envelope-Id: ${message.envelope.envelopeId}`] : []),
    `X-Postfix-Queue-ID: ${message.queueId}`,
    `X-Postfix-Sender: rfc822; ${senderOf(config, message)}`,
    `Arrival-Date: ${headerTime(message.arrivalMs)}`,
  ];
  const perRecipient = notice.recipients.map(({ address, originalRecipient, orcpt, outcome }) =>
    [
      `Final-Recipient: rfc822; ${address}`,
      `Original-Recipient: ${orcpt ?? `rfc822;${completeAddress(config, originalRecipient)}`}`,
      // RFC 3461 section 5.2: beyond a host that cannot report, all that is known is that it took the mail.
      `Action: ${notice.kind === 'success' ? (outcome.success ?? 'delivered') : actions[notice.kind]}`,
      `Status: ${outcome.dsn}`,
      ...(outcome.remote
        ? [`Remote-MTA: dns; ${outcome.remote.mta}`, `Diagnostic-Code: smtp; ${fold(outcome.remote.reply)}`]
        : [`Diagnostic-Code: X-Postfix; ${fold(outcome.text)}`]),
      ...(notice.kind === 'delay' && notice.retryUntilMs !== undefined
        ? [`Will-Retry-Until: ${headerTime(notice.retryUntilMs)}`]
        : []),
    ].join('\n'),
  );
  return Buffer.from(
    `Content-Description: Delivery report\nContent-Type: message/delivery-status\n\n${[perMessage.join('\n'), ...perRecipient].join('\n\n')}\n`,
    'utf8',
  );
}

/** The message itself, or only its headers (RET=HDRS, copies, delays, or larger than bounce_size_limit). */
function returnedPart(config: PostfixConfig, notice: Notice): Buffer {
  const { kind, isPostmasterCopy, message } = notice;
  const returnPath = Buffer.from(`Return-Path: <${senderOf(config, message)}>\n`, 'latin1');
  // What nobody else will ever see (an undeliverable bounce) goes to the postmaster whole.
  const headersOnly =
    (isPostmasterCopy && message.envelope.reversePath !== '') ||
    kind !== 'failure' ||
    message.envelope.ret === 'HDRS' ||
    message.sizeBytes > config.integer('bounce_size_limit');
  const { bodyStart } = readHeaders(message.content);
  const head = headersOnly
    ? `Content-Description: ${kind === 'success' ? 'Message Headers' : 'Undelivered Message Headers'}\nContent-Type: text/rfc822-headers\n${lines(encoding(notice))}\n`
    : `Content-Description: Undelivered Message\nContent-Type: message/rfc822\n${lines(encoding(notice))}\n`;
  return Buffer.concat([
    Buffer.from(head, 'latin1'),
    returnPath,
    headersOnly ? message.content.subarray(0, bodyStart - 1) : message.content,
  ]);
}

/** The null sender shows as the mail system itself. */
function senderOf(config: PostfixConfig, { envelope }: QueuedMessage): string {
  return envelope.reversePath === '' ? `MAILER-DAEMON@${config.text('myorigin')}` : envelope.reversePath;
}

/** The returned message may hold 8-bit text: it was declared so, sendmail(1) took it, or it does (RFC 6152 section 3, RFC 2046 section 5.2.1). */
function isEightBit({ message }: Notice): boolean {
  return (
    message.envelope.eightBit === true || message.origin.kind === 'pickup' || message.content.some((byte) => byte > 127)
  );
}

function encoding(notice: Notice): string[] {
  return isEightBit(notice) ? ['Content-Transfer-Encoding: 8bit'] : [];
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}

/** Long lines go on, four blanks in. */
function wrap(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > 79) {
      lines.push(line);
      line = `    ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}

function fold(text: string): string {
  return wrap(text.replace(/[\r\n]+/g, ' '));
}
