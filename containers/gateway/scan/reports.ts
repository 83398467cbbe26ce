/**
 * reports - mail to those who are concerned by one message: its sender (blocked content, spam), its recipients (spam that was kept).
 *
 * Null sender, `Auto-Submitted`, never to a null sender or a list (RFC 3834): a warning must not make another one.
 */
import { fieldValues, readHeaders } from '#mail/header.ts';
import { headerTime } from '#mta/log/syslog-time.ts';
import type { ScannedMessage } from './engines.ts';
import type { Block, SpamVerdict } from './findings.ts';
import type { Settings } from './settings.ts';
import { toAscii } from './warning-text.ts';

/** Do the settings want the sender told, and is there one to tell? */
export function wantsSenderWarning(settings: Settings, message: ScannedMessage, blocks: readonly Block[]): boolean {
  const precedence = fieldValues(message.mime.headers, 'Precedence').map((value) => value.trim().toLowerCase());
  const never = settings.words('Never Notify Senders Of Precedence', message);
  if (message.reversePath === '' || !settings.yes('Notify Senders', message)) return false;
  if (never.some((word) => precedence.includes(word.toLowerCase()))) return false;
  return blocks.some(({ kind }) => settings.yes(senderOption(kind), message));
}

function senderOption(kind: Block['kind']): string {
  const what = { virus: 'Viruses', filename: 'Blocked Filenames Or Filetypes' } as const;
  return `Notify Senders Of ${kind === 'virus' || kind === 'filename' ? what[kind] : 'Other Blocked Content'}`;
}

const senderSubjects: Readonly<Record<Block['kind'], string>> = {
  virus: 'Warning: E-mail viruses detected',
  filename: 'Warning: Bad filename detected',
  password: 'Warning: Password-protected archive detected',
  content: 'Warning: Dangerous content detected',
  size: 'Warning: Message outside size limits',
};

export function composeSenderWarning(
  settings: Settings,
  message: ScannedMessage,
  blocks: readonly Block[],
  host: string,
  nowMs: number,
): Buffer {
  const lines = [
    `Your message to ${message.recipients.join(', ')}`,
    `   Subject: ${subjectOf(message)}`,
    'held something that our mail gateway does not let through:',
    '',
    ...blocks.map((block) => `   ${block.report}`),
    '',
    'It was taken out of the message. Please send it in another form.',
  ];
  return compose(settings, host, nowMs, message.reversePath, senderSubjects[blocks[0]?.kind ?? 'content'], lines);
}

/** Action notify: the recipients learn what they did not get. */
export function composeSpamNotice(
  settings: Settings,
  message: ScannedMessage,
  spam: SpamVerdict,
  host: string,
  nowMs: number,
): Buffer {
  const lines = [
    `A message from ${message.reversePath || '<>'} to you was taken for spam and not delivered.`,
    `   Subject: ${subjectOf(message)}`,
    `   Message: ${message.id}`,
    `   Score: ${spam.score}`,
    '',
    'If you want to have it, ask your postmaster and name the message.',
  ];
  const subject = `{Spam not delivered} ${subjectOf(message)}`;
  return compose(settings, host, nowMs, message.recipients.join(', '), subject, lines);
}

/** Action bounce: the sender learns that the message was taken for spam. */
export function composeSpamBounce(
  settings: Settings,
  message: ScannedMessage,
  spam: SpamVerdict,
  host: string,
  nowMs: number,
): Buffer {
  const lines = [
    `Your message to ${message.recipients.join(', ')} was taken for spam.`,
    `   Subject: ${subjectOf(message)}`,
    `   ${spam.text}`,
  ];
  return compose(settings, host, nowMs, message.reversePath, `Rejected as spam: ${subjectOf(message)}`, lines);
}

function subjectOf(message: ScannedMessage): string {
  return fieldValues(readHeaders(message.content).fields, 'Subject')[0] ?? '';
}

function compose(
  settings: Settings,
  host: string,
  nowMs: number,
  to: string,
  subject: string,
  lines: readonly string[],
): Buffer {
  const oneLine = (text: string): string => toAscii(text).replace(/\n/g, ' ');
  const text = [
    `Date: ${headerTime(nowMs)}`,
    `From: "${oneLine(settings.text('Notices From'))}" <${settings.text('Local Postmaster')}@${host}>`,
    `To: ${oneLine(to)}`,
    `Subject: ${oneLine(subject).slice(0, 500)}`,
    'Auto-Submitted: auto-replied', // RFC 3834 section 5
    'Precedence: bulk',
    '',
    ...lines.map(oneLine),
    '',
    '-- ',
    'MailScanner',
    settings.variable('org-long-name') || settings.variable('org-name'),
    '',
  ].join('\n');
  return Buffer.from(text, 'latin1');
}
