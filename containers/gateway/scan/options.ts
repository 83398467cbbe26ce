/**
 * options - the MailScanner.conf options that this scanner acts on: name, shipped value, kind, and whether rules may set it.
 *
 * MailScanner.conf(5). Names are compared without case and punctuation. `rules`: `first` - the first matching line of a ruleset; `all` - every match, joined;
 * `no` - one value for all mail.
 *
 * Limits: options of the genuine MailScanner that are not in the table are known by name (other-options.ts) and accepted, with a note in the log that they have no effect here.
 */

export type OptionKind = 'yesno' | 'number' | 'text' | 'words' | 'file' | 'actions';

export interface ScannerOption {
  readonly name: string;
  readonly kind: OptionKind;
  /** Used when MailScanner.conf does not say; `%var%` as in the file. */
  readonly shipped: string;
  readonly rules: 'first' | 'all' | 'no';
}

const row = (
  name: string,
  kind: OptionKind,
  shipped: string,
  rules: ScannerOption['rules'] = 'first',
): ScannerOption => ({ name, kind, shipped, rules });

const queueOptions = [
  row('Max Children', 'number', '1', 'no'),
  row('Run As User', 'text', 'postfix', 'no'),
  row('Run As Group', 'text', 'postfix', 'no'),
  row('MTA', 'text', 'postfix', 'no'),
  row('Queue Scan Interval', 'number', '6', 'no'),
  row('Incoming Queue Dir', 'text', '/var/spool/postfix/hold', 'no'),
  row('Outgoing Queue Dir', 'text', '/var/spool/postfix/incoming', 'no'),
  row('Quarantine Dir', 'text', '/var/spool/MailScanner/quarantine', 'no'),
  row('Max Unscanned Bytes Per Scan', 'number', '100m', 'no'),
  row('Max Unscanned Messages Per Scan', 'number', '30', 'no'),
  row('Max Unsafe Bytes Per Scan', 'number', '50m', 'no'),
  row('Max Unsafe Messages Per Scan', 'number', '30', 'no'),
  row('Processing Attempts Database', 'text', '/var/spool/MailScanner/incoming/Processing.db', 'no'),
  row('Use Default Rules With Multiple Recipients', 'yesno', 'no', 'no'),
  row('Maximum Processing Attempts', 'number', '6', 'no'),
];

const contentOptions = [
  row('Scan Messages', 'yesno', 'yes', 'all'),
  row('Maximum Message Size', 'number', '0'),
  row('Maximum Attachment Size', 'number', '-1'),
  row('Minimum Attachment Size', 'number', '-1'),
  row('Maximum Attachments Per Message', 'number', '200'),
  row('Maximum Archive Depth', 'number', '8'),
  row('Allow Password-Protected Archives', 'yesno', 'no', 'all'),
  row('Check Filenames In Password-Protected Archives', 'yesno', 'yes', 'all'),
  row('Archives Are', 'words', 'zip rar ole'),
  row('Find UU-Encoded Files', 'yesno', 'no'),
  row('Allow Partial Messages', 'yesno', 'no'),
  row('Allow External Message Bodies', 'yesno', 'no'),
  row('Dangerous Content Scanning', 'yesno', 'yes', 'all'),
  row('Allow Filenames', 'words', '', 'all'),
  row('Deny Filenames', 'words', '', 'all'),
  row('Allow Filetypes', 'words', '', 'all'),
  row('Deny Filetypes', 'words', '', 'all'),
  row('Default Rename Pattern', 'text', '__FILENAME__.disarmed'),
  row('Filename Rules', 'file', '%etc-dir%/filename.rules.conf', 'all'),
  row('Filetype Rules', 'file', '%etc-dir%/filetype.rules.conf', 'all'),
  row('Archives: Filename Rules', 'file', '%etc-dir%/archives.filename.rules.conf', 'all'),
  row('Archives: Filetype Rules', 'file', '%etc-dir%/archives.filetype.rules.conf', 'all'),
];

const virusOptions = [
  row('Virus Scanning', 'yesno', 'yes', 'all'),
  row('Virus Scanners', 'words', 'auto', 'no'),
  row('Silent Viruses', 'words', 'HTML-IFrame All-Viruses', 'all'),
  row('Still Deliver Silent Viruses', 'yesno', 'no'),
  row('Non-Forging Viruses', 'words', 'Joke/ OF97/ WM97/ W97M/ eicar', 'all'),
  row('Clamd Port', 'number', '3310', 'no'),
  row('Clamd Socket', 'text', '/var/run/clamd.scan/clamd.sock', 'no'),
  row('Virus Scanner Timeout', 'number', '300', 'no'),
  row('ClamAV Full Message Scan', 'yesno', 'yes', 'no'),
  row('Deliver Cleaned Messages', 'yesno', 'yes', 'all'),
];

