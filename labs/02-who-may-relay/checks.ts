/**
 * checks of 02-who-may-relay - see CHECKS.md for their specification.
 */
import {
  discern,
  fail,
  findOpenRelay,
  knock,
  mustArrive,
  mustRelayForNobody,
  notThere,
  pass,
  refusalIn,
  said,
  words,
  type Check,
  type CheckContext,
  type Finding,
  type Peer,
  type Reply,
  type RelayAttempt,
  type SentMail,
  type Speaker,
} from '#grader';

/** In lab 6 a message rests in the gateway's hold queue first. */
const arrivalMs = 10_000;

/** The ways in which a stranger may ask for relaying; each must be refused. */
function relayAttempts(own: string, reversePath = 'check@stranger.test'): readonly RelayAttempt[] {
  const plain = (victim: string): string => `${victim}@outside.test`;
  return [
    { name: 'plain', reversePath, recipient: plain },
    { name: 'null sender', reversePath: '', recipient: plain },
    { name: 'sender of your own domain', reversePath: `postmaster@${own}`, recipient: plain },
    { name: 'percent hack', reversePath, recipient: (victim) => `${victim}%outside.test@${own}` },
    { name: 'source route', reversePath, recipient: (victim) => `@${own}:${plain(victim)}` },
    { name: 'quoted', reversePath, recipient: (victim) => `"${plain(victim)}"@${own}` },
    { name: 'bang path', reversePath, recipient: (victim) => `outside.test!${victim}@${own}` },
  ];
}

/** Strangers: somebody on the Internet, and the neighbour's two hosts on the same wire. */
async function refusesStrangers(context: CheckContext, to: Peer, own: string): Promise<Finding> {
  const neighbours = (['gateway', 'mailbox'] as const).map((host) => ({ seat: context.filteringSeat.id, host }));
  const strangers: readonly Speaker[] = [{ actor: 'stranger' }, ...neighbours];
  const open = await findOpenRelay(context, strangers, to, relayAttempts(own));
  return open
    ? fail('RELAY_OPEN', `a refusal of RCPT TO:<${open.recipient}>`, open.actual, { attempt: open.attempt })
    : pass('RELAY_CLOSED');
}

/** From outside nobody sees what comes out; taking the message is enough, if the host has no reason to trust us. */
function refusesUs(context: CheckContext, own: string): Promise<Finding> {
  return mustRelayForNobody(context, relayAttempts(own, ''), own, {
    pass: pass('RELAY_CLOSED'),
    fail: (actual, attempt) =>
      fail('RELAY_OPEN', `a refusal of RCPT TO:<${attempt?.recipient}>`, actual, { attempt: attempt?.name ?? '' }),
  });
}

/** From outside: as inside, but a host that lets this computer in nowhere is not condemned for it. */
async function gatewayAnswersUs(context: CheckContext): Promise<Finding> {
  const opening = await knock(context);
  switch (opening.kind) {
    case 'silent':
      return fail('GATEWAY_SILENT', `220 from ${context.seat.gateway.address}`, opening.actual);
    case 'takes-everything':
      return fail('GATEWAY_TAKES_ANYTHING', 'a refusal of addresses that do not exist', opening.actual);
    case 'unproved':
      return opening.finding;
    case 'open':
      return isGateway(context, opening.greeting) ?? pass('GATEWAY_ANSWERS');
  }
}

/** It greets by its name; the finding when it does not. */
function isGateway({ seat }: CheckContext, greeting: Reply): Finding | undefined {
  const name = greeting.lines[0]?.split(' ')[0] ?? '';
  return name.toLowerCase() === seat.gateway.name ? undefined : fail('GATEWAY_MISNAMED', seat.gateway.name, name);
}

/** A fault of the host itself. "Relay access denied" may be 454 as well (defer_unauth_destination), and is a refusal by rule. */
function isTrouble({ outcome }: SentMail): boolean {
  const refusal = refusalIn(outcome);
  return refusal !== undefined && refusal.code < 500 && !/access denied/i.test(words(refusal));
}

const common = { kind: 'must-accept', level: 'required', persists: 'now', deadlineMs: 60_000 } as const;

