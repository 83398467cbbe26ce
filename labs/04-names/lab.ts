/**
 * 04-names - A, MX, PTR, HELO name, SPF: what the world asks DNS about a mail host.
 */
import { defineLab } from '#grader';
import { checks } from './checks.ts';

export default defineLab({
  id: '04-names',
  version: '1.0.0',
  minutes: 45,
  after: ['01-first-mail', '02-who-may-relay', '03-someone-must-answer'],
  steps: [
    {
      id: 'forward',
      hints: [
        { key: 'mx-form', when: { check: 'mx-names-mailbox', tag: 'MX_MISSING' } },
        { key: 'dots', when: { check: 'mx-names-mailbox', tag: 'MX_LEADS_NOWHERE' } },
        { key: 'zone-file' },
        { key: 'check-zone' },
        { key: 'forward-how' },
      ],
    },
    {
      id: 'reverse',
      hints: [
        { key: 'dots', when: { check: 'ptr-leads-back', tag: 'PTR_DOES_NOT_LEAD_BACK' } },
        { key: 'reverse-zone' },
        { key: 'reverse-form' },
        { key: 'reverse-how' },
      ],
    },
    {
      id: 'spf',
      hints: [
        { key: 'one-record', when: { check: 'spf-one-record', tag: 'SPF_SEVERAL' } },
        { key: 'too-many', when: { check: 'spf-forbids-others', tag: 'OTHERS_ALLOWED' } },
        { key: 'who-sends' },
        { key: 'spf-form' },
        { key: 'spf-how' },
      ],
    },
  ],
  checks,
  rubric: {
    'zone-is-sound': 1,
    'mx-names-mailbox': 2,
    'mail-by-mx-arrives': 2,
    'zone-report': 1,
    'ptr-leads-back': 3,
    'helo-is-ptr': 1,
    'spf-one-record': 1,
    'spf-allows-gateway': 2,
    'spf-forbids-others': 2,
  },
  reload: [],
});
