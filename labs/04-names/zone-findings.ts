/**
 * zone-findings - what a tester of domains would remark about the student's zones: serial, timers, name servers, aliases, names of all addresses.
 *
 * RFC 1912 sections 2.1-2.4, RFC 2308 section 5, RFC 2181 section 10. Each finding is one line: what was seen, and what is usual. None of them breaks mail.
 */
import type { CheckContext } from '#grader';

/** The findings, most important first; none for a good zone. */
export async function zoneFindings(context: CheckContext): Promise<string[]> {
  const { seat } = context;
  const reverse = `${seat.number}.18.198.in-addr.arpa`;
  const parts = await Promise.all([
    soaFindings(context, seat.domain),
    soaFindings(context, reverse),
    serverFindings(context),
    exchangeFindings(context),
    aliasFindings(context),
    reverseFindings(context),
  ]);
  return parts.flat();
}

/** Timers in seconds: name, from, to (as testers of domains have them; RFC 1912 section 2.2, RFC 2308 section 5 for the last). */
const timers = [
  ['refresh', 1200, 43_200],
  ['retry', 120, 7200],
  ['expire', 1_209_600, 2_419_200],
  ['minimum', 60, 86_400],
] as const;

async function soaFindings({ dns }: CheckContext, zone: string): Promise<string[]> {
  const answer = await dns.soa(zone);
  const [soa] = answer.kind === 'found' ? answer.records : [];
  if (!soa) return [`${zone}: no SOA record`];
  const found: string[] = [];
  if (!isDated(soa.serial)) found.push(`${zone}: serial ${soa.serial}; usual is YYYYMMDDnn`);
  for (const [name, least, most] of timers)
    if (soa[name] < least || soa[name] > most)
      found.push(`${zone}: ${name} ${soa[name]}; usual is ${least} to ${most} seconds`);
  if (soa.retry >= soa.refresh) found.push(`${zone}: retry ${soa.retry} is not less than refresh ${soa.refresh}`);
  if (soa.contact.includes('@') || !soa.contact.includes('.'))
    found.push(`${zone}: contact ${soa.contact}; it is an address with a dot in the place of @`);
  return found;
}

/** 2026112401: a day that exists, and two digits more. */
function isDated(serial: number): boolean {
  const [, year = '', month = '', day = ''] = /^(\d{4})(\d{2})(\d{2})\d{2}$/.exec(String(serial)) ?? [];
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return (
    Number(year) >= 1990 && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(`${year}-${month}-${day}`)
  );
}

async function serverFindings({ dns, seat, world }: CheckContext): Promise<string[]> {
  const answer = await dns.ns(seat.domain);
  if (answer.kind !== 'found') return [`${seat.domain}: no NS record`];
  const found: string[] = [];
  for (const name of answer.records) {
    if ((await dns.cname(name)).kind === 'found') found.push(`${seat.domain}: name server ${name} is an alias`);
    else if ((await dns.a(name)).kind !== 'found') found.push(`${seat.domain}: name server ${name} has no address`);
  }
  if (!answer.records.some((name) => name.toLowerCase() === world.dns.name))
    found.push(`${seat.domain}: NS is ${answer.records.join(', ')}, but ${world.dns.name} serves the zone`);
  return found;
}

async function exchangeFindings({ dns, seat }: CheckContext): Promise<string[]> {
  const answer = await dns.mx(seat.domain);
  if (answer.kind !== 'found') return [];
  const seen = new Map<string, string>();
  const found: string[] = [];
  for (const { exchange } of answer.records) {
    const address = await dns.a(exchange);
    for (const each of address.kind === 'found' ? address.records : []) {
      const other = seen.get(each);
      if (other !== undefined) found.push(`${seat.domain}: MX ${other} and MX ${exchange} are the same host (${each})`);
      seen.set(each, exchange);
    }
  }
  return found;
}

/** An alias at the domain itself would hide its MX and SOA (RFC 1912 section 2.4). */
async function aliasFindings({ dns, seat }: CheckContext): Promise<string[]> {
  const aliases = await Promise.all(
    [seat.domain, seat.mailbox.name, seat.gateway.name].map(async (name) => ({ name, answer: await dns.cname(name) })),
  );
  return aliases.flatMap(({ name, answer }) => (answer.kind === 'found' ? [`${name}: is an alias (CNAME)`] : []));
}

/** Each address has one name, and that name is the host's. */
async function reverseFindings({ dns, seat }: CheckContext): Promise<string[]> {
  const found: string[] = [];
  for (const { name, address } of [seat.gateway, seat.mailbox]) {
    const answer = await dns.ptr(address);
    if (answer.kind !== 'found') found.push(`${address}: no PTR record`);
    else if (answer.records.length > 1) found.push(`${address}: ${answer.records.length} PTR records; usual is one`);
    else if (answer.records[0]?.toLowerCase() !== name)
      found.push(`${address}: is called ${answer.records[0]}, not ${name}`);
  }
  return found;
}
