/**
 * answer-query - one question to one response, by the zones (RFC 1034 section 4.3.2, RFC 2308, RFC 6891).
 *
 * Authoritative answers; CNAMEs are followed as long as the target is in a zone served here; a zone cut gives a referral with glue; the SOA goes with every
 * negative answer. A zone that never loaded is SERVFAIL: the student sees that the zone is broken, not that the name is missing.
 *
 * Limits: no zone transfer, no update, no DNSSEC; recursion is never offered, since the lab's servers know every zone there is.
 */
import * as dnsPacket from 'dns-packet';
import type { Answer, DecodedPacket, Packet, Question } from 'dns-packet';
import { findName, isBelow, toAnswer, type RecordType, type Zone, type ZoneRecord } from '../zone/zone.ts';
import type { ZoneStore } from '../zone/zone-store.ts';

/** RFC 1035 section 4.1.1 response codes that are used here. */
const rcodes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
type Rcode = keyof typeof rcodes;

interface Sections {
  rcode: Rcode;
  authoritative: boolean;
  answers: Answer[];
  authorities: Answer[];
  additionals: Answer[];
}

const mostAliases = 16;

/** Answers a query; undefined when the bytes are not even a DNS header or are a response themselves. */
export async function answerQuery(
  store: ZoneStore,
  query: Buffer,
  transport: 'udp' | 'tcp',
): Promise<Buffer | undefined> {
  if (query.length < 12 || (query.readUInt8(2) & 0x80) !== 0) return undefined;
  let packet: DecodedPacket & { opcode?: string };
  try {
    packet = dnsPacket.decode(query);
  } catch {
    return emptyResponse(query, 'FORMERR');
  }
  if (packet.opcode !== 'QUERY') return emptyResponse(query, 'NOTIMP');
  const [question] = packet.questions ?? [];
  if (!question || packet.questions?.length !== 1) return emptyResponse(query, 'FORMERR');
  if (question.class !== 'IN' || (question.type as string) === 'AXFR' || (question.type as string) === 'IXFR')
    return emptyResponse(query, 'REFUSED');
  return encodeResponse(packet, question, await findSections(store, question), transport);
}

async function findSections(store: ZoneStore, question: Question): Promise<Sections> {
  const sections: Sections = { rcode: 'NOERROR', authoritative: true, answers: [], authorities: [], additionals: [] };
  let name = question.name.toLowerCase().replace(/\.$/, '');
  let shownName = question.name.replace(/\.$/, '');
  for (let followed = 0; followed <= mostAliases; followed++) {
    const alias = await answerName(store, name, shownName, question.type as RecordType | 'ANY', sections);
    if (alias === undefined) return sections;
    name = alias;
    shownName = alias;
  }
  sections.rcode = 'SERVFAIL'; // RFC 1034 section 3.6.2: CNAME loops are an error
  return sections;
}

/** Adds what there is for one name; returns the alias to follow, if any. */
async function answerName(
  store: ZoneStore,
  name: string,
  shownName: string,
  type: RecordType | 'ANY',
  sections: Sections,
): Promise<string | undefined> {
  const closest = await store.closest(name);
  if (!closest) return void (sections.rcode = sections.answers.length > 0 ? 'NOERROR' : 'REFUSED');
  if (!closest.zone) return void (sections.rcode = 'SERVFAIL');
  const { zone } = closest;
  const found = findName(zone, name);
  switch (found.kind) {
    case 'delegation':
      return refer(zone, found.cut, found.servers, sections);
    case 'none':
      sections.rcode = 'NXDOMAIN';
      return negative(zone, sections);
    case 'empty':
      return negative(zone, sections);
    case 'name': {
      const records = type === 'ANY' ? [...found.sets.values()].flat() : (found.sets.get(type) ?? []);
      const [alias] = found.sets.get('CNAME') ?? [];
      if (records.length === 0 && alias) {
        sections.answers.push(toAnswer(alias, shownName));
        return alias.data as string;
      }
      if (records.length === 0) return negative(zone, sections);
      sections.answers.push(...records.map((record) => toAnswer(record, shownName)));
      addAddresses(zone, records, sections);
    }
  }
  return undefined;
}

/** RFC 1034 section 4.3.1: addresses of the hosts that the answer names. */
function addAddresses(zone: Zone, records: readonly ZoneRecord[], sections: Sections): void {
  const targets = records.flatMap(({ type, data }) =>
    type === 'NS'
      ? [data as string]
      : type === 'MX'
        ? [(data as { exchange: string }).exchange]
        : type === 'SRV'
          ? [(data as { target: string }).target]
          : [],
  );
  for (const target of new Set(targets)) {
    if (!isBelow(target, zone.origin)) continue;
    for (const type of ['A', 'AAAA'] as const)
      sections.additionals.push(...(zone.names.get(target)?.get(type) ?? []).map((record) => toAnswer(record, target)));
  }
}

function refer(zone: Zone, cut: string, servers: readonly ZoneRecord[], sections: Sections): undefined {
  sections.authoritative = sections.answers.length > 0;
  sections.authorities.push(...servers.map((record) => toAnswer(record, cut)));
  addAddresses(zone, servers, sections);
}

/** RFC 2308 section 3: the SOA, with the smaller of its TTL and MINIMUM, tells how long the absence may be believed. */
function negative(zone: Zone, sections: Sections): undefined {
  const [soa] = zone.names.get(zone.origin)?.get('SOA') ?? [];
  if (soa)
    sections.authorities.push(
      toAnswer({ ...soa, ttl: Math.min(soa.ttl, (soa.data as { minimum: number }).minimum) }, zone.origin),
    );
}

function encodeResponse(
  query: DecodedPacket,
  question: Question,
  sections: Sections,
  transport: 'udp' | 'tcp',
): Buffer {
  const opt = query.additionals?.find((record) => record.type === 'OPT') as { udpPayloadSize?: number } | undefined;
  const limit = transport === 'tcp' ? 65535 : Math.min(Math.max(opt?.udpPayloadSize ?? 512, 512), 1232);
  const flags =
    (sections.authoritative ? dnsPacket.AUTHORITATIVE_ANSWER : 0) |
    ((query.flags ?? 0) & dnsPacket.RECURSION_DESIRED) |
    rcodes[sections.rcode];
  const edns: Answer[] = opt
    ? [{ type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, options: [] } as unknown as Answer]
    : [];
  const packet = (more: Partial<Packet>, extraFlags = 0): Buffer =>
    dnsPacket.encode({
      type: 'response',
      ...(query.id === undefined ? {} : { id: query.id }),
      flags: flags | extraFlags,
      questions: [question],
      additionals: edns,
      ...more,
    });
  const whole = packet({
    answers: sections.answers,
    authorities: sections.authorities,
    additionals: [...sections.additionals, ...edns],
  });
  if (whole.length <= limit) return whole;
  const withoutAdditionals = packet({ answers: sections.answers, authorities: sections.authorities });
  return withoutAdditionals.length <= limit ? withoutAdditionals : packet({}, dnsPacket.TRUNCATED_RESPONSE); // RFC 2181 section 9
}

/** A response that holds the header, and the question as it came if it is whole. */
function emptyResponse(query: Buffer, rcode: Rcode): Buffer {
  const response = Buffer.alloc(12);
  query.copy(response, 0, 0, 2);
  response.writeUInt16BE(0x8000 | (query.readUInt16BE(2) & 0x7900) | rcodes[rcode], 2);
  return response;
}