const spamOptions = [
  row('Spam Checks', 'yesno', 'yes'),
  row('Spam List', 'words', ''),
  row('Spam Domain List', 'words', '', 'all'),
  row('Spam List Timeout', 'number', '10', 'no'),
  row('Spam List Definitions', 'text', '%etc-dir%/spam.lists.conf', 'no'),
  row('Spam Lists To Be Spam', 'number', '1'),
  row('Spam Lists To Reach High Score', 'number', '3'),
  row('Is Definitely Not Spam', 'yesno', 'no'),
  row('Ignore Spam Whitelist If Recipients Exceed', 'number', '20', 'no'),
  row('Is Definitely Spam', 'yesno', 'no'),
  row('Definite Spam Is High Scoring', 'yesno', 'no'),
  row('Max Spam Check Size', 'number', '200k'),
  row('Use SpamAssassin', 'yesno', 'yes', 'all'),
  row('Required SpamAssassin Score', 'number', '6'),
  row('High SpamAssassin Score', 'number', '10'),
  row('SpamAssassin Timeout', 'number', '75', 'no'),
  row('Check SpamAssassin If On Spam List', 'yesno', 'yes'),
  row('Enable Spam Bounce', 'yesno', 'no'),
  row('SpamAssassin Site Rules Dir', 'text', '/etc/mail/spamassassin', 'no'),
  row('Spam Score', 'yesno', 'yes', 'all'),
  row('Spam Actions', 'actions', 'deliver header "X-Spam-Status: Yes"'),
  row('High Scoring Spam Actions', 'actions', 'store'),
  row('Non Spam Actions', 'actions', 'deliver header "X-Spam-Status: No"'),
];

const quarantineOptions = [
  row('Quarantine Infections', 'yesno', 'yes', 'all'),
  row('Quarantine Silent Viruses', 'yesno', 'no', 'all'),
  row('Quarantine Whole Message', 'yesno', 'no', 'all'),
];

const subject = (what: string, text: string, modify = 'start'): ScannerOption[] => [
  row(`${what} Modify Subject`, 'text', modify),
  row(`${what} Subject Text`, 'text', text),
];

const reportOptions = [
  ...subject('Scanned', '{Scanned}', 'no'),
  ...subject('Virus', '{Virus?}'),
  ...subject('Filename', '{Filename?}'),
  ...subject('Content', '{Dangerous Content?}'),
  ...subject('Size', '{Size}'),
  ...subject('Spam', '{Spam?}'),
  ...subject('High Scoring Spam', '{Spam?}'),
  row('Attachment Warning Filename', 'text', '%org-name%-Attachment-Warning.txt'),
  row('Warning Is Attachment', 'yesno', 'yes'),
  row('Send Notices', 'yesno', 'yes'),
  row('Notices To', 'words', 'postmaster', 'all'),
  row('Notices From', 'text', 'MailScanner'),
  row('Notices Include Full Headers', 'yesno', 'yes'),
  row('Local Postmaster', 'text', 'postmaster'),
  row('Notify Senders', 'yesno', 'yes'),
  row('Notify Senders Of Viruses', 'yesno', 'no'),
  row('Notify Senders Of Blocked Filenames Or Filetypes', 'yesno', 'yes'),
  row('Notify Senders Of Other Blocked Content', 'yesno', 'yes'),
  row('Never Notify Senders Of Precedence', 'words', 'list bulk', 'all'),
  row('Mark Infected Messages', 'yesno', 'yes', 'all'),
  row('Include Scanner Name In Reports', 'yesno', 'yes', 'no'),
];

const headerOptions = [
  row('Mail Header', 'text', 'X-%org-name%-MailScanner:'),
  row('Spam Header', 'text', 'X-%org-name%-MailScanner-SpamCheck:'),
  row('Spam Score Header', 'text', 'X-%org-name%-MailScanner-SpamScore:'),
  row('Information Header', 'text', 'X-%org-name%-MailScanner-Information:'),
  row('ID Header', 'text', 'X-%org-name%-MailScanner-ID:'),
  row('Add Envelope From Header', 'yesno', 'yes', 'all'),
  row('Envelope From Header', 'text', 'X-%org-name%-MailScanner-From:'),
  row('Add Envelope To Header', 'yesno', 'no', 'all'),
  row('Envelope To Header', 'text', 'X-%org-name%-MailScanner-To:'),
  row('Spam Score Character', 'text', 's', 'no'),
  row('SpamScore Number Instead Of Stars', 'yesno', 'no'),
  row('Clean Header Value', 'text', 'Found to be clean'),
  row('Infected Header Value', 'text', 'Found to be infected'),
  row('Information Header Value', 'text', 'Please contact the ISP for more information'),
  row(
    'Unscanned Header Value',
    'text',
    'Not scanned: please contact your Internet E-Mail Service Provider for details',
  ),
  row('Detailed Spam Report', 'yesno', 'yes'),
  row('Include Scores In SpamAssassin Report', 'yesno', 'yes'),
  row('Always Include SpamAssassin Report', 'yesno', 'no'),
  row('Multiple Headers', 'text', 'append'),
  row('Place New Headers At Top Of Message', 'yesno', 'no', 'all'),
  row('Remove These Headers', 'words', 'X-Mozilla-Status: X-Mozilla-Status2:', 'all'),
];

const logOptions = [
  row('Log Speed', 'yesno', 'no', 'no'),
  row('Log Spam', 'yesno', 'no', 'no'),
  row('Log Non Spam', 'yesno', 'no', 'no'),
  row('Log Delivery And Non-Delivery', 'yesno', 'no', 'no'),
  row('Log Permitted Filenames', 'yesno', 'no'),
  row('Log Permitted Filetypes', 'yesno', 'no'),
  row('Log Silent Viruses', 'yesno', 'no', 'no'),
];

/** Every option that is acted on. */
export const scannerOptions: readonly ScannerOption[] = [
  ...queueOptions,
  ...contentOptions,
  ...virusOptions,
  ...spamOptions,
  ...quarantineOptions,
  ...reportOptions,
  ...headerOptions,
  ...logOptions,
];

/** How names are compared: letters and digits only, lower case. */
export function optionKey(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
