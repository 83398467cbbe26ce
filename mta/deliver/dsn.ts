/**
 * dsn - delivery status notifications as text: a multipart/report in Postfix's shape (RFC 3464, RFC 3462, RFC 3461).
 *
 * Pure: given what happened, it writes the message. `bounce.ts` decides who gets one.
 */
import { readHeaders } from '#mail/header.ts';
import type { PostfixConfig } from '../config/config.ts';
import { compactTime, headerTime } from '../log/syslog-time.ts';
import type { QueuedMessage } from '../message.ts';
import type { RecipientOutcome } from './agent.ts';

export type NoticeKind = 'failure' | 'delay' | 'success';

export interface Reported {
  readonly address: string;
  readonly originalRecipient: string;
  readonly orcpt?: string;
  readonly outcome: Pick<RecipientOutcome, 'dsn' | 'text' | 'remote' | 'status'>;
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
    `To: ${notice.to}`,
    `Auto-Submitted: ${notice.isPostmasterCopy ? 'auto-generated' : 'auto-replied'}`,
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status;\n\tboundary="${boundary}"`,
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

const openings: Readonly<Record<NoticeKind, string>> = {
  failure: `I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

For further assistance, please send mail to postmaster.

If you do so, please include this problem report. You can
delete your own text from the attached returned message.`,
  delay: `####################################################################
# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #
####################################################################

Your message could not be delivered yet. It will be retried until
it is too old.

For further assistance, please send mail to postmaster.`,
  success: `Your message was successfully delivered to the destination(s)
listed below. No further notice will follow if it was delivered
to a mailbox.`,
};

function textPart(config: PostfixConfig, notice: Notice): Buffer {
  const intro = notice.isPostmasterCopy
    ? ''
    : `This is the mail system at host ${config.text('myhostname')}.\n\n${openings[notice.kind]}\n\n                   The mail system\n\n`;
  const reasons = notice.recipients.map(({ address, originalRecipient, outcome }) => {
    const expanded =
      originalRecipient.toLowerCase() === address.toLowerCase() ? '' : ` (expanded from <${originalRecipient}>)`;
    return wrap(`<${address}>${expanded}: ${outcome.text}`);
  });
  return Buffer.from(
    `Content-Description: Notification\nContent-Type: text/plain; charset=us-ascii\n\n${intro}${reasons.join('\n\n')}\n`,
    'utf8',
  );
}

const actions: Readonly<Record<NoticeKind, string>> = { failure: 'failed', delay: 'delayed', success: 'delivered' };

/** RFC 3464 section 2: fields of the message, then of each recipient. */
function reportPart(config: PostfixConfig, notice: Notice): Buffer {
  const { message } = notice;
  const perMessage = [
    `Reporting-MTA: dns; ${config.text('myhostname')}`,
    ...(message.envelope.envelopeId ? [`Original-Envelope-Id: ${message.envelope.envelopeId}`] : []),
    `X-Postfix-Queue-ID: ${message.queueId}`,
    `X-Postfix-Sender: rfc822; ${message.envelope.reversePath}`,
    `Arrival-Date: ${headerTime(message.arrivalMs)}`,
  ];
  const perRecipient = notice.recipients.map(({ address, originalRecipient, orcpt, outcome }) =>
    [
      `Final-Recipient: rfc822; ${address}`,
      `Original-Recipient: ${orcpt ?? `rfc822;${originalRecipient}`}`,
      `Action: ${actions[notice.kind]}`,
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
function returnedPart(config: PostfixConfig, { kind, isPostmasterCopy, message }: Notice): Buffer {
  const returnPath = Buffer.from(`Return-Path: <${message.envelope.reversePath}>\n`, 'latin1');
  const headersOnly =
    isPostmasterCopy ||
    kind !== 'failure' ||
    message.envelope.ret === 'HDRS' ||
    message.sizeBytes > config.integer('bounce_size_limit');
  const { bodyStart } = readHeaders(message.content);
  const head = headersOnly
    ? `Content-Description: ${kind === 'success' ? 'Message Headers' : 'Undelivered Message Headers'}\nContent-Type: text/rfc822-headers\n\n`
    : 'Content-Description: Undelivered Message\nContent-Type: message/rfc822\n\n';
  return Buffer.concat([
    Buffer.from(head, 'latin1'),
    returnPath,
    headersOnly ? message.content.subarray(0, bodyStart) : message.content,
  ]);
}

/** Long lines go on, four blanks in. */
function wrap(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > 74) {
      lines.push(line);
      line = `    ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}

function fold(text: string): string {
  return wrap(text.replace(/[\r\n]+/g, ' '));
}
