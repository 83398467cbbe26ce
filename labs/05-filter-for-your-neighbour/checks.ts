/**
 * checks of 05-filter-for-your-neighbour - see CHECKS.md for their specification.
 */
import {
  deliversFrom,
  fail,
  findOpenRelay,
  mustRefuseUnknown,
  mustRelayForNobody,
  mustTake,
  notThere,
  outcomeWords,
  pass,
  refusalIn,
  relayUser,
  said,
  speakerOf,
  waitFor,
  warn,
  words,
  type Check,
  type CheckContext,
  type DialogueOutcome,
  type Finding,
  type RelayAttempt,
  type SentMail,
  type Speaker,
} from '#grader';

/** In lab 6 a message rests in a gateway's hold queue first. */
const arrivalMs = 10_000;

/** Would that speaker's mail for the recipient be taken? */
function attempt(
  context: CheckContext,
  from: Speaker,
  host: 'gateway' | 'mailbox',
  recipient: string,
): Promise<DialogueOutcome> {
  const { name, domain } = speakerOf(context, from);
  return context.dialogue(from, { seat: context.seat.id, host }, [
    `EHLO ${name}`,
    `MAIL FROM:<check@${domain}>`,
    `RCPT TO:<${recipient}>`,
  ]);
}

function notTakenForNeighbour({ filteredSeat }: CheckContext, sent: SentMail): Finding {
  return fail(
    /user unknown/i.test(said(sent)) ? 'NEIGHBOURS_USER_UNKNOWN' : 'NEIGHBOURS_MAIL_REFUSED',
    '250 to every command',
    said(sent),
    { domain: filteredSeat.domain },
  );
}

/** RFC 5321 section 4.5.1: also of a domain that a host relays for. A gateway that asks the neighbour's host first is not blamed for its answer. */
async function knowsPostmaster(context: CheckContext): Promise<Finding> {
  const address = `postmaster@${context.filteredSeat.domain}`;
  const refusal = refusalIn(await attempt(context, { actor: 'sound' }, 'gateway', address));
  const isOurs = refusal !== undefined && refusal.code >= 500 && !/undeliverable address/i.test(words(refusal));
  return isOurs
    ? warn('NEIGHBOURS_POSTMASTER_REFUSED', `250 to RCPT TO:<${address}>`, words(refusal), { address })
    : pass('NEIGHBOURS_MAIL_PASSES');
}

/** Ways to ask for relaying now that the gateway takes mail for a foreign domain. */
function relayAttempts(filteredDomain: string, reversePath: string): readonly RelayAttempt[] {
  return [
    { name: 'plain', reversePath, recipient: (victim) => `${victim}@outside.test` },
    {
      name: "percent hack with the neighbour's domain",
      reversePath,
      recipient: (victim) => `${victim}%outside.test@${filteredDomain}`,
    },
  ];
}

const common = { level: 'required', persists: 'now', deadlineMs: 60_000 } as const;

