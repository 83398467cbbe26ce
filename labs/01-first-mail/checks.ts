/**
 * checks of 01-first-mail - see CHECKS.md for their specification.
 */
import {
  converse,
  discern,
  fail,
  knock,
  mustArrive,
  mustRefuseUnknown,
  pass,
  refusalIn,
  replyToRcpt,
  said,
  sendTo,
  words,
  type Check,
  type CheckContext,
  type DialogueOutcome,
  type Finding,
  type MailboxLook,
  type Peer,
  type SentMail,
  type Speaker,
} from '#grader';

const arrivalMs = 6000;

/** The neighbour's gateway: whatever a later lab closes, your mailbox host must take mail from it. */
const neighbourOf = ({ filteringSeat }: CheckContext): Speaker => ({ seat: filteringSeat.id, host: 'gateway' });

const mailboxOf = ({ seat }: CheckContext): Peer => ({ seat: seat.id, host: 'mailbox' });

/** One message to the user, and what the user finds. */
async function sendToUser(context: CheckContext): Promise<{ sent: SentMail; look: MailboxLook | undefined }> {
  const { seat } = context;
  const rcptTo = [`${seat.user}@${seat.domain}`];
  const sent = context.reach
    ? await sendTo(context, { rcptTo })
    : await context.send({ from: neighbourOf(context), to: mailboxOf(context), rcptTo });
  return { sent, look: sent.accepted ? await context.mailbox(seat, sent.canary, arrivalMs) : undefined };
}

/** Greeting and EHLO reply begin with the host's own name. */
function isNamed({ seat }: CheckContext, { exchanges }: DialogueOutcome): Finding {
  const names = exchanges.slice(0, 2).map(({ reply }) => reply.lines[0]?.split(' ')[0] ?? '');
  const wanted = seat.mailbox.name;
  return names.length === 2 && names.every((name) => name.toLowerCase() === wanted)
    ? pass('NAME_RIGHT')
    : fail('NAME_WRONG', wanted, names.join(' and '));
}

function notTaken(sent: SentMail): Finding {
  const isPutOff = (refusalIn(sent.outcome)?.code ?? 500) < 500;
  return fail(isPutOff ? 'MAIL_PUT_OFF' : 'MAIL_REFUSED', '250 to every command', said(sent), { stage: sent.stage });
}

function lost({ seat }: CheckContext, { queueId }: SentMail): Finding {
  return fail('MAIL_LOST', `the message in the INBOX of ${seat.user}`, `accepted as ${queueId ?? '?'}, but not there`, {
    queueId: queueId ?? 'the queue id',
  });
}

/** From outside: the same question, but a host that lets this computer in nowhere is not condemned for it. */
async function answersUs(context: CheckContext): Promise<Finding> {
  const opening = await knock(context);
  switch (opening.kind) {
    case 'silent':
      return fail('NO_ANSWER', `a greeting from ${context.seat.mailbox.address}`, opening.actual);
    case 'takes-everything':
      return fail('TAKES_ANYTHING', 'a refusal of addresses that do not exist', opening.actual);
    case 'unproved':
      return opening.finding;
    case 'open':
      return pass('ANSWERS');
  }
}

const common = {
  subject: 'mailbox',
  kind: 'state',
  level: 'required',
  persists: 'now',
  deadlineMs: 45_000,
} as const;

