/**
 * notice - one mail a batch to the postmaster: what was found, from whom, for whom, and where it is stored.
 */
import { readHeaders } from '#mail/header.ts';
import { headerTime } from '#mta/log/syslog-time.ts';
import type { ScannedMessage } from './engines.ts';
import type { Block } from './findings.ts';
import type { Settings } from './settings.ts';

export interface Noticed {
  readonly message: ScannedMessage;
  readonly blocks: readonly Block[];
  readonly folder: string | undefined;
}

const titles: Readonly<Record<Block['kind'], string>> = {
  virus: 'Virus Detected',
  filename: 'Bad Filename Detected',
  password: 'Password-protected Archive Detected',
  content: 'Other Bad Content Detected',
  size: 'Attachment detected outside size limits',
};

/** The whole notice, LF line ends. */
export function composeNotice(
  settings: Settings,
  noticed: readonly Noticed[],
  to: readonly string[],
  host: string,
  nowMs: number,
): Buffer {
  const [first] = noticed;
  const found = [...new Set(noticed.flatMap(({ blocks }) => blocks.map((block) => titles[block.kind])))].sort();
  const title = found.join(' : ');
  const headers = [
    `Date: ${headerTime(nowMs)}`,
    `From: "${settings.text('Notices From', first?.message)}" <${settings.text('Local Postmaster', first?.message)}@${host}>`,
    `To: ${to.join(', ')}`,
    `Subject: ${title}`,
    'Auto-Submitted: auto-generated', // RFC 3834 section 5
    'Precedence: bulk',
  ];
  const text = [
    ...headers,
    '',
    `The following e-mails were found to have: ${title}`,
    '',
    ...noticed.map((each) => describe(settings, each)),
    '-- ',
    'MailScanner',
    'Email Virus Scanner',
    '',
  ];
  return Buffer.from(text.join('\n'), 'latin1');
}

function describe(settings: Settings, { message, blocks, folder }: Noticed): string {
  const { fields } = readHeaders(message.content);
  const subject = fields.find((field) => field.name.toLowerCase() === 'subject')?.value ?? '';
  const headers = settings.yes('Notices Include Full Headers', message)
    ? ['', 'Full headers are:', ...fields.map((field) => ` ${field.name}: ${field.value.replace(/\n/g, '\n ')}`)]
    : [];
  return [
    `    Sender: ${message.reversePath}`,
    `IP Address: ${message.clientAddress}`,
    ` Recipient: ${message.recipients.join(', ')}`,
    `   Subject: ${subject}`,
    ` MessageID: ${message.id}`,
    `Quarantine: ${folder ?? ''}`,
    ...blocks.map((block) => `    Report: ${block.report}`),
    ...headers,
    '',
  ].join('\n');
}