export const checks: readonly Check[] = [
  {
    ...common,
    id: 'mx-leads-to-neighbour',
    step: 'mx',
    subject: 'dns',
    kind: 'state',
    tags: ['MX_IS_FILTER', 'MX_MISSING', 'MX_GOES_ROUND'],
    manual: 'RFC 5321 section 5.1',
    outside: { by: 'nothing', because: 'ring' },
    async run({ dns, seat, filteringSeat }) {
      const mx = await dns.mx(seat.domain);
      if (mx.kind !== 'found') return fail('MX_MISSING', `an MX record of ${seat.domain}`, mx.kind);
      for (const { exchange } of mx.records) {
        // The neighbour's zone may be broken: its name is enough.
        if (exchange.toLowerCase() === filteringSeat.gateway.name) continue;
        const address = await dns.a(exchange);
        const isFilter =
          address.kind === 'found' && address.records.every((each) => each === filteringSeat.gateway.address);
        if (!isFilter)
          return fail(
            'MX_GOES_ROUND',
            filteringSeat.gateway.name,
            mx.records.map((record) => `${record.preference} ${record.exchange}`).join(', '),
            { exchange },
          );
      }
      return pass('MX_IS_FILTER');
    },
  },
  {
    ...common,
    id: 'gateway-takes-neighbours-mail',
    step: 'relay',
    subject: 'gateway',
    kind: 'must-accept',
    persists: 'survives',
    tags: [
      'NEIGHBOURS_MAIL_PASSES',
      'NEIGHBOURS_MAIL_REFUSED',
      'NEIGHBOURS_USER_UNKNOWN',
      'NEIGHBOURS_MAIL_LOST',
      'NEIGHBOURS_POSTMASTER_REFUSED',
      'NEIGHBOUR_NOT_READY',
    ],
    manual: 'postconf(5) relay_domains, relay_recipient_maps, transport_maps',
    outside: {
      by: 'refusal',
      wantsRelayUser: true,
      run: (context) => mustTake(context, relayUser(context), (sent) => notTakenForNeighbour(context, sent)),
    },
    async run(context) {
      const { filteredSeat, seat } = context;
      const isReady = deliversFrom(context, seat, filteredSeat);
      const sent = await context.send({
        from: { actor: 'sound' },
        to: { seat: seat.id, host: 'gateway' },
        rcptTo: [`${filteredSeat.user}@${filteredSeat.domain}`],
      });
      if (!sent.accepted) return notTakenForNeighbour(context, sent);
      // When even the grader's own message from our gateway's address does not get there, the neighbour is not ready.
      if (!(await isReady)) return waitFor('NEIGHBOUR_NOT_READY', filteredSeat.id);
      const look = await context.mailbox(filteredSeat, sent.canary, arrivalMs);
      return look.kind === 'messages' && look.messages.length > 0
        ? knowsPostmaster(context)
        : fail(
            'NEIGHBOURS_MAIL_LOST',
            `the message in the INBOX of ${filteredSeat.user} at ${filteredSeat.domain}`,
            `your gateway took it as ${sent.queueId ?? '?'}, but it did not come`,
            { queueId: sent.queueId ?? 'the queue id' },
          );
    },
  },
  {
    ...common,
    id: 'gateway-refuses-unknown',
    step: 'relay',
    subject: 'gateway',
    kind: 'must-refuse',
    control: 'gateway-takes-neighbours-mail',
    tags: ['UNKNOWN_REFUSED', 'UNKNOWN_ACCEPTED', 'UNKNOWN_PUT_OFF'],
    manual: 'postconf(5) relay_recipient_maps',
    outside: {
      by: 'smtp',
      wantsRelayUser: true,
      run: (context) =>
        mustRefuseUnknown(context, relayUser(context), {
          pass: pass('UNKNOWN_REFUSED'),
          fail: (actual) => fail('UNKNOWN_ACCEPTED', '550 to RCPT TO', actual),
        }),
    },
    async run(context) {
      const nobody = `${context.canary()}@${context.filteredSeat.domain}`;
      const outcome = await attempt(context, { actor: 'sound' }, 'gateway', nobody);
      const refusal = refusalIn(outcome);
      if (!refusal) return fail('UNKNOWN_ACCEPTED', '550 to RCPT TO', outcomeWords(outcome));
      return refusal.code >= 500
        ? pass('UNKNOWN_REFUSED')
        : warn('UNKNOWN_PUT_OFF', '550 to RCPT TO', outcomeWords(outcome));
    },
  },
  {
    ...common,
    id: 'gateway-stays-closed',
    step: 'relay',
    subject: 'gateway',
    kind: 'must-refuse',
    control: 'gateway-takes-neighbours-mail',
    tags: ['STILL_CLOSED', 'RELAY_OPEN'],
    manual: 'postconf(5) smtpd_relay_restrictions, relay_domains',
    outside: {
      by: 'smtp',
      wantsRelayUser: true,
      run: (context) =>
        mustRelayForNobody(context, relayAttempts(context.filteredSeat.domain, ''), context.filteredSeat.domain, {
          pass: pass('STILL_CLOSED'),
          fail: (actual, attempt) =>
            fail('RELAY_OPEN', `a refusal of RCPT TO:<${attempt?.recipient}>`, actual, {
              attempt: attempt?.name ?? '',
            }),
        }),
    },
    async run(context) {
      const { seat, filteringSeat, filteredSeat } = context;
      const open = await findOpenRelay(
        context,
        [{ actor: 'stranger' }, { seat: filteringSeat.id, host: 'gateway' }],
        { seat: seat.id, host: 'gateway' },
        relayAttempts(filteredSeat.domain, 'check@stranger.test'),
      );
      return open
        ? fail('RELAY_OPEN', `a refusal of RCPT TO:<${open.recipient}>`, open.actual, { attempt: open.attempt })
        : pass('STILL_CLOSED');
    },
  },
  {
    ...common,
    id: 'mailbox-takes-from-filter',
    step: 'closed',
    subject: 'mailbox',
    kind: 'must-accept',
    tags: ['FILTER_MAY_ENTER', 'FILTER_REFUSED', 'FILTER_MAIL_LOST'],
    manual: 'access(5)',
    outside: { by: 'nothing', because: 'trusted-address' },
    async run(context) {
      const { seat, filteringSeat } = context;
      const sent = await context.send({
        from: { seat: filteringSeat.id, host: 'gateway' },
        to: { seat: seat.id, host: 'mailbox' },
        rcptTo: [`${seat.user}@${seat.domain}`],
      });
      if (!sent.accepted)
        return fail('FILTER_REFUSED', '250 to every command', said(sent), { address: filteringSeat.gateway.address });
      const look = await context.mailbox(seat, sent.canary, arrivalMs);
      return look.kind === 'messages' && look.messages.length > 0
        ? pass('FILTER_MAY_ENTER')
        : fail('FILTER_MAIL_LOST', 'the message in the mailbox', notThere(look));
    },
  },
  {
    ...common,
    id: 'mailbox-refuses-others',
    step: 'closed',
    subject: 'mailbox',
    kind: 'must-refuse',
    control: 'mailbox-takes-from-filter',
    persists: 'survives',
    tags: ['OTHERS_TURNED_AWAY', 'OTHERS_MAY_ENTER'],
    manual: 'postconf(5) smtpd_client_restrictions',
    // Its control must come from the filter's address, and a host that refuses everybody looks the same.
    outside: { by: 'nothing', because: 'trusted-address' },
    async run(context) {
      const { seat, filteringSeat } = context;
      const others: readonly Speaker[] = [
        { actor: 'sound' },
        { actor: 'stranger' },
        { seat: filteringSeat.id, host: 'mailbox' },
      ];
      for (const from of others) {
        const outcome = await attempt(context, from, 'mailbox', `${seat.user}@${seat.domain}`);
        // Hanging up before a greeting turns away as well; that the host answers its filter is the control's part.
        const hungUp = outcome.kind === 'no-conversation' && outcome.exchanges.length === 0;
        if (refusalIn(outcome) === undefined && !hungUp)
          return fail('OTHERS_MAY_ENTER', 'a refusal: the filter must not be passed by', outcomeWords(outcome), {
            client: speakerOf(context, from).name,
          });
      }
      return pass('OTHERS_TURNED_AWAY');
    },
  },
  {
    ...common,
    id: 'mail-comes-through-neighbour',
    step: 'closed',
    subject: 'neighbour',
    kind: 'must-accept',
    persists: 'once',
    needs: ['mailbox-takes-from-filter'],
    tags: ['THE_RING_WORKS', 'FILTER_NOT_READY'],
    manual: 'RFC 5321 section 5.1',
    outside: { by: 'nothing', because: 'ring' },
    async run(context) {
      const { seat, filteringSeat } = context;
      const sent = await context.send({
        from: { actor: 'sound' },
        to: { seat: filteringSeat.id, host: 'gateway' },
        rcptTo: [`${seat.user}@${seat.domain}`],
      });
      const look = sent.accepted ? await context.mailbox(seat, sent.canary, arrivalMs) : undefined;
      // Our mailbox host takes mail from that gateway (needs): what is missing is the neighbour's part.
      return look?.kind === 'messages' && look.messages.length > 0
        ? pass('THE_RING_WORKS')
        : waitFor('FILTER_NOT_READY', filteringSeat.id);
    },
  },
];
