/**
 * compose-mail - a message that carries its canary: in Message-ID, subject and body, so that it can be found again wherever it goes (RFC 5322, RFC 2045).
 */
import type { MailToSend } from '../context.ts';

export interface Composed {
  readonly content: Buffer;
}

/** `sender` and `recipient` are for the From: and To: fields. CR LF line ends. */
export function composeMail(
  mail: MailToSend,
  canary: string,
  sender: string,
  recipient: string,
  nowMs: number,
): Buffer {
  if (mail.raw) return mail.raw;
  const standard: Record<string, string> = {
    From: `Gatehouse check <${sender === '' ? 'check@sound.test' : sender}>`,
    To: `<${recipient}>`,
    Subject: `${mail.subject ?? 'A message from the grader'} ${canary}`,
    Date: new Date(nowMs).toUTCString().replace('GMT', '+0000'),
    'Message-ID': `<${canary}@grader.test>`,
    'MIME-Version': '1.0',
  };
  const headers = { ...standard, ...mail.headers };
  const text = `${(mail.text ?? 'This message was sent by the grader.').replace(/\r?\n/g, '\r\n')}\r\n\r\n${canary}\r\n`;
  const head = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  if (!mail.attachments || mail.attachments.length === 0)
    return Buffer.from(`${head}Content-Type: text/plain; charset=us-ascii\r\n\r\n${text}`, 'latin1');
  const boundary = `=_${canary}`;
  const parts = mail.attachments.map(
    ({ fileName, content, contentType = 'application/octet-stream' }) =>
      `--${boundary}\r\nContent-Type: ${contentType}; name="${fileName}"\r\nContent-Disposition: attachment; filename="${fileName}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${content.toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n`,
  );
  return Buffer.from(
    `${head}Content-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n--${boundary}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n${text}${parts.join('')}--${boundary}--\r\n`,
    'latin1',
  );
}
