/**
 * checks - of the skeleton; see CHECKS.md for their specification.
 *
 * A check asks one question and answers with a finding: never points, never text. What must be refused names a benign control, so that a dead host proves nothing.
 */
import type { Check, CheckContext, Peer } from '#grader';

/** The host that this lab is about. */
function mailboxOf({ seat }: CheckContext): Peer {
  return { seat: seat.id, host: 'mailbox' };
}

export const checks: readonly Check[] = [
  {
    id: 'answers-ehlo',
    step: 'vrfy',
    subject: 'mailbox',
    kind: 'must-accept',
    level: 'required',
    persists: 'now',
    deadlineMs: 10_000,
    tags: ['EHLO_ANSWERED', 'EHLO_NOT_ANSWERED'],
    manual: 'RFC 5321 section 4.1.1.1',
    async run(context) {
      const { exchanges } = await context.dialogue({ actor: 'sound' }, mailboxOf(context), ['EHLO mx.sound.test']);
      const answer = exchanges.at(-1)?.reply;
      if (exchanges.length === 2 && answer?.code === 250) return { kind: 'pass', tag: 'EHLO_ANSWERED' };
      return {
        kind: 'fail',
        tag: 'EHLO_NOT_ANSWERED',
        expected: '250 to EHLO',
        actual: answer ? `${answer.code} ${answer.lines.join(' ')}` : 'no answer',
      };
    },
  },
  {
    id: 'vrfy-refused',
    step: 'vrfy',
    subject: 'mailbox',
    kind: 'must-refuse',
    control: 'answers-ehlo',
    level: 'required',
    persists: 'now',
    deadlineMs: 10_000,
    tags: ['VRFY_REFUSED', 'VRFY_ANSWERED'],
    manual: 'postconf(5) disable_vrfy_command',
    async run(context) {
      const { exchanges } = await context.dialogue({ actor: 'stranger' }, mailboxOf(context), [
        'EHLO mx.stranger.test',
        `VRFY ${context.seat.user}`,
      ]);
      const answer = exchanges.find(({ command }) => command.startsWith('VRFY'))?.reply;
      if (answer && answer.code >= 500) return { kind: 'pass', tag: 'VRFY_REFUSED' };
      return {
        kind: 'fail',
        tag: 'VRFY_ANSWERED',
        args: { user: context.seat.user },
        expected: '502 to VRFY',
        actual: answer ? `${answer.code} ${answer.lines.join(' ')}` : 'no answer',
      };
    },
  },
];
