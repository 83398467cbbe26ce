/**
 * checks of 04-names - see CHECKS.md for their specification.
 */
import type { Check, CheckContext, Finding } from '#grader';

const arrivalMs = 6000;

const pass = (tag: string): Finding => ({ kind: 'pass', tag });
const fail = (tag: string, expected: string, actual: string): Finding => ({ kind: 'fail', tag, expected, actual });

const common = { subject: 'dns', kind: 'state', level: 'required', persists: 'now', deadlineMs: 20_000 } as const;

/** The SPF records of the domain. */
async function spfRecords(context: CheckContext): Promise<string[]> {
  const answer = await context.dns.txt(context.seat.domain);
  return answer.kind === 'found' ? answer.records.filter((record) => /^v=spf1( |$)/i.test(record)) : [];
}

export const checks: readonly Check[] = [
  {
    ...common,
    id: 'zone-is-sound',
    step: 'forward',
    tags: ['ZONE_SERVED', 'ZONE_BROKEN'],
    manual: 'named-checkzone(1)',
    async run(context) {
      const ns = await context.dns.ns(context.seat.domain);
      const mail = await context.dns.a(context.seat.mailbox.name);
      if (ns.kind === 'tempfail' || mail.kind === 'tempfail')
        return fail('ZONE_BROKEN', 'the zone is served', 'the name server cannot load it');
      return mail.kind === 'found' && mail.records.includes(context.seat.mailbox.address)
        ? pass('ZONE_SERVED')
        : fail(
            'ZONE_BROKEN',
            `${context.seat.mailbox.name} A ${context.seat.mailbox.address}`,
            mail.kind === 'found' ? mail.records.join(', ') : mail.kind,
          );
    },
  },
  {
    ...common,
    id: 'mx-names-mailbox',
    step: 'forward',
    needs: ['zone-is-sound'],
    tags: ['MX_RIGHT', 'MX_MISSING', 'MX_LEADS_NOWHERE', 'MX_IS_ALIAS'],
    manual: 'RFC 5321 section 5.1; RFC 2181 section 10.3',
    async run(context) {
      const mx = await context.dns.mx(context.seat.domain);
      if (mx.kind !== 'found') return fail('MX_MISSING', `an MX record of ${context.seat.domain}`, mx.kind);
      for (const { exchange } of mx.records) {
        if ((await context.dns.cname(exchange)).kind === 'found')
          return fail('MX_IS_ALIAS', 'a host name that has an A record of its own', `${exchange} is an alias (CNAME)`);
        const address = await context.dns.a(exchange);
        if (address.kind !== 'found') return fail('MX_LEADS_NOWHERE', `an address of ${exchange}`, address.kind);
      }
      return pass('MX_RIGHT');
    },
  },
  {
    ...common,
    id: 'mail-by-mx-arrives',
    step: 'forward',
    // After lab 5 the MX is the neighbour's gateway.
    through: ['filtering-gateway'],
    kind: 'must-accept',
    needs: ['mx-names-mailbox'],
    deadlineMs: 30_000,
    tags: ['ARRIVED_BY_MX', 'MX_HOST_REFUSES', 'NOT_ARRIVED_BY_MX'],
    manual: 'RFC 5321 section 5.1',
    async run(context) {
      const { seat } = context;
      const mx = await context.dns.mx(seat.domain);
      const first = mx.kind === 'found' ? mx.records[0]?.exchange : undefined;
      const address = first === undefined ? undefined : await context.dns.a(first);
      const target = address?.kind === 'found' ? address.records[0] : undefined;
      const host =
        target === seat.mailbox.address
          ? ({ seat: seat.id, host: 'mailbox' } as const)
          : target === context.filteringSeat.gateway.address
            ? ({ seat: context.filteringSeat.id, host: 'gateway' } as const)
            : undefined;
      if (!host) return fail('MX_HOST_REFUSES', 'an MX that takes mail for the domain', `${first} is ${target}`);
      const sent = await context.send({ from: { actor: 'sound' }, to: host, rcptTo: [`${seat.user}@${seat.domain}`] });
      if (!sent.accepted)
        return fail('MX_HOST_REFUSES', '250 to every command', sent.deciding?.lines.join(' ') ?? 'no conversation');
      const look = await context.mailbox(seat, sent.canary, arrivalMs);
      return look.kind === 'messages' && look.messages.length > 0
        ? pass('ARRIVED_BY_MX')
        : fail('NOT_ARRIVED_BY_MX', 'the message in the mailbox', 'accepted, but not there');
    },
  },
  {
    ...common,
    id: 'ptr-leads-back',
    step: 'reverse',
    tags: ['PTR_RIGHT', 'PTR_MISSING', 'PTR_DOES_NOT_LEAD_BACK'],
    manual: 'RFC 8601 section 3; RFC 1912 section 2.1',
    async run(context) {
      for (const host of [context.seat.gateway, context.seat.mailbox]) {
        const ptr = await context.dns.ptr(host.address);
        if (ptr.kind !== 'found') return fail('PTR_MISSING', `a PTR record of ${host.address}`, ptr.kind);
        const back = await Promise.all(ptr.records.map((name) => context.dns.a(name)));
        const leadsBack = back.some((answer) => answer.kind === 'found' && answer.records.includes(host.address));
        if (!leadsBack)
          return fail('PTR_DOES_NOT_LEAD_BACK', `a name whose A record is ${host.address}`, ptr.records.join(', '));
      }
      return pass('PTR_RIGHT');
    },
  },
  {
    ...common,
    id: 'helo-is-ptr',
    step: 'reverse',
    subject: 'gateway',
    needs: ['ptr-leads-back'],
    deadlineMs: 30_000,
    tags: ['HELO_RIGHT', 'HELO_WRONG', 'NOTHING_SENT'],
    manual: 'RFC 5321 section 4.1.1.1; postconf(5) smtp_helo_name',
    async run(context) {
      const { seat } = context;
      const sent = await context.send({
        from: { seat: seat.id, host: 'mailbox' },
        to: { seat: seat.id, host: 'gateway' },
        mailFrom: `${seat.user}@${seat.domain}`,
        rcptTo: ['anybody@outside.test'],
      });
      const [message] = await context.outside(sent.canary, arrivalMs);
      if (!message) return fail('NOTHING_SENT', 'a message at mx.outside.test', 'none came');
      const ptr = await context.dns.ptr(message.clientAddress);
      const names = ptr.kind === 'found' ? ptr.records.map((name) => name.toLowerCase()) : [];
      return names.includes(message.heloName.toLowerCase())
        ? pass('HELO_RIGHT')
        : fail('HELO_WRONG', names.join(' or '), message.heloName);
    },
  },
  {
    ...common,
    id: 'spf-one-record',
    step: 'spf',
    needs: ['zone-is-sound'],
    tags: ['SPF_ONE', 'SPF_NONE', 'SPF_SEVERAL'],
    manual: 'RFC 7208 section 3.2, section 4.5',
    async run(context) {
      const records = await spfRecords(context);
      if (records.length === 1) return pass('SPF_ONE');
      return records.length === 0
        ? fail('SPF_NONE', 'one TXT record that begins with v=spf1', 'none')
        : fail('SPF_SEVERAL', 'one record', records.join(' and '));
    },
  },
  {
    ...common,
    id: 'spf-allows-gateway',
    step: 'spf',
    needs: ['spf-one-record'],
    tags: ['GATEWAY_ALLOWED', 'GATEWAY_NOT_ALLOWED'],
    manual: 'RFC 7208 section 5',
    async run(context) {
      const { seat } = context;
      const { result, reason } = await context.spf(
        seat.gateway.address,
        `${seat.user}@${seat.domain}`,
        seat.gateway.name,
      );
      return result === 'pass'
        ? pass('GATEWAY_ALLOWED')
        : fail('GATEWAY_NOT_ALLOWED', `pass for ${seat.gateway.address}`, `${result} ${reason}`);
    },
  },
  {
    ...common,
    id: 'spf-forbids-others',
    step: 'spf',
    kind: 'must-refuse',
    control: 'spf-allows-gateway',
    tags: ['OTHERS_FORBIDDEN', 'OTHERS_ALLOWED'],
    manual: 'RFC 7208 section 5.1',
    async run(context) {
      const { seat, world } = context;
      const forger = world.actors.find((actor) => actor.id === 'forger')?.host;
      const { result, reason } = await context.spf(
        forger?.address ?? '',
        `${seat.user}@${seat.domain}`,
        forger?.name ?? '',
      );
      return result === 'fail' || result === 'softfail'
        ? pass('OTHERS_FORBIDDEN')
        : fail('OTHERS_ALLOWED', 'fail (-all), or softfail (~all) while you try', `${result} ${reason}`);
    },
  },
];
