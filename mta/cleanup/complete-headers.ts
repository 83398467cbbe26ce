/**
 * complete-headers - what a local message lacks: Date, Message-Id, From, and full addresses (cleanup(8), RFC 5322 section 3.6).
 *
 * Mail from elsewhere is left as it is, unless always_add_missing_headers says otherwise.
 */
import { fieldValues, type HeaderField } from '#mail/header.ts';
import type { PostfixConfig } from '../config/config.ts';
import { compactTime, headerTime } from '../log/syslog-time.ts';
import type { Origin } from '../message.ts';

/** The lines to put behind the message's own headers, each with `\n`. A message that is sent on (Resent- fields) gets the Resent- forms (RFC 5322 section 3.6.6). */
export function missingHeaders(
  config: PostfixConfig,
  queueId: string,
  origin: Origin,
  reversePath: string,
  fields: readonly HeaderField[],
  nowMs: number,
): string {
  if (origin.rewriteContext !== 'local' && !config.bool('always_add_missing_headers')) return '';
  const prefix = fields.some(({ name }) => /^resent-/i.test(name)) ? 'Resent-' : '';
  const host = config.text('myhostname');
  const id = config.bool('enable_long_queue_ids') ? queueId : `${compactTime(nowMs)}.${queueId}`;
  return [
    ['Message-Id', `<${id}@${host}>`],
    ['Date', headerTime(nowMs)],
    ['From', fromValue(origin.fullName, reversePath)],
  ]
    .map(([name = '', value]) => [prefix + name, value] as const)
    .filter(([name]) => fieldValues(fields, name).length === 0)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
}

/** `Full Name <user@host>`, the name quoted where it must be (RFC 5322 section 3.2.3). */
function fromValue(fullName: string | undefined, reversePath: string): string {
  if (reversePath === '') return 'MAILER-DAEMON';
  const name = (fullName ?? '').replace(/[\p{Cc}]/gu, ' ').trim();
  if (name === '') return reversePath;
  const isPlain = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~ \u0080-\uffff-]+$/.test(name);
  return `${isPlain ? name : `"${name.replace(/["\\]/g, '\\$&')}"`} <${reversePath}>`;
}
