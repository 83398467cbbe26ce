/**
 * 06-spam-and-viruses-stop-here - HOLD, MailScanner, quarantine, and SPF at the gateway.
 */
import { defineLab } from '#grader';
import { checks } from './checks.ts';

export default defineLab({
  id: '06-spam-and-viruses-stop-here',
  version: '1.0.0',
  minutes: 60,
  after: ['01-first-mail', '02-who-may-relay', '03-someone-must-answer', '04-names', '05-filter-for-your-neighbour'],
  steps: [
    {
      id: 'scan',
      hints: [
        { key: 'hold', when: { check: 'mail-is-scanned', tag: 'NOT_SCANNED' } },
        { key: 'stuck', when: { check: 'benign-mail-passes', tag: 'BENIGN_LOST' } },
        { key: 'follow' },
        { key: 'scan-where' },
        { key: 'scan-how' },
      ],
    },
    {
      id: 'stop',
      hints: [
        { key: 'spam-actions', when: { check: 'spam-is-stopped' } },
        { key: 'no-scanner', when: { check: 'viruses-are-stopped', tag: 'DELIVERED' } },
        { key: 'viruses' },
        { key: 'stop-where' },
        { key: 'stop-how' },
      ],
    },
    {
      id: 'spf',
      hints: [
        { key: 'policy-order', when: { check: 'forged-mail-is-refused', tag: 'FORGED_ACCEPTED' } },
        { key: 'policy' },
        { key: 'policy-order' },
        { key: 'policy-how' },
      ],
    },
  ],
  checks,
  rubric: {
    'benign-mail-passes': 2,
    'mail-is-scanned': 2,
    'spam-is-stopped': 3,
    'viruses-are-stopped': 4,
    'locked-archives-are-stopped': 1,
    'forged-mail-is-refused': 3,
  },
  reload: [
    { host: 'gateway', service: 'postfix' },
    { host: 'gateway', service: 'mailscanner' },
  ],
  // Debian has no MailScanner: amavis does its work there.
  genuine: {
    reload: [
      { host: 'gateway', service: 'postfix' },
      { host: 'gateway', service: 'amavis' },
    ],
    leftOut: {
      'mistakes/good-mail-changed': 'a setting of MailScanner; amavis has a case of that name',
      'mistakes/hold-forgotten': 'amavis takes mail by content_filter, not from the hold queue; see filter-forgotten',
      'mistakes/hold-never-matches':
        'amavis takes mail by content_filter, not from the hold queue; see filter-forgotten',
      'mistakes/locked-archives-allowed': 'a setting of MailScanner; amavis has a case of that name',
      'mistakes/no-scanner-named': 'a setting of MailScanner; see no-virus-scanner',
      'mistakes/nobody-scans': 'a command to MailScanner; amavis has a case of that name',
      'mistakes/spam-deleted': 'a setting of MailScanner; see spam-not-kept',
      'mistakes/spam-delivered': 'a setting of MailScanner; amavis has a case of that name',
      'mistakes/virus-scanning-off': 'a setting of MailScanner; amavis has a case of that name',
      'mistakes/viruses-not-kept': 'a setting of MailScanner; amavis has a case of that name',
      'near-misses/actions-by-ruleset': 'amavis has no rulesets by file',
      'near-misses/lower-threshold': 'a setting of MailScanner; amavis has a case of that name',
      'near-misses/only-attachments-kept': 'amavis keeps whole messages only',
      'near-misses/other-header-name': 'a setting of MailScanner',
      'near-misses/other-quarantine': 'a setting of MailScanner; see kept-compressed',
      'near-misses/pcre-hold':
        'amavis takes mail by content_filter, not from the hold queue; see filter-by-header-check',
    },
  },
});
