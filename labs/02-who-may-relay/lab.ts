/**
 * 02-who-may-relay - mynetworks, relayhost, and no open relay.
 */
import { defineLab } from '#grader';
import { checks } from './checks.ts';

export default defineLab({
  id: '02-who-may-relay',
  version: '1.0.0',
  minutes: 45,
  after: ['01-first-mail'],
  steps: [
    {
      id: 'gateway',
      hints: [
        { key: 'asleep', when: { check: 'gateway-answers', tag: 'GATEWAY_SILENT' } },
        { key: 'networks', when: { check: 'gateway-relays-own-mail', tag: 'OWN_MAIL_REFUSED' } },
        { key: 'who' },
        { key: 'gateway-where' },
        { key: 'gateway-how' },
      ],
    },
    {
      id: 'closed',
      hints: [
        { key: 'too-wide', when: { check: 'gateway-refuses-strangers', tag: 'RELAY_OPEN' } },
        { key: 'too-early', when: { check: 'mailbox-refuses-strangers', tag: 'RELAY_OPEN' } },
        { key: 'domains', when: { check: 'gateway-refuses-strangers', tag: 'RELAY_OPEN' } },
        { key: 'closed-where' },
        { key: 'default' },
        { key: 'closed-how' },
      ],
    },
    {
      id: 'smarthost',
      hints: [
        { key: 'direct', when: { check: 'mail-leaves-through-gateway', tag: 'PAST_GATEWAY' } },
        { key: 'direct' },
        { key: 'brackets' },
        { key: 'smarthost-how' },
      ],
    },
  ],
  checks,
  rubric: {
    'gateway-answers': 1,
    'gateway-relays-own-mail': 2,
    'gateway-refuses-strangers': 3,
    'mailbox-takes-own-mail': 1,
    'mailbox-refuses-strangers': 3,
    'mail-leaves-through-gateway': 2,
  },
  reload: [
    { host: 'gateway', service: 'postfix' },
    { host: 'mailbox', service: 'postfix' },
  ],
  genuine: {
    leftOut: {
      'mistakes/not-reloaded':
        'each new smtpd(8) reads main.cf when it starts, so a change without reload counts for some clients at once, for others later',
    },
  },
});
