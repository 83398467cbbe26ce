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
      hints: [
        { key: 'loopback', when: { check: 'answers-on-25', tag: 'NO_ANSWER' } },
        { key: 'restart', when: { check: 'answers-on-25', tag: 'NO_ANSWER' } },
        { key: 'files' },
        { key: 'listen-where' },
        { key: 'listen-how' },
      ],
    },
    {
      id: 'receive',
      hints: [
        { key: 'destination', when: { check: 'mail-arrives', tag: 'MAIL_REFUSED' } },
        { key: 'destination', when: { check: 'mail-arrives', tag: 'MAIL_PUT_OFF' } },
        { key: 'no-map', when: { check: 'unknown-user-refused', tag: 'UNKNOWN_USER_ACCEPTED' } },
        { key: 'follow' },
        { key: 'receive-where' },
        { key: 'receive-how' },
      ],
    },
    {
      id: 'send',
      hints: [
        { key: 'queue', when: { check: 'mail-goes-out', tag: 'NOT_SENT' } },
        { key: 'origin' },
        { key: 'files' },
        { key: 'origin-how' },
      ],
    },
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
