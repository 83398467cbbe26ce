/**
 * 05-filter-for-your-neighbour - MX through the neighbour's gateway, a relay for the neighbour's domain, a mailbox host that only its filter may reach.
 */
import { defineLab } from '#grader';
import { checks } from './checks.ts';

export default defineLab({
  id: '05-filter-for-your-neighbour',
  version: '1.0.0',
  minutes: 60,
  after: ['01-first-mail', '02-who-may-relay', '03-someone-must-answer', '04-names'],
  steps: [
    {
      id: 'mx',
      hints: [
        { key: 'mx-one', when: { check: 'mx-leads-to-neighbour', tag: 'MX_GOES_ROUND' } },
        { key: 'mx-name' },
        { key: 'mx-dot' },
        { key: 'mx-how' },
      ],
    },
    {
      id: 'relay',
      hints: [
        { key: 'recipients', when: { check: 'gateway-refuses-unknown', tag: 'UNKNOWN_ACCEPTED' } },
        { key: 'compiled', when: { check: 'gateway-takes-neighbours-mail', tag: 'NEIGHBOURS_USER_UNKNOWN' } },
        { key: 'not-mine', when: { check: 'gateway-takes-neighbours-mail', tag: 'NEIGHBOURS_USER_UNKNOWN' } },
        { key: 'loops', when: { check: 'gateway-takes-neighbours-mail', tag: 'NEIGHBOURS_MAIL_LOST' } },
        { key: 'relay-domains' },
        { key: 'relay-where' },
        { key: 'relay-how' },
      ],
    },
    {
      id: 'closed',
      hints: [{ key: 'client-list' }, { key: 'closed-where' }, { key: 'closed-how' }],
    },
  ],
  checks,
  rubric: {
    'mx-leads-to-neighbour': 2,
    'gateway-takes-neighbours-mail': 4,
    'gateway-refuses-unknown': 3,
    'gateway-stays-closed': 2,
    'mailbox-takes-from-filter': 2,
    'mailbox-refuses-others': 3,
    'mail-comes-through-neighbour': 1,
  },
  reload: [
    { host: 'gateway', service: 'postfix' },
    { host: 'mailbox', service: 'postfix' },
  ],
});