export const checks: readonly Check[] = [
  {
    ...common,
    id: 'gateway-answers',
    step: 'gateway',
    subject: 'gateway',
    tags: ['GATEWAY_ANSWERS', 'GATEWAY_SILENT', 'GATEWAY_MISNAMED', 'GATEWAY_TURNS_AWAY', 'GATEWAY_TAKES_ANYTHING'],
    manual: 'postconf(5) inet_interfaces, myhostname; RFC 5321 section 4.5.1',
    outside: { by: 'smtp', run: gatewayAnswersUs },
    async run(context) {
      const { seat } = context;
      const gateway: Peer = { seat: seat.id, host: 'gateway' };
      const outcome = await context.dialogue({ actor: 'sound' }, gateway, []);
      const greeting = outcome.exchanges[0]?.reply;
      if (greeting?.code !== 220)
        return fail(
          'GATEWAY_SILENT',
          `220 from ${seat.gateway.address} port 25`,
          greeting ? words(greeting) : outcome.kind === 'no-conversation' ? outcome.reason : 'nothing',
        );
      const misnamed = isGateway(context, greeting);
      if (misnamed) return misnamed;
      const found = await discern(context, { actor: 'sound' }, gateway, seat.gateway.name);
      if (found.kind === 'refuses-everything')
        return fail('GATEWAY_TURNS_AWAY', '250 to RCPT TO:<postmaster>', found.actual);
      if (found.kind === 'takes-everything')
        return fail('GATEWAY_TAKES_ANYTHING', 'a refusal of addresses that do not exist', found.actual);
      return pass('GATEWAY_ANSWERS');
    },
  },
  {
    ...common,
    id: 'gateway-relays-own-mail',
    step: 'gateway',
    subject: 'gateway',
    needs: ['gateway-answers'],
    tags: ['OWN_MAIL_RELAYED', 'OWN_MAIL_REFUSED', 'OWN_MAIL_PUT_OFF', 'OWN_MAIL_LOST'],
    manual: 'postconf(5) mynetworks',
    outside: { by: 'nothing', because: 'trusted-address' },
    async run(context) {
      const { seat } = context;
      const sent = await context.send({
        from: { seat: seat.id, host: 'mailbox' },
        to: { seat: seat.id, host: 'gateway' },
        mailFrom: `${seat.user}@${seat.domain}`,
        rcptTo: [`${context.canary()}@outside.test`],
      });
      if (!sent.accepted)
        return fail(isTrouble(sent) ? 'OWN_MAIL_PUT_OFF' : 'OWN_MAIL_REFUSED', '250 to every command', said(sent), {
          address: seat.mailbox.address,
        });
      const messages = await context.outside(sent.canary, arrivalMs);
      return messages.some((message) => message.clientAddress === seat.gateway.address)
        ? pass('OWN_MAIL_RELAYED')
        : fail(
            'OWN_MAIL_LOST',
            `the message at mx.outside.test, from ${seat.gateway.address}`,
            messages[0] ? `it came from ${messages[0].clientAddress}` : 'accepted, but it did not come',
          );
    },
  },
  {
    ...common,
    id: 'gateway-refuses-strangers',
    step: 'closed',
    subject: 'gateway',
    kind: 'must-refuse',
    control: 'gateway-relays-own-mail',
    persists: 'survives',
    tags: ['RELAY_CLOSED', 'RELAY_OPEN'],
    manual: 'postconf(5) smtpd_relay_restrictions, mynetworks, relay_domains; RFC 2505 section 2.1',
    outside: {
      by: 'smtp',
      needs: ['gateway-answers'],
      run: (context) => refusesUs(context, context.seat.gateway.name),
    },
    run: (context) => refusesStrangers(context, { seat: context.seat.id, host: 'gateway' }, context.seat.gateway.name),
  },
  {
    ...common,
    id: 'mailbox-takes-own-mail',
    step: 'closed',
    subject: 'mailbox',
    tags: ['OWN_MAIL_ARRIVED', 'OWN_MAIL_NOT_ARRIVED'],
    manual: 'postconf(5) mydestination',
    outside: {
      by: 'delivery',
      run: (context) =>
        mustArrive(context, `${context.seat.user}@${context.seat.domain}`, {
          refused: (sent) => fail('OWN_MAIL_NOT_ARRIVED', 'the message in the mailbox', said(sent)),
          arrived: pass('OWN_MAIL_ARRIVED'),
          lost: () => fail('OWN_MAIL_NOT_ARRIVED', 'the message in the mailbox', notThere(undefined)),
        }),
    },
    async run(context) {
      const { seat } = context;
      const sent = await context.send({
        from: { seat: context.filteringSeat.id, host: 'gateway' },
        to: { seat: seat.id, host: 'mailbox' },
        rcptTo: [`${seat.user}@${seat.domain}`],
      });
      const look = sent.accepted ? await context.mailbox(seat, sent.canary, arrivalMs) : undefined;
      if (look?.kind === 'messages' && look.messages.length > 0) return pass('OWN_MAIL_ARRIVED');
      return fail('OWN_MAIL_NOT_ARRIVED', 'the message in the mailbox', sent.accepted ? notThere(look) : said(sent));
    },
  },
  {
    ...common,
    id: 'mailbox-refuses-strangers',
    step: 'closed',
    subject: 'mailbox',
    kind: 'must-refuse',
    control: 'mailbox-takes-own-mail',
    persists: 'survives',
    tags: ['RELAY_CLOSED', 'RELAY_OPEN'],
    manual: 'postconf(5) smtpd_relay_restrictions, mynetworks, relay_domains; RFC 2505 section 2.1',
    outside: { by: 'smtp', run: (context) => refusesUs(context, context.seat.domain) },
    run: (context) => refusesStrangers(context, { seat: context.seat.id, host: 'mailbox' }, context.seat.domain),
  },
  {
    ...common,
    id: 'mail-leaves-through-gateway',
    step: 'smarthost',
    subject: 'mailbox',
    needs: ['gateway-relays-own-mail'],
    tags: ['THROUGH_GATEWAY', 'PAST_GATEWAY', 'NOT_SENT'],
    manual: 'postconf(5) relayhost',
    outside: { by: 'nothing', because: 'inside' },
    async run(context) {
      const { seat } = context;
      const canary = context.canary();
      await context.exec(seat, 'mailbox', [
        'sh',
        '-c',
        `printf 'Subject: %s\\n\\n%s\\n' ${canary} ${canary} | sendmail -f ${seat.user} ${canary}@outside.test`,
      ]);
      const [message] = await context.outside(canary, arrivalMs);
      if (!message) return fail('NOT_SENT', 'the message at mx.outside.test', 'it did not come');
      return message.clientAddress === seat.gateway.address
        ? pass('THROUGH_GATEWAY')
        : fail('PAST_GATEWAY', `from the gateway ${seat.gateway.address}`, `from ${message.clientAddress}`);
    },
  },
];
