/**
 * 03-someone-must-answer - aliases, newaliases, postmaster, root, abuse, notify_classes.
 */
import { defineLab } from '#grader';
import { checks } from './checks.ts';

export default defineLab({
  id: '03-someone-must-answer',
  version: '1.0.0',
  minutes: 30,
  after: ['01-first-mail', '02-who-may-relay'],
  steps: [
    {
      id: 'aliases',
      hints: [
        { key: 'compile', when: { check: 'postmaster-answers', tag: 'ADDRESS_REFUSED' } },
        { key: 'loop', when: { check: 'postmaster-answers', tag: 'NOBODY_READS_IT' } },
        { key: 'format' },
        { key: 'aliases-where' },
        { key: 'aliases-how' },
      ],
    },
    {
      id: 'gateway',
      hints: [
        { key: 'other-host', when: { check: 'gateway-postmaster-answers', tag: 'ADDRESS_REFUSED' } },
        { key: 'no-mailboxes' },
        { key: 'format' },
        { key: 'gateway-how' },
      ],
    },
    {
      id: 'notices',
      hints: [{ key: 'classes' }, { key: 'classes-where' }, { key: 'classes-how' }],
    },
  ],
  checks,
  rubric: {
    'postmaster-answers': 3,
    'root-answers': 1,
    'abuse-answers': 2,
    'bare-postmaster-answers': 1,
    'gateway-postmaster-answers': 2,
    'policy-notices-arrive': 2,
  },
  reload: [
    { host: 'gateway', service: 'postfix' },
    { host: 'mailbox', service: 'postfix' },
  ],
});
