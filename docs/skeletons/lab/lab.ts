/**
 * lab - the skeleton of a lab: VRFY answers no more. Copy the folder to labs/NN-name and change everything.
 */
import { defineLab } from '#grader';
import { checks } from './checks.ts';

export default defineLab({
  id: '99-skeleton',
  version: '1.0.0',
  minutes: 10,
  after: [],
  steps: [{ id: 'vrfy', hints: [{ key: 'hidden', when: { check: 'vrfy-refused' } }, { key: 'parameter' }] }],
  checks,
  rubric: { 'answers-ehlo': 1, 'vrfy-refused': 2 },
  reload: [{ host: 'mailbox', service: 'postfix' }],
});
