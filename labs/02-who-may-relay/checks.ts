/**
 * checks of 02-who-may-relay - see CHECKS.md for their specification.
 */
import type { Check, CheckContext, Finding, Peer, Speaker } from '#grader';

const arrivalMs = 5000;

const pass = (tag: string): Finding => ({ kind: 'pass', tag });

/** The ways in which a stranger may ask for relaying; each must be refused. */
function relayAttempts(own: string): readonly { name: string; from: string; to: string }[] {
  return [
    { name: 'plain', from: 'check@stranger.test', to: 'victim@outside.test' },
    { name: 'null sender', from: '', to: 'victim@outside.test' },
    { name: 'sender of your own domain', from: `postmaster@${own}`, to: 'victim@outside.test' },
    { name: 'percent hack', from: 'check@stranger.test', to: `victim%outside.test@${own}` },
    { name: 'source route', from: 'check@stranger.test', to: `@${own}:victim@outside.test` },
    { name: 'quoted', from: 'check@stranger.test', to: `"victim@outside.test"@${own}` },
    { name: 'bang path', from: 'check@stranger.test', to: `outside.test!victim@${own}` },
  ];
}

/** Every attempt from each stranger; the first that is accepted is the finding. */
async function refusesStrangers(context: CheckContext, to: Peer, own: string): Promise<Finding> {
  const strangers: readonly Speaker[] = [{ actor: 'stranger' }, { seat: context.filteringSeat.id, host: 'gateway' }];
  for (const from of strangers) {
    for (const attempt of relayAttempts(own)) {
      const outcome = await context.dialogue(from, to, [
        'EHLO mx.stranger.test',
        `MAIL FROM:<${attempt.from}>`,
        `RCPT TO:<${attempt.to}>`,
      ]);
      const answer = outcome.exchanges.find((exchange) => exchange.command.startsWith('RCPT'))?.reply;
      const refusedEarlier = outcome.exchanges.some((exchange) => exchange.reply.code >= 400);
      if (answer ? answer.code >= 400 : refusedEarlier) continue;
      return {
        kind: 'fail',
        tag: 'RELAY_OPEN',
        args: { attempt: attempt.name },
        expected: `a refusal of RCPT TO:<${attempt.to}>`,
        actual: answer ? `${answer.code} ${answer.lines.join(' ')}` : 'no answer',
      };
    }
  }
  return pass('RELAY_CLOSED');
}

