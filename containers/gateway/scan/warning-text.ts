/**
 * warning-text - what the recipient reads in place of what was taken out: a part of its own (Attachment Warning Filename), and some lines at the top of the text.
 *
 * Names and reports come from senders: everything is made printable ASCII.
 */
import libqp from 'libqp';
import { syslogTime } from '#mta/log/syslog-time.ts';
import type { ScannedMessage } from './engines.ts';
import type { Block } from './findings.ts';
import type { Stored } from './rewrite-message.ts';
import type { Settings } from './settings.ts';

/** A MIME part with its header; `isWhole`: it is all that is left of the message. */
export function warningPart(
  settings: Settings,
  message: ScannedMessage,
  blocks: readonly Block[],
  stored: Stored,
  isWhole: boolean,
): string {
  const name = toAscii(settings.text('Attachment Warning Filename', message)).replace(/["\\]/g, '_');
  const place = settings.yes('Warning Is Attachment', message) && !isWhole ? 'attachment' : 'inline';
  return [
    `Content-Type: text/plain; charset="ISO-8859-1"; name="${name}"`,
    `Content-Disposition: ${place}; filename="${name}"`,
    'Content-Transfer-Encoding: quoted-printable',
    '',
    libqp
      .wrap(libqp.encode(Buffer.from(warningText(settings, message, blocks, stored), 'latin1')))
      .replace(/\r\n/g, '\n'),
  ].join('\n');
}

function warningText(settings: Settings, message: ScannedMessage, blocks: readonly Block[], stored: Stored): string {
  const organisation = settings.variable('org-long-name') || settings.variable('org-name');
  const where =
    stored.folder === undefined
      ? []
      : [`Note to Help Desk: Look on ${stored.host} in ${stored.folder} (message ${message.id}).`, ''];
  return toAscii(
    [
      `This is a message from the mail gateway of ${organisation}.`,
      '',
      `It took "${namesOf(blocks)}" out of this e-mail and put this text in its place,`,
      'because it may do harm. If you need what was removed, ask the help desk and send them this text.',
      '',
      `At ${syslogTime(stored.nowMs)} the virus scanner said:`,
      ...blocks.map((block) => `   ${block.report}`),
      '',
      ...where,
      '-- ',
      organisation,
      settings.variable('web-site'),
      '',
    ].join('\n'),
  );
}

/** Lines for the top of a text part. */
export function leadText(settings: Settings, message: ScannedMessage, blocks: readonly Block[]): string {
  return toAscii(
    [
      'Warning: This message has had one or more attachments removed',
      `Warning: (${namesOf(blocks)}).`,
      `Warning: Please read the "${settings.text('Attachment Warning Filename', message)}" attachment(s) for more information.`,
      '',
      '',
    ].join('\n'),
  );
}

function namesOf(blocks: readonly Block[]): string {
  return [...new Set(blocks.map((block) => block.fileName))].join(', ');
}

export function toAscii(text: string): string {
  return text.replace(/[^\n\x20-\x7e]/g, '?');
}