export const checks: readonly Check[] = [
  {
    ...common,
    id: 'answers-on-25',
    step: 'listen',
    kind: 'must-accept',
    tags: ['ANSWERS', 'NO_ANSWER', 'TURNS_AWAY', 'TAKES_ANYTHING'],
    manual: 'postconf(5) inet_interfaces; RFC 5321 section 4.5.1',
    outside: { by: 'smtp', run: answersUs },
    async run(context) {
      const { seat } = context;
      const outcome = await context.dialogue(neighbourOf(context), mailboxOf(context), []);
      const greeting = outcome.exchanges[0]?.reply;
      if (!greeting)
        return fail(
          'NO_ANSWER',
          `a greeting from ${seat.mailbox.address} port 25`,
          outcome.kind === 'no-conversation' ? outcome.reason : 'nothing',
        );
      if (greeting.code !== 220) return fail('TURNS_AWAY', '220', words(greeting));
      const found = await discern(context, neighbourOf(context), mailboxOf(context), seat.mailbox.name);
      if (found.kind === 'refuses-everything') return fail('TURNS_AWAY', '250 to RCPT TO:<postmaster>', found.actual);
      if (found.kind === 'takes-everything')
        return fail('TAKES_ANYTHING', 'a refusal of addresses that do not exist', found.actual);
      return pass('ANSWERS');
    },
  },
  {
    ...common,
    id: 'says-its-name',
    step: 'listen',
    needs: ['answers-on-25'],
    tags: ['NAME_RIGHT', 'NAME_WRONG'],
    manual: 'postconf(5) myhostname; RFC 5321 section 4.3.1',
    outside: {
      by: 'smtp',
      needs: ['answers-on-25'],
      run: async (context) => isNamed(context, await converse(context, [])),
    },
    run: async (context) =>
      isNamed(context, await context.dialogue(neighbourOf(context), mailboxOf(context), ['EHLO mx.sound.test'])),
  },
  {
    ...common,
    id: 'mail-arrives',
    step: 'receive',
    kind: 'must-accept',
    needs: ['answers-on-25'],
    persists: 'survives',
    tags: ['MAIL_ARRIVED', 'MAIL_REFUSED', 'MAIL_PUT_OFF', 'MAIL_LOST', 'MAILBOX_CLOSED'],
    manual: 'postconf(5) mydestination, home_mailbox',
    outside: {
      by: 'delivery',
      needs: ['answers-on-25'],
      run: (context) =>
        mustArrive(context, `${context.seat.user}@${context.seat.domain}`, {
          refused: notTaken,
          arrived: pass('MAIL_ARRIVED'),
          lost: (sent) => lost(context, sent),
        }),
    },
    async run(context) {
      const { sent, look } = await sendToUser(context);
      const { user } = context.seat;
      if (!sent.accepted) return notTaken(sent);
      if (look?.kind !== 'messages')
        return fail('MAILBOX_CLOSED', `a login of ${user} over IMAP`, look?.reason ?? 'no look');
      return look.messages.length > 0 ? pass('MAIL_ARRIVED') : lost(context, sent);
    },
  },
  {
    ...common,
    id: 'unknown-user-refused',
    step: 'receive',
    kind: 'must-refuse',
    control: 'mail-arrives',
    tags: ['UNKNOWN_USER_REFUSED', 'UNKNOWN_USER_ACCEPTED', 'UNKNOWN_USER_PUT_OFF'],
    manual: 'postconf(5) local_recipient_maps, unknown_local_recipient_reject_code',
    outside: {
      by: 'smtp',
      needs: ['answers-on-25'],
      run: (context) =>
        mustRefuseUnknown(context, `${context.seat.user}@${context.seat.domain}`, {
          pass: pass('UNKNOWN_USER_REFUSED'),
          fail: (actual) => fail('UNKNOWN_USER_ACCEPTED', '550 to RCPT TO', actual),
        }),
    },
    async run(context) {
      const outcome = await context.dialogue(neighbourOf(context), mailboxOf(context), [
        `EHLO ${context.filteringSeat.gateway.name}`,
        `MAIL FROM:<postmaster@${context.filteringSeat.domain}>`,
        `RCPT TO:<${context.canary()}@${context.seat.domain}>`,
      ]);
      const answer = replyToRcpt(outcome);
      if (answer && answer.code >= 500) return pass('UNKNOWN_USER_REFUSED');
      const actual = answer ? words(answer) : 'no answer';
      return fail(
        answer && answer.code >= 400 ? 'UNKNOWN_USER_PUT_OFF' : 'UNKNOWN_USER_ACCEPTED',
        '550 to RCPT TO',
        actual,
      );
    },
  },
  {
    ...common,
    id: 'received-names-host',
    step: 'receive',
    needs: ['mail-arrives'],
    tags: ['TRACE_RIGHT', 'TRACE_WRONG'],
    manual: 'RFC 5321 section 4.4',
    outside: { by: 'mailbox', needs: ['mail-arrives'] },
    async run(context) {
      const { look } = await sendToUser(context);
      const wanted = `by ${context.seat.mailbox.name}`;
      // The topmost field is the last host's: each puts its own above the others.
      const trace =
        look?.kind === 'messages'
          ? look.messages[0]?.headers.find((field) => field.name.toLowerCase() === 'received')?.value
          : undefined;
      return trace?.toLowerCase().replace(/\s+/g, ' ').includes(wanted)
        ? pass('TRACE_RIGHT')
        : fail('TRACE_WRONG', `Received: ... ${wanted}`, trace ?? 'no Received field');
    },
  },
  {
    ...common,
    id: 'log-tells-delivery',
    step: 'receive',
    needs: ['mail-arrives'],
    tags: ['LOGGED', 'NOT_LOGGED'],
    manual: 'postlogd(8)',
    async run(context) {
      const { sent, look } = await sendToUser(context);
      const arrived = look?.kind === 'messages' && look.messages.length > 0;
      const lines =
        sent.queueId === undefined || !arrived
          ? []
          : await context.logLines(context.seat, 'mailbox', `${sent.queueId}:`, arrivalMs, /status=sent/);
      return lines.some((line) => line.includes('status=sent'))
        ? pass('LOGGED')
        : fail('NOT_LOGGED', 'status=sent in var/log/mail.log', lines.at(-1) ?? 'no line with its queue id');
    },
  },
  {
    ...common,
    id: 'mail-goes-out',
    step: 'send',
    kind: 'must-accept',
    tags: ['SENT', 'NOT_SENT'],
    manual: 'sendmail(1)',
    outside: { by: 'nothing', because: 'inside' },
    async run(context) {
      const messages = await context.outside(await sendFromHost(context), arrivalMs);
      return messages.length > 0 ? pass('SENT') : fail('NOT_SENT', 'the message at mx.outside.test', 'it did not come');
    },
  },
  {
    ...common,
    id: 'origin-is-domain',
    step: 'send',
    needs: ['mail-goes-out'],
    tags: ['ORIGIN_RIGHT', 'ORIGIN_WRONG'],
    manual: 'postconf(5) myorigin',
    async run(context) {
      const [message] = await context.outside(await sendFromHost(context), arrivalMs);
      const wanted = `@${context.seat.domain}`;
      const sender = message?.reversePath ?? 'no message';
      return sender.toLowerCase().endsWith(wanted)
        ? pass('ORIGIN_RIGHT')
        : fail('ORIGIN_WRONG', `a sender ${wanted}`, sender);
    },
  },
];

/** A message as a user of the host would send it. */
async function sendFromHost(context: CheckContext): Promise<string> {
  const canary = context.canary();
  await context.exec(context.seat, 'mailbox', [
    'sh',
    '-c',
    `printf 'To: <%s@outside.test>\\nSubject: %s\\n\\n%s\\n' ${canary} ${canary} ${canary} | sendmail -f ${context.seat.user} ${canary}@outside.test`,
  ]);
  return canary;
}
