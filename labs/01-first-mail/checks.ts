/**
 * checks of 01-first-mail - see CHECKS.md for their specification.
 */
import type { Check, CheckContext, Finding, Peer, Speaker } from '#grader';

const arrivalMs = 5000;

/** The neighbour's gateway: whatever a later lab closes, your mailbox host must take mail from it. */
const neighbourOf = ({ filteringSeat }: CheckContext): Speaker => ({ seat: filteringSeat.id, host: 'gateway' });

const mailboxOf = ({ seat }: CheckContext): Peer => ({ seat: seat.id, host: 'mailbox' });

const pass = (tag: string): Finding => ({ kind: 'pass', tag });

export const checks: readonly Check[] = [
  {
    id: 'answers-on-25',
    step: 'listen',
    subject: 'mailbox',
    kind: 'must-accept',
    level: 'required',
    persists: 'now',
    deadlineMs: 15_000,
    tags: ['ANSWERS', 'NO_ANSWER', 'TURNS_AWAY'],
    manual: 'postconf(5) inet_interfaces',
    async run(context) {
      const outcome = await context.dialogue({ actor: 'sound' }, mailboxOf(context), ['EHLO mx.sound.test']);
      const greeting = outcome.exchanges[0]?.reply;
      if (!greeting)
        return {
          kind: 'fail',
          tag: 'NO_ANSWER',
          expected: `a greeting from ${context.seat.mailbox.address} port 25`,
          actual: outcome.kind === 'no-conversation' ? outcome.reason : 'nothing',
        };
      if (greeting.code !== 220)
        return {
          kind: 'fail',
          tag: 'TURNS_AWAY',
          expected: '220',
          actual: `${greeting.code} ${greeting.lines.join(' ')}`,
        };
      return pass('ANSWERS');
    },
  },
  {
    id: 'says-its-name',
    step: 'listen',
    subject: 'mailbox',
    kind: 'state',
    needs: ['answers-on-25'],
    level: 'required',
    persists: 'now',
    deadlineMs: 15_000,
    tags: ['NAME_RIGHT', 'NAME_WRONG'],
    manual: 'postconf(5) myhostname; RFC 5321 section 4.3.1',
    async run(context) {
      const outcome = await context.dialogue({ actor: 'sound' }, mailboxOf(context), ['EHLO mx.sound.test']);
      const names = outcome.exchanges.slice(0, 2).map((exchange) => exchange.reply.lines[0]?.split(' ')[0] ?? '');
      const wanted = context.seat.mailbox.name;
      return names.length === 2 && names.every((name) => name.toLowerCase() === wanted)
        ? pass('NAME_RIGHT')
        : { kind: 'fail', tag: 'NAME_WRONG', expected: wanted, actual: names.join(' and ') };
    },
  },
  {
    id: 'mail-arrives',
    step: 'receive',
    subject: 'mailbox',
    kind: 'must-accept',
    needs: ['answers-on-25'],
    level: 'required',
    persists: 'survives',
    deadlineMs: 30_000,
    tags: ['MAIL_ARRIVED', 'MAIL_REFUSED', 'MAIL_LOST', 'MAILBOX_CLOSED'],
    manual: 'postconf(5) mydestination',
    async run(context) {
      const { seat } = context;
      const sent = await context.send({
        from: neighbourOf(context),
        to: mailboxOf(context),
        rcptTo: [`${seat.user}@${seat.domain}`],
      });
      if (!sent.accepted)
        return {
          kind: 'fail',
          tag: 'MAIL_REFUSED',
          args: { stage: sent.stage },
          expected: '250 to every command',
          actual: sent.deciding
            ? `${sent.deciding.code} ${sent.deciding.enhancedStatus ?? ''} ${sent.deciding.lines.join(' ')} (to ${sent.stage})`
            : 'no conversation',
        };
      const look = await context.mailbox(seat, sent.canary, arrivalMs);
      if (look.kind !== 'messages')
        return {
          kind: 'fail',
          tag: 'MAILBOX_CLOSED',
          expected: `a login of ${seat.user} over IMAP`,
          actual: look.reason,
        };
      return look.messages.length > 0
        ? pass('MAIL_ARRIVED')
        : {
            kind: 'fail',
            tag: 'MAIL_LOST',
            expected: `the message in the INBOX of ${seat.user}`,
            actual: 'accepted, but not there',
          };
    },
  },
  {
    id: 'unknown-user-refused',
    step: 'receive',
    subject: 'mailbox',
    kind: 'must-refuse',
    control: 'mail-arrives',
    level: 'required',
    persists: 'now',
    deadlineMs: 15_000,
    tags: ['UNKNOWN_USER_REFUSED', 'UNKNOWN_USER_ACCEPTED'],
    manual: 'postconf(5) local_recipient_maps',
    async run(context) {
      const nobody = `nobody-${context.canary()}@${context.seat.domain}`;
      const outcome = await context.dialogue(neighbourOf(context), mailboxOf(context), [
        'EHLO mx.sound.test',
        'MAIL FROM:<check@sound.test>',
        `RCPT TO:<${nobody}>`,
      ]);
      const answer = outcome.exchanges.find((exchange) => exchange.command.startsWith('RCPT'))?.reply;
      if (answer && answer.code >= 500) return pass('UNKNOWN_USER_REFUSED');
      return {
        kind: 'fail',
        tag: 'UNKNOWN_USER_ACCEPTED',
        expected: '550 to RCPT TO',
        actual: answer ? `${answer.code} ${answer.lines.join(' ')}` : 'no answer',
      };
    },
  },
  {
    id: 'received-names-host',
    step: 'receive',
    subject: 'mailbox',
    kind: 'state',
    needs: ['mail-arrives'],
    level: 'required',
    persists: 'now',
    deadlineMs: 30_000,
    tags: ['TRACE_RIGHT', 'TRACE_WRONG'],
    manual: 'RFC 5321 section 4.4',
    async run(context) {
      const { seat } = context;
      const sent = await context.send({
        from: neighbourOf(context),
        to: mailboxOf(context),
        rcptTo: [`${seat.user}@${seat.domain}`],
      });
      const look = await context.mailbox(seat, sent.canary, arrivalMs);
      const trace =
        look.kind === 'messages'
          ? look.messages[0]?.headers.find((field) => field.name.toLowerCase() === 'received')?.value
          : undefined;
      return trace?.includes(`by ${seat.mailbox.name}`)
        ? pass('TRACE_RIGHT')
        : {
            kind: 'fail',
            tag: 'TRACE_WRONG',
            expected: `Received: ... by ${seat.mailbox.name}`,
            actual: trace ?? 'no Received field',
          };
    },
  },
  {
    id: 'log-tells-delivery',
    step: 'receive',
    subject: 'mailbox',
    kind: 'state',
    needs: ['mail-arrives'],
    level: 'required',
    persists: 'now',
    deadlineMs: 30_000,
    tags: ['LOGGED', 'NOT_LOGGED'],
    manual: 'postlogd(8)',
    async run(context) {
      const { seat } = context;
      const sent = await context.send({
        from: neighbourOf(context),
        to: mailboxOf(context),
        rcptTo: [`${seat.user}@${seat.domain}`],
      });
      const lines =
        sent.queueId === undefined
          ? []
          : await context.logLines(seat, 'mailbox', sent.queueId, arrivalMs, /status=sent/);
      return lines.some((line) => line.includes('status=sent'))
        ? pass('LOGGED')
        : {
            kind: 'fail',
            tag: 'NOT_LOGGED',
            expected: 'status=sent in var/log/mail.log',
            actual: lines.at(-1) ?? 'no line',
          };
    },
  },
  {
    id: 'mail-goes-out',
    step: 'send',
    subject: 'mailbox',
    kind: 'must-accept',
    level: 'required',
    persists: 'now',
    deadlineMs: 30_000,
    tags: ['SENT', 'NOT_SENT'],
    manual: 'sendmail(1)',
    async run(context) {
      const canary = await sendFromHost(context);
      const messages = await context.outside(canary, arrivalMs);
      return messages.length > 0
        ? pass('SENT')
        : { kind: 'fail', tag: 'NOT_SENT', expected: 'the message at mx.outside.test', actual: 'it did not come' };
    },
  },
  {
    id: 'origin-is-domain',
    step: 'send',
    subject: 'mailbox',
    kind: 'state',
    needs: ['mail-goes-out'],
    level: 'required',
    persists: 'now',
    deadlineMs: 30_000,
    tags: ['ORIGIN_RIGHT', 'ORIGIN_WRONG'],
    manual: 'postconf(5) myorigin',
    async run(context) {
      const [message] = await context.outside(await sendFromHost(context), arrivalMs);
      const wanted = `@${context.seat.domain}`;
      const sender = message?.reversePath ?? 'no message';
      return sender.toLowerCase().endsWith(wanted)
        ? pass('ORIGIN_RIGHT')
        : { kind: 'fail', tag: 'ORIGIN_WRONG', expected: `a sender ${wanted}`, actual: sender };
    },
  },
];

/** A message as a user of the host would send it. */
async function sendFromHost(context: CheckContext): Promise<string> {
  const canary = context.canary();
  const text = `To: <${canary}@outside.test>\\nSubject: ${canary}\\n\\n${canary}\\n`;
  await context.exec(context.seat, 'mailbox', [
    'sh',
    '-c',
    `printf '${text}' | sendmail -f ${context.seat.user} ${canary}@outside.test`,
  ]);
  return canary;
}
