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
});
