/**
 * reshape-spam - spam in a form that does no harm: without HTML (action striphtml), or as an attachment of a report (action attachment).
 */
import { readHeaders } from '#mail/header.ts';
import { leafParts } from '#mail/mime.ts';
import { decodePart } from '../content/decode-part.ts';
import type { ScannedMessage } from './engines.ts';
import type { SpamVerdict } from './findings.ts';
import type { Settings } from './settings.ts';
import { toAscii } from './warning-text.ts';

/** HTML parts become plain text; all else stays. */
export function stripHtml(message: ScannedMessage): Buffer {
  const { content, mime } = message;
  const pieces: Buffer[] = [];
  let position = 0;
  for (const part of leafParts(mime)) {
    if (part.contentType !== 'text/html') continue;
    const kept = part.headers.filter((field) => !/^content-(type|transfer-encoding)$/i.test(field.name));
    const charset = (part.parameters.get('charset') ?? 'us-ascii').replace(/[^\w.-]/g, '');
    const head = [
      ...kept.map((field) => `${field.name}: ${field.value}`),
      `Content-Type: text/plain; charset="${charset}"`,
      'Content-Transfer-Encoding: base64',
    ];
    const text = htmlToText(decodePart(content, part).toString('latin1'));
    const body = Buffer.from(text, 'latin1').toString('base64').replace(/.{76}/g, '$&\n');
    pieces.push(content.subarray(position, part.headerStart), Buffer.from(`${head.join('\n')}\n\n${body}\n`, 'latin1'));
    position = part.bodyEnd;
  }
  return Buffer.concat([...pieces, content.subarray(position)]);
}

/** Scripts and styles go with what they hold, other tags alone. An unclosed tag goes to the end. */
function htmlToText(html: string): string {
  return html
    .replace(/<(script|style)\b[^]*?(<\/\1\s*>|$)/gi, '')
    .replace(/<(br|p|div|tr|li|h[1-6])\b/gi, '\n<$1')
    .replace(/<[^>]*(>|$)/g, '')
    .replace(/&nbsp;/gi, ' ')
    .replace(/&lt;/gi, '<')
    .replace(/&gt;/gi, '>')
    .replace(/&amp;/gi, '&');
}

/** The message's own header, a report as its text, and the original whole (RFC 2046 section 5.2.1). */
export function attachOriginal(settings: Settings, message: ScannedMessage, spam: SpamVerdict, host: string): Buffer {
  const { fields } = readHeaders(message.content);
  const kept = fields.filter((field) => !/^(content-|mime-version)/i.test(field.name));
  const boundary = `=_gatehouse_${message.id.replace(/[^A-Za-z0-9]/g, '')}`;
  const text = [
    `The mail gateway ${host} believes that the attached message is spam.`,
    `Do not open it unless you expected it.`,
    '',
    `Score ${spam.score}, limit ${settings.number('Required SpamAssassin Score', message)}.`,
    spam.report,
    '',
  ].join('\n');
  const head = [
    ...kept.map((field) => `${field.name}: ${field.value}`),
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
  ].join('\n');
  return Buffer.concat([
    Buffer.from(
      `${head}\n\n--${boundary}\nContent-Type: text/plain; charset="us-ascii"\n\n${toAscii(text)}\n`,
      'latin1',
    ),
    Buffer.from(`--${boundary}\nContent-Type: message/rfc822\nContent-Disposition: attachment\n\n`, 'latin1'),
    message.content,
    Buffer.from(`\n--${boundary}--\n`, 'latin1'),
  ]);
}
