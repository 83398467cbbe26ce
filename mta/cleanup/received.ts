/**
 * received - the trace field that this host puts on top of a message (RFC 5321 section 4.4, postconf: smtpd_tls_received_header).
 */
import { formatAddress } from '#mail/address.ts';
import type { PostfixConfig } from '../config/config.ts';
import { headerTime } from '../log/syslog-time.ts';
import type { Envelope, Origin } from '../message.ts';

/** The whole field with its final `\n`. */
export function receivedField(
  config: PostfixConfig,
  queueId: string,
  envelope: Envelope,
  origin: Origin,
  nowMs: number,
): string {
  const host = config.text('myhostname');
  const name = config.text('mail_name');
  const time = headerTime(nowMs);
  if (origin.kind === 'internal') return `Received: by ${host} (${name})\n\tid ${queueId}; ${time}\n`;
  if (origin.kind === 'pickup' || !origin.client)
    return `Received: by ${host} (${name}, from userid ${origin.uid ?? 0})\n\tid ${queueId}; ${time}\n`;
  const { client, heloName = '', protocol = 'SMTP' } = origin;
  const tls = origin.tls && config.bool('smtpd_tls_received_header') ? `\n\t(using ${origin.tls})` : '';
  const login =
    origin.saslUsername && config.bool('smtpd_sasl_authenticated_header')
      ? `\n\t(Authenticated sender: ${origin.saslUsername})`
      : '';
  const [only, ...others] = envelope.recipients;
  // The recipient is named only when there is one: others' addresses are nobody's business (RFC 5321 section 7.2).
  const target =
    only && others.length === 0 ? `\n\tfor <${formatAddress(only.originalRecipient)}>; ${time}` : `;\n\t${time}`;
  return `Received: from ${heloName} (${client.name} [${client.address}])${tls}${login}\n\tby ${host} (${name}) with ${protocol} id ${queueId}${target}\n`;
}
