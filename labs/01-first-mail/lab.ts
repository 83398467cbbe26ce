/**
 * 01-first-mail - hosts, names, Postfix's files, and the first message to afnog@.
 */
import { defineLab } from '#grader';
import { checks } from './checks.ts';

export default defineLab({
  id: '01-first-mail',
  version: '1.0.0',
  minutes: 45,
  after: [],
  steps: [
    {
      id: 'listen',
      hints: [{ key: 'loopback', when: { check: 'answers-on-25', tag: 'NO_ANSWER' } }, { key: 'files' }],
    },
    {
      id: 'receive',
      hints: [{ key: 'destination', when: { check: 'mail-arrives', tag: 'MAIL_REFUSED' } }, { key: 'mailbox' }],
    },
    { id: 'send', hints: [{ key: 'origin' }] },
  ],
  checks,
  rubric: {
    'answers-on-25': 1,
    'says-its-name': 1,
    'mail-arrives': 3,
    'unknown-user-refused': 2,
    'received-names-host': 1,
    'log-tells-delivery': 1,
    'mail-goes-out': 2,
    'origin-is-domain': 1,
  },
  reload: [{ host: 'mailbox', service: 'postfix' }],
});
