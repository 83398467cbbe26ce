/**
 * checks of 04-names - see CHECKS.md for their specification.
 */
import {
  deliversFrom,
  fail,
  notThere,
  pass,
  said,
  waitFor,
  warn,
  type Check,
  type CheckContext,
  type Finding,
  type Peer,
} from '#grader';
import { zoneFindings } from './zone-findings.ts';

/** In lab 6 a message rests in a gateway's hold queue first. */
const arrivalMs = 10_000;

const common = { subject: 'dns', kind: 'state', level: 'required', persists: 'now', deadlineMs: 45_000 } as const;

/** The seat's hosts whose names and addresses are known: from outside only the target's are. */
function knownHosts({ seat, reach }: CheckContext): readonly { name: string; address: string }[] {
  return reach ? [seat[reach.place]] : [seat.gateway, seat.mailbox];
}

/** The text records of the domain. */
async function textRecords(context: CheckContext): Promise<readonly string[]> {
  const answer = await context.dns.txt(context.seat.domain);
  return answer.kind === 'found' ? answer.records : [];
}

/** RFC 7208 section 4.5. */
const isSpf = (record: string): boolean => /^v=spf1( |$)/i.test(record);

const quoted = (record: string): string => `"${record}"`;

/** Which of the lab's hosts is that address? Only those that may have the student's mail. */
function hostAt({ seat, filteringSeat }: CheckContext, address: string): Peer | undefined {
  if (address === seat.mailbox.address) return { seat: seat.id, host: 'mailbox' };
  if (address === seat.gateway.address) return { seat: seat.id, host: 'gateway' };
  if (address === filteringSeat.gateway.address) return { seat: filteringSeat.id, host: 'gateway' };
  return undefined;
}

/** Sends to the domain by one of its MX hosts. */
async function arrivesBy(context: CheckContext, exchange: string): Promise<Finding> {
  const { seat, filteringSeat } = context;
  const address = await context.dns.a(exchange);
  const first = address.kind === 'found' ? (address.records[0] ?? '') : '';
  const host = hostAt(context, first);
  if (!host) return fail('MX_HOST_REFUSES', 'an MX that takes mail for the domain', `${exchange} is ${first}`);
  const sent = await context.send({ from: { actor: 'sound' }, to: host, rcptTo: [`${seat.user}@${seat.domain}`] });
  const look = sent.accepted ? await context.mailbox(seat, sent.canary, arrivalMs) : undefined;
  if (look?.kind === 'messages' && look.messages.length > 0) return pass('ARRIVED_BY_MX');
  // After lab 5 the MX is the neighbour's gateway: whose part is missing?
  if (host.seat !== seat.id && (!sent.accepted || (await deliversFrom(context, filteringSeat, seat))))
    return waitFor('FILTER_NOT_READY', filteringSeat.id);
  return sent.accepted
    ? fail('NOT_ARRIVED_BY_MX', 'the message in the mailbox', `${exchange}: ${notThere(look)}`)
    : fail('MX_HOST_REFUSES', `250 to every command from ${exchange}`, said(sent));
}

