/**
 * checks of 05-filter-for-your-neighbour - see CHECKS.md for their specification.
 */
import type { Check, CheckContext, Finding, SentMail } from '#grader';

const arrivalMs = 8000;

const pass = (tag: string): Finding => ({ kind: 'pass', tag });
const fail = (tag: string, expected: string, actual: string): Finding => ({ kind: 'fail', tag, expected, actual });
const said = (sent: SentMail): string =>
  sent.deciding ? `${sent.deciding.code} ${sent.deciding.lines.join(' ')} (to ${sent.stage})` : 'no conversation';

/** Would the neighbour's mailbox host take the mail from our gateway? If not, the neighbour is not ready. */
async function neighbourTakesMail({ dialogue, filteredSeat, seat }: CheckContext): Promise<boolean> {
  const outcome = await dialogue({ seat: seat.id, host: 'gateway' }, { seat: filteredSeat.id, host: 'mailbox' }, [
    `EHLO ${seat.gateway.name}`,
    `MAIL FROM:<postmaster@${seat.domain}>`,
    `RCPT TO:<${filteredSeat.user}@${filteredSeat.domain}>`,
  ]);
  return outcome.exchanges.some((exchange) => exchange.command.startsWith('RCPT') && exchange.reply.code < 300);
}

/** The first refusal of an attempt, or what was accepted. */
async function attempt(
  context: CheckContext,
  from: 'sound' | 'stranger',
  host: 'gateway' | 'mailbox',
  recipient: string,
): Promise<{ refused: boolean; permanent: boolean; words: string }> {
  const outcome = await context.dialogue({ actor: from }, { seat: context.seat.id, host }, [
    `EHLO mx.${from}.test`,
    `MAIL FROM:<check@${from}.test>`,
    `RCPT TO:<${recipient}>`,
  ]);
  const refusal = outcome.exchanges.find((exchange) => exchange.reply.code >= 400)?.reply;
  const last = refusal ?? outcome.exchanges.at(-1)?.reply;
  return {
    refused: refusal !== undefined,
    permanent: (refusal?.code ?? 0) >= 500,
    words: last ? `${last.code} ${last.lines.join(' ')}` : 'no answer',
  };
}

const common = { level: 'required', persists: 'now', deadlineMs: 40_000 } as const;

export const checks: readonly Check[] = [
  {
    ...common,
    id: 'mx-leads-to-neighbour',
    step: 'mx',
    subject: 'dns',
    kind: 'state',
    tags: ['MX_IS_FILTER', 'MX_MISSING', 'MX_GOES_ROUND'],
    manual: 'RFC 5321 section 5.1',
    async run({ dns, seat, filteringSeat }) {
      const mx = await dns.mx(seat.domain);
      if (mx.kind !== 'found') return fail('MX_MISSING', `an MX record of ${seat.domain}`, mx.kind);
      const names = mx.records.map((record) => record.exchange.toLowerCase());
      return names.every((name) => name === filteringSeat.gateway.name)
        ? pass('MX_IS_FILTER')
        : fail('MX_GOES_ROUND', filteringSeat.gateway.name, names.join(', '));
    },
  },
  {
    ...common,
    id: 'gateway-takes-neighbours-mail',
    step: 'relay',
    subject: 'gateway',
    kind: 'must-accept',
    persists: 'survives',
    tags: ['NEIGHBOURS_MAIL_PASSES', 'NEIGHBOURS_MAIL_REFUSED', 'NEIGHBOURS_MAIL_LOST', 'NEIGHBOUR_NOT_READY'],
    manual: 'postconf(5) relay_domains, transport_maps',
    async run(context) {
      const { filteredSeat, seat } = context;
      const sent = await context.send({
        from: { actor: 'sound' },
        to: { seat: seat.id, host: 'gateway' },
        rcptTo: [`${filteredSeat.user}@${filteredSeat.domain}`],
      });
      if (!sent.accepted) return fail('NEIGHBOURS_MAIL_REFUSED', '250 to every command', said(sent));
      const look = await context.mailbox(filteredSeat, sent.canary, arrivalMs);
      if (look.kind === 'messages' && look.messages.length > 0) return pass('NEIGHBOURS_MAIL_PASSES');
      if (look.kind !== 'messages' || !(await neighbourTakesMail(context)))
        return { kind: 'waiting', tag: 'NEIGHBOUR_NOT_READY', neighbour: filteredSeat.id };
      return fail(
        'NEIGHBOURS_MAIL_LOST',
        `the message in the INBOX of ${filteredSeat.user} at ${filteredSeat.domain}`,
        'your gateway took it, but it did not come',
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
    tags: ['UNKNOWN_REFUSED', 'UNKNOWN_ACCEPTED'],
    manual: 'postconf(5) relay_recipient_maps',
    async run(context) {
      const { refused, permanent, words } = await attempt(
        context,
        'sound',
        'gateway',
        `nobody-${context.canary()}@${context.filteredSeat.domain}`,
      );
      return refused && permanent ? pass('UNKNOWN_REFUSED') : fail('UNKNOWN_ACCEPTED', '550 to RCPT TO', words);
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
    manual: 'postconf(5) smtpd_relay_restrictions',
    async run(context) {
      for (const recipient of ['victim@outside.test', `victim%outside.test@${context.filteredSeat.domain}`]) {
        const { refused, words } = await attempt(context, 'stranger', 'gateway', recipient);
        if (!refused) return fail('RELAY_OPEN', `a refusal of RCPT TO:<${recipient}>`, words);
      }
      return pass('STILL_CLOSED');
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
    async run(context) {
      const { seat, filteringSeat } = context;
      const sent = await context.send({
        from: { seat: filteringSeat.id, host: 'gateway' },
        to: { seat: seat.id, host: 'mailbox' },
        rcptTo: [`${seat.user}@${seat.domain}`],
      });
      if (!sent.accepted) return fail('FILTER_REFUSED', '250 to every command', said(sent));
      const look = await context.mailbox(seat, sent.canary, arrivalMs);
      return look.kind === 'messages' && look.messages.length > 0
        ? pass('FILTER_MAY_ENTER')
        : fail('FILTER_MAIL_LOST', 'the message in the mailbox', 'accepted, but not there');
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
    async run(context) {
      for (const actor of ['sound', 'stranger'] as const) {
        const { refused, words } = await attempt(
          context,
          actor,
          'mailbox',
          `${context.seat.user}@${context.seat.domain}`,
        );
        if (!refused) return fail('OTHERS_MAY_ENTER', 'a refusal: the filter must not be passed by', words);
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
        : { kind: 'waiting', tag: 'FILTER_NOT_READY', neighbour: filteringSeat.id };
    },
  },
];
