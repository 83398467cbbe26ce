/**
 * complete-headers - what a local message lacks: Date, Message-Id, From, and full addresses (cleanup(8), RFC 5322 section 3.6).
 *
 * Mail from elsewhere is left as it is, unless always_add_missing_headers says otherwise.
 */
import { fieldValues, type HeaderField } from '#mail/header.ts';
import type { PostfixConfig } from '../config/config.ts';
import { compactTime, headerTime } from '../log/syslog-time.ts';
import type { Origin } from '../message.ts';

/** The lines to put before the message's own headers, each with `\n`. */
export function missingHeaders(
  config: PostfixConfig,
  queueId: string,
  origin: Origin,
  reversePath: string,
  fields: readonly HeaderField[],
  nowMs: number,
): string {
  if (origin.rewriteContext !== 'local' && !config.bool('always_add_missing_headers')) return '';
  const has = (name: string): boolean => fieldValues(fields, name).length > 0;
  const host = config.text('myhostname');
  const id = config.bool('enable_long_queue_ids') ? queueId : `${compactTime(nowMs)}.${queueId}`;
  return [
    ...(has('Message-Id') ? [] : [`Message-Id: <${id}@${host}>\n`]),
    ...(has('Date') ? [] : [`Date: ${headerTime(nowMs)}\n`]),
    ...(has('From') || has('Resent-From')
      ? []
      : [`From: ${reversePath === '' ? `MAILER-DAEMON@${config.text('myorigin')}` : reversePath}\n`]),
  ].join('');
}