export const checks: readonly Check[] = [
  {
    ...common,
    id: 'zone-is-sound',
    step: 'forward',
    tags: ['ZONE_SERVED', 'ZONE_BROKEN'],
    manual: 'named-checkzone(1)',
    outside: { by: 'dns' },
    async run(context) {
      for (const { name, address } of knownHosts(context)) {
        const answer = await context.dns.a(name);
        if (answer.kind === 'tempfail')
          return fail('ZONE_BROKEN', 'the zone is served', 'the name server cannot load it');
        if (answer.kind !== 'found' || !answer.records.includes(address))
          return fail(
            'ZONE_BROKEN',
            `${name} A ${address}`,
            answer.kind === 'found' ? answer.records.join(', ') : answer.kind,
          );
      }
      return pass('ZONE_SERVED');
    },
  },
  {
    ...common,
    id: 'mx-names-mailbox',
    step: 'forward',
    needs: ['zone-is-sound'],
    tags: ['MX_RIGHT', 'MX_MISSING', 'MX_LEADS_NOWHERE', 'MX_IS_ALIAS', 'FILTER_NOT_READY'],
    manual: 'RFC 5321 section 5.1; RFC 2181 section 10.3',
    outside: { by: 'dns' },
    async run(context) {
      const mx = await context.dns.mx(context.seat.domain);
      if (mx.kind !== 'found') return fail('MX_MISSING', `an MX record of ${context.seat.domain}`, mx.kind);
      for (const { exchange } of mx.records) {
        if ((await context.dns.cname(exchange)).kind === 'found')
          return fail('MX_IS_ALIAS', 'a host name that has an A record of its own', `${exchange} is an alias (CNAME)`);
        const address = await context.dns.a(exchange);
        if (address.kind === 'found') continue;
        return exchange.toLowerCase() === context.filteringSeat.gateway.name
          ? waitFor('FILTER_NOT_READY', context.filteringSeat.id)
          : fail('MX_LEADS_NOWHERE', `an address of ${exchange || '(nothing)'}`, address.kind);
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
    deadlineMs: 60_000,
    tags: ['ARRIVED_BY_MX', 'MX_HOST_REFUSES', 'NOT_ARRIVED_BY_MX', 'FILTER_NOT_READY'],
    manual: 'RFC 5321 section 5.1',
    outside: { by: 'nothing', because: 'other-host' },
    async run(context) {
      const mx = await context.dns.mx(context.seat.domain);
      const names = mx.kind === 'found' ? mx.records.slice(0, 5).map(({ exchange }) => exchange) : [];
      const findings = await Promise.all(names.map((name) => arrivesBy(context, name)));
      return (
        findings.find(({ kind }) => kind === 'fail') ??
        findings.find(({ kind }) => kind !== 'pass') ??
        pass('ARRIVED_BY_MX')
      );
    },
  },
  {
    ...common,
    id: 'zone-report',
    step: 'forward',
    needs: ['zone-is-sound'],
    level: 'warning',
    tags: ['ZONE_GOOD', 'ZONE_COULD_BE_BETTER'],
    manual: 'RFC 1912 section 2; RFC 2308 section 5',
    outside: { by: 'nothing', because: 'ring' },
    async run(context) {
      const findings = await zoneFindings(context);
      return findings.length === 0
        ? pass('ZONE_GOOD')
        : warn('ZONE_COULD_BE_BETTER', 'nothing to remark', findings.join('\n'), { count: findings.length });
    },
  },
  {
    ...common,
    id: 'ptr-leads-back',
    step: 'reverse',
    tags: ['PTR_RIGHT', 'PTR_MISSING', 'PTR_DOES_NOT_LEAD_BACK'],
    manual: 'RFC 8601 section 3; RFC 1912 section 2.1',
    outside: { by: 'dns' },
    async run(context) {
      for (const host of knownHosts(context)) {
        const ptr = await context.dns.ptr(host.address);
        if (ptr.kind !== 'found')
          return fail('PTR_MISSING', `a PTR record of ${host.address}`, ptr.kind, { address: host.address });
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
    tags: ['HELO_RIGHT', 'HELO_WRONG', 'NOTHING_SENT'],
    manual: 'RFC 5321 section 4.1.1.1; postconf(5) smtp_helo_name',
    outside: { by: 'nothing', because: 'trusted-address' },
    async run(context) {
      const { seat } = context;
      const sent = await context.send({
        from: { seat: seat.id, host: 'mailbox' },
        to: { seat: seat.id, host: 'gateway' },
        mailFrom: `${seat.user}@${seat.domain}`,
        rcptTo: [`${context.canary()}@outside.test`],
      });
      const [message] = sent.accepted ? await context.outside(sent.canary, arrivalMs) : [];
      if (!message)
        return fail(
          'NOTHING_SENT',
          'a message at mx.outside.test',
          sent.accepted ? 'accepted, but none came' : said(sent),
        );
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
    outside: { by: 'dns' },
    async run(context) {
      const texts = await textRecords(context);
      const records = texts.filter(isSpf);
      if (records.length === 1) return pass('SPF_ONE');
      return records.length === 0
        ? fail(
            'SPF_NONE',
            'one TXT record that begins with v=spf1 and a space',
            texts.map(quoted).join(' and ') || 'none',
          )
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
    outside: { by: 'dns', place: 'gateway', needs: ['spf-one-record'] },
    async run(context) {
      const { seat } = context;
      const sender = `${seat.user}@${seat.domain}`;
      const { result, reason } = await context.spf(seat.gateway.address, sender, seat.gateway.name);
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
    outside: { by: 'dns', place: 'gateway', needs: ['spf-allows-gateway'] },
    async run(context) {
      const { seat, world, filteringSeat } = context;
      const forger = world.actors.find(({ id }) => id === 'forger')?.host;
      // A forger far away, and somebody on the same wire.
      for (const { address, name } of [...(forger ? [forger] : []), filteringSeat.mailbox]) {
        const { result, reason } = await context.spf(address, `${seat.user}@${seat.domain}`, name);
        if (result !== 'fail' && result !== 'softfail')
          return fail(
            'OTHERS_ALLOWED',
            `for ${address}: fail (-all), or softfail (~all) while you try`,
            `${result} ${reason}`,
            { address },
          );
      }
      return pass('OTHERS_FORBIDDEN');
    },
  },
];
