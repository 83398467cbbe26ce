/**
 * checks of 03-someone-must-answer - see CHECKS.md for their specification.
 */
import type { Check, CheckContext, Finding, Speaker } from '#grader';

const arrivalMs = 6000;

/** Sends to the address at that host; it must reach the user's mailbox. */
async function reachesAPerson(context: CheckContext, host: 'gateway' | 'mailbox', recipient: string): Promise<Finding> {
  const { seat } = context;
  // A later lab closes the mailbox host to all but the neighbour's gateway.
  const from: Speaker = host === 'mailbox' ? { seat: context.filteringSeat.id, host: 'gateway' } : { actor: 'sound' };
  const sent = await context.send({ from, to: { seat: seat.id, host }, rcptTo: [recipient] });
  const address = recipient.replace(/[<>]/g, '');
  if (!sent.accepted)
    return {
      kind: 'fail',
      tag: 'ADDRESS_REFUSED',
      args: { address },
      expected: '250 to every command',
      actual: sent.deciding
        ? `${sent.deciding.code} ${sent.deciding.lines.join(' ')} (to ${sent.stage})`
        : 'no conversation',
    };
  const look = await context.mailbox(seat, sent.canary, arrivalMs);
  if (look.kind === 'messages' && look.messages.length > 0)
    return { kind: 'pass', tag: 'SOMEONE_ANSWERS', args: { address } };
  return {
    kind: 'fail',
    tag: 'NOBODY_READS_IT',
    args: { address },
    expected: `the message in the INBOX of ${seat.user}`,
    actual: look.kind === 'messages' ? 'accepted, but not there' : look.reason,
  };
}

const addressCheck = (id: string, recipient: (context: CheckContext) => string, manual: string): Check => ({
  id,
  step: 'aliases',
  subject: 'mailbox',
  kind: 'must-accept',
  level: 'required',
  persists: 'survives',
  deadlineMs: 30_000,
  tags: ['SOMEONE_ANSWERS', 'ADDRESS_REFUSED', 'NOBODY_READS_IT'],
  manual,
  run: (context) => reachesAPerson(context, 'mailbox', recipient(context)),
});

export const checks: readonly Check[] = [
  addressCheck('postmaster-answers', ({ seat }) => `postmaster@${seat.domain}`, 'RFC 5321 section 4.5.1; aliases(5)'),
  addressCheck('root-answers', ({ seat }) => `root@${seat.domain}`, 'aliases(5)'),
  addressCheck('abuse-answers', ({ seat }) => `abuse@${seat.domain}`, 'RFC 2142 section 4'),
  addressCheck('bare-postmaster-answers', () => '<postmaster>', 'RFC 5321 section 4.5.1'),
  {
    id: 'gateway-postmaster-answers',
    step: 'gateway',
    subject: 'gateway',
    kind: 'must-accept',
    needs: ['postmaster-answers'],
    level: 'required',
    persists: 'survives',
    deadlineMs: 30_000,
    tags: ['SOMEONE_ANSWERS', 'ADDRESS_REFUSED', 'NOBODY_READS_IT'],
    manual: 'RFC 5321 section 4.5.1; aliases(5)',
    run: (context) => reachesAPerson(context, 'gateway', `postmaster@${context.seat.gateway.name}`),
  },
  {
    id: 'policy-notices-arrive',
    step: 'notices',
    subject: 'mailbox',
    kind: 'state',
    needs: ['postmaster-answers'],
    level: 'required',
    persists: 'now',
    deadlineMs: 30_000,
    tags: ['NOTICE_CAME', 'NO_NOTICE'],
    manual: 'postconf(5) notify_classes',
    async run(context) {
      const canary = context.canary();
      await context.dialogue(
        { seat: context.filteringSeat.id, host: 'gateway' },
        { seat: context.seat.id, host: 'mailbox' },
        ['EHLO mx.stranger.test', 'MAIL FROM:<check@stranger.test>', `RCPT TO:<${canary}@outside.test>`],
      );
      const look = await context.mailbox(context.seat, canary, arrivalMs);
      if (look.kind === 'messages' && look.messages.length > 0) return { kind: 'pass', tag: 'NOTICE_CAME' };
      return {
        kind: 'fail',
        tag: 'NO_NOTICE',
        expected: 'a transcript of the refused session, to postmaster',
        actual: 'none came',
      };
    },
  },
];