export const checks: readonly Check[] = [
  {
    id: 'gateway-answers',
    step: 'gateway',
    subject: 'gateway',
    kind: 'must-accept',
    level: 'required',
    persists: 'now',
    deadlineMs: 15_000,
    tags: ['GATEWAY_ANSWERS', 'GATEWAY_SILENT', 'GATEWAY_MISNAMED'],
    manual: 'postconf(5) inet_interfaces, myhostname',
    async run(context) {
      const outcome = await context.dialogue({ actor: 'sound' }, { seat: context.seat.id, host: 'gateway' }, []);
      const greeting = outcome.exchanges[0]?.reply;
      if (greeting?.code !== 220)
        return {
          kind: 'fail',
          tag: 'GATEWAY_SILENT',
          expected: '220 on port 25 of the gateway',
          actual: greeting ? `${greeting.code}` : outcome.kind === 'no-conversation' ? outcome.reason : 'nothing',
        };
      const name = greeting.lines[0]?.split(' ')[0] ?? '';
      return name === context.seat.gateway.name
        ? pass('GATEWAY_ANSWERS')
        : { kind: 'fail', tag: 'GATEWAY_MISNAMED', expected: context.seat.gateway.name, actual: name };
    },
  },
  {
    id: 'gateway-relays-own-mail',
    step: 'gateway',
    subject: 'gateway',
    kind: 'must-accept',
    needs: ['gateway-answers'],
    level: 'required',
    persists: 'now',
    deadlineMs: 30_000,
    tags: ['OWN_MAIL_RELAYED', 'OWN_MAIL_REFUSED', 'OWN_MAIL_LOST'],
    manual: 'postconf(5) mynetworks',
    async run(context) {
      const { seat } = context;
      const sent = await context.send({
        from: { seat: seat.id, host: 'mailbox' },
        to: { seat: seat.id, host: 'gateway' },
        mailFrom: `${seat.user}@${seat.domain}`,
        rcptTo: ['anybody@outside.test'],
      });
      if (!sent.accepted)
        return {
          kind: 'fail',
          tag: 'OWN_MAIL_REFUSED',
          expected: '250 to every command',
          actual: sent.deciding
            ? `${sent.deciding.code} ${sent.deciding.lines.join(' ')} (to ${sent.stage})`
            : 'no conversation',
        };
      const messages = await context.outside(sent.canary, arrivalMs);
      return messages.some((message) => message.clientAddress === seat.gateway.address)
        ? pass('OWN_MAIL_RELAYED')
        : {
            kind: 'fail',
            tag: 'OWN_MAIL_LOST',
            expected: 'the message at mx.outside.test',
            actual: 'accepted, but it did not come',
          };
    },
  },
  {
    id: 'gateway-refuses-strangers',
    step: 'closed',
    subject: 'gateway',
    kind: 'must-refuse',
    control: 'gateway-relays-own-mail',
    level: 'required',
    persists: 'survives',
    deadlineMs: 60_000,
    tags: ['RELAY_CLOSED', 'RELAY_OPEN'],
    manual: 'postconf(5) smtpd_relay_restrictions; RFC 2505 section 2.1',
    run: (context) => refusesStrangers(context, { seat: context.seat.id, host: 'gateway' }, context.seat.gateway.name),
  },
  {
    id: 'mailbox-takes-own-mail',
    step: 'closed',
    subject: 'mailbox',
    kind: 'must-accept',
    level: 'required',
    persists: 'now',
    deadlineMs: 30_000,
    tags: ['OWN_MAIL_ARRIVED', 'OWN_MAIL_NOT_ARRIVED'],
    manual: 'postconf(5) mydestination',
    async run(context) {
      const { seat } = context;
      const sent = await context.send({
        from: { seat: context.filteringSeat.id, host: 'gateway' },
        to: { seat: seat.id, host: 'mailbox' },
        rcptTo: [`${seat.user}@${seat.domain}`],
      });
      const look = sent.accepted ? await context.mailbox(seat, sent.canary, arrivalMs) : undefined;
      if (look?.kind === 'messages' && look.messages.length > 0) return pass('OWN_MAIL_ARRIVED');
      return {
        kind: 'fail',
        tag: 'OWN_MAIL_NOT_ARRIVED',
        expected: 'the message in the mailbox',
        actual: sent.accepted ? 'accepted, but not there' : (sent.deciding?.lines.join(' ') ?? 'no conversation'),
      };
    },
  },
  {
    id: 'mailbox-refuses-strangers',
    step: 'closed',
    subject: 'mailbox',
    kind: 'must-refuse',
    control: 'mailbox-takes-own-mail',
    level: 'required',
    persists: 'survives',
    deadlineMs: 60_000,
    tags: ['RELAY_CLOSED', 'RELAY_OPEN'],
    manual: 'postconf(5) smtpd_relay_restrictions; RFC 2505 section 2.1',
    run: (context) => refusesStrangers(context, { seat: context.seat.id, host: 'mailbox' }, context.seat.domain),
  },
  {
    id: 'mail-leaves-through-gateway',
    step: 'smarthost',
    subject: 'mailbox',
    kind: 'must-accept',
    needs: ['gateway-relays-own-mail'],
    level: 'required',
    persists: 'now',
    deadlineMs: 30_000,
    tags: ['THROUGH_GATEWAY', 'PAST_GATEWAY', 'NOT_SENT'],
    manual: 'postconf(5) relayhost',
    async run(context) {
      const { seat } = context;
      const canary = context.canary();
      await context.exec(seat, 'mailbox', [
        'sh',
        '-c',
        `printf 'Subject: ${canary}\\n\\n${canary}\\n' | sendmail -f ${seat.user} ${canary}@outside.test`,
      ]);
      const [message] = await context.outside(canary, arrivalMs);
      if (!message)
        return { kind: 'fail', tag: 'NOT_SENT', expected: 'the message at mx.outside.test', actual: 'it did not come' };
      return message.clientAddress === seat.gateway.address
        ? pass('THROUGH_GATEWAY')
        : {
            kind: 'fail',
            tag: 'PAST_GATEWAY',
            expected: `from the gateway ${seat.gateway.address}`,
            actual: `from ${message.clientAddress}`,
          };
    },
  },
];
