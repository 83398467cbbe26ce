/**
 * cleanup-lines - what cleanup(8) and pickup(8) write to the mail log.
 */
import { clientText } from './smtpd-lines.ts';
import type { Origin } from '../message.ts';

export const cleanupLines = {
  messageId: (queueId: string, messageId: string) => `${queueId}: message-id=${messageId}`,
  pickup: (queueId: string, uid: number, sender: string) => `${queueId}: uid=${uid} from=<${sender}>`,
  check: (
    queueId: string,
    action: string,
    kind: 'header' | 'body',
    line: string,
    origin: Origin,
    sender: string,
    recipient: string,
    text: string,
  ) => {
    const from = origin.client ? clientText(origin.client) : 'local';
    const session = origin.client
      ? ` proto=${origin.protocol === 'SMTP' ? 'SMTP' : 'ESMTP'} helo=<${origin.heloName}>`
      : '';
    // A line end inside the header shows as ??, as Postfix masks it.
    return `${queueId}: ${action}: ${kind} ${line.replace(/\n/g, '?').replace(/[\t\0]/g, '?')} from ${from}; from=<${sender}> to=<${recipient}>${session}${text === '' ? '' : `: ${text}`}`;
  },
  mapProblem: (queueId: string, map: string, what = '') =>
    `${queueId}: ${map} map lookup problem${what === '' ? '' : ` for ${what}`} -- message not accepted, try again later`,
  tooManyHops: (queueId: string) => `${queueId}: message rejected: hopcount exceeded`,
} as const;
