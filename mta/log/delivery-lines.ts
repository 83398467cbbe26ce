/**
 * delivery-lines - what qmgr(8), the delivery agents and bounce(8) write to the mail log.
 */
import { formatAddress } from '#mail/address.ts';

/** Seconds as Postfix prints them: two significant digits below 10 (postconf: delay_logging_resolution_limit). */
export function delayText(seconds: number): string {
  if (seconds >= 10) return String(Math.round(seconds));
  if (seconds >= 1) return String(Math.round(seconds * 10) / 10);
  const rounded = Math.round(seconds * 100) / 100;
  return rounded === 0 ? '0' : String(rounded);
}

export interface DeliveryWords {
  readonly queueId: string;
  readonly recipient: string;
  readonly originalRecipient: string;
  readonly relay: string;
  /** Before the queue manager, in it, connecting, transmitting; seconds. */
  readonly delays: readonly [number, number, number, number];
  readonly dsn: string;
  readonly status: string;
  readonly text: string;
}

export const deliveryLines = {
  active: (queueId: string, sender: string, sizeBytes: number, recipients: number) =>
    `${queueId}: from=<${formatAddress(sender)}>, size=${sizeBytes}, nrcpt=${recipients} (queue active)`,
  removed: (queueId: string) => `${queueId}: removed`,
  expired: (queueId: string, sender: string) => `${queueId}: from=<${sender}>, status=expired, returned to sender`,
  forceExpired: (queueId: string, sender: string) =>
    `${queueId}: from=<${sender}>, status=force-expired, returned to sender`,
  delivery: ({ queueId, recipient, originalRecipient, relay, delays, dsn, status, text }: DeliveryWords) => {
    const original =
      originalRecipient.toLowerCase() === recipient.toLowerCase()
        ? ''
        : ` orig_to=<${formatAddress(originalRecipient)}>,`;
    const total = delays.reduce((sum, each) => sum + each, 0);
    return `${queueId}: to=<${formatAddress(recipient)}>,${original} relay=${relay}, delay=${delayText(total)}, delays=${delays.map(delayText).join('/')}, dsn=${dsn}, status=${status} (${text})`;
  },
  connectFailed: (peer: string, reason: string) => `connect to ${peer}: ${reason}`,
  /** A host failed and another one is tried. */
  nextHost: (queueId: string, text: string) => `${queueId}: ${text}`,
  tlsEstablished: (peer: string, summary: string) => `Untrusted TLS connection established to ${peer}: ${summary}`,
  tlsFailed: (peer: string, reason: string) => `SSL_connect error to ${peer}: ${reason}`,
  nonDelivery: (queueId: string, noticeId: string) => `${queueId}: sender non-delivery notification: ${noticeId}`,
  delayNotice: (queueId: string, noticeId: string) => `${queueId}: sender delay notification: ${noticeId}`,
  successNotice: (queueId: string, noticeId: string) => `${queueId}: sender delivery status notification: ${noticeId}`,
  postmasterCopy: (queueId: string, noticeId: string) =>
    `${queueId}: postmaster non-delivery notification: ${noticeId}`,
  postmasterDelay: (queueId: string, noticeId: string) => `${queueId}: postmaster delay notification: ${noticeId}`,
  undeliverableNotice: (queueId: string) => `${queueId}: undeliverable postmaster notification discarded`,
  noTransport: (transport: string) => `connect to transport private/${transport}: No such file or directory`,
} as const;
