/**
 * bounce - who is told what became of a message: the sender, and the postmaster as notify_classes says (bounce(8), RFC 3461 section 5).
 *
 * Mail from the null sender is never answered. A bounce that cannot be delivered becomes class 2bounce, for the postmaster, from double-bounce@; one of those that cannot be
 * delivered is thrown away with a warning.
 */
import type { PostfixConfig } from '../config/config.ts';
import { deliveryLines } from '../log/delivery-lines.ts';
import type { ProcessLog } from '../log/mail-log.ts';
import { compactTime, headerTime } from '../log/syslog-time.ts';
import type { QueuedMessage } from '../message.ts';
import type { MtaDeps } from '../mta-deps.ts';
import type { Cleanup } from '../queue/queue.ts';
import { composeNotice, type NoticeKind, type Reported } from './dsn.ts';

export interface BounceOptions {
  readonly config: PostfixConfig;
  readonly deps: MtaDeps;
  readonly cleanup: Cleanup;
}

export interface Bounce {
  /** Reports recipients of one kind. Resolves when the notices are in the queue. @throws Error when they could not be stored: the message must be kept. */
  report(
    kind: NoticeKind,
    message: QueuedMessage,
    recipients: readonly Reported[],
    retryUntilMs?: number,
  ): Promise<void>;
  /** A session's transcript for the postmaster, if notify_classes holds the class. */
  transcript(noticeClass: string, lines: readonly string[], client: string): Promise<void>;
}

export function createBounce(options: BounceOptions): Bounce {
  const log = options.deps.log.process(`${options.config.text('syslog_name')}/bounce`);
  return {
    report: (kind, message, recipients, retryUntilMs) => report(options, log, kind, message, recipients, retryUntilMs),
    transcript: (noticeClass, lines, client) => sendTranscript(options, noticeClass, lines, client),
  };
}

async function report(
  options: BounceOptions,
  log: ProcessLog,
  kind: NoticeKind,
  message: QueuedMessage,
  recipients: readonly Reported[],
  retryUntilMs?: number,
): Promise<void> {
  const { config } = options;
  const { reversePath } = message.envelope;
  const doubleBounce = `${config.text('double_bounce_sender')}@${config.text('myhostname')}`;
  const classes = new Set(config.list('notify_classes'));
  if (reversePath.toLowerCase() === doubleBounce.toLowerCase()) {
    if (kind === 'failure') log.warning(deliveryLines.undeliverableNotice(message.queueId));
    return;
  }
  const send = (to: string, from: string, isPostmasterCopy: boolean): Promise<string> =>
    submit(options, from, to, (queueId, nowMs) =>
      composeNotice(config, {
        kind,
        isPostmasterCopy,
        to,
        message,
        recipients,
        queueId,
        nowMs,
        ...(retryUntilMs === undefined ? {} : { retryUntilMs }),
      }),
    );
  if (reversePath !== '') {
    const line = {
      failure: deliveryLines.nonDelivery,
      delay: deliveryLines.delayNotice,
      success: deliveryLines.successNotice,
    }[kind];
    log.info(line(message.queueId, await send(reversePath, '', false)));
  }
  if (kind === 'delay' && classes.has('delay'))
    log.info(
      deliveryLines.postmasterDelay(
        message.queueId,
        await send(config.text('delay_notice_recipient'), doubleBounce, true),
      ),
    );
  const copyClass = reversePath === '' ? '2bounce' : 'bounce';
  if (kind === 'failure' && classes.has(copyClass)) {
    const to = config.text(copyClass === '2bounce' ? '2bounce_notice_recipient' : 'bounce_notice_recipient');
    log.info(deliveryLines.postmasterCopy(message.queueId, await send(to, doubleBounce, true)));
  }
}

async function sendTranscript(
  options: BounceOptions,
  noticeClass: string,
  lines: readonly string[],
  client: string,
): Promise<void> {
  const { config } = options;
  if (!config.list('notify_classes').includes(noticeClass)) return;
  const to = config.text('error_notice_recipient');
  await submit(options, `${config.text('double_bounce_sender')}@${config.text('myhostname')}`, to, (queueId, nowMs) =>
    Buffer.from(
      [
        `Date: ${headerTime(nowMs)}`,
        `From: Mail Delivery System <MAILER-DAEMON@${config.text('myhostname')}>`,
        `To: Postmaster <${to.includes('@') ? to : `${to}@${config.text('myorigin')}`}>`,
        `Subject: ${config.text('mail_name')} SMTP server: errors from ${client}`,
        `Message-Id: <${compactTime(nowMs)}.${queueId}@${config.text('myhostname')}>`,
        'Auto-Submitted: auto-generated',
        '',
        'Transcript of session follows.',
        '',
        ...lines,
        '',
        '',
        'For other details, see the local mail logfile',
        '',
      ].join('\n'),
    ),
  );
}

async function submit(
  { deps, cleanup }: BounceOptions,
  from: string,
  to: string,
  compose: (queueId: string, nowMs: number) => Buffer,
): Promise<string> {
  const session = await cleanup.begin();
  const outcome = await session.finish({
    envelope: { reversePath: from, recipients: [{ address: to, originalRecipient: to, notify: ['NEVER'] }] },
    origin: { kind: 'internal', rewriteContext: 'local' },
    content: compose(session.queueId, deps.clock.now()),
    actions: {},
  });
  if (outcome.kind === 'rejected') throw new Error(`notice not stored: ${outcome.reason}`);
  return outcome.queueId;
}
