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

/** Response codes that are used here (RFC 1035 section 4.1.1); from 16 on, the upper bits go into the OPT record (RFC 6891 section 6.1.3). */
const rcodes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, BADVERS: 16 } as const;
type Rcode = keyof typeof rcodes;

interface Sections {
  rcode: Rcode;
  authoritative: boolean;
  answers: Answer[];
  authorities: Answer[];
  additionals: Answer[];
}

/** What a query's OPT record says, as the packet library names it. */
interface Opt {
  readonly udpPayloadSize?: number;
  readonly ednsVersion?: number;
}

const mostAliases = 16;

function noAnswer(rcode: Rcode): Sections {
  return { rcode, authoritative: false, answers: [], authorities: [], additionals: [] };
}

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
  const opts = (packet.additionals ?? []).filter((record) => record.type === 'OPT') as unknown as Opt[];
  if (opts.length > 1) return emptyResponse(query, 'FORMERR'); // RFC 6891 section 6.1.1
  const [opt] = opts;
  const answer = (sections: Sections): Buffer => encodeResponse(packet, question, opt, sections, transport);
  if ((opt?.ednsVersion ?? 0) > 0) return answer(noAnswer('BADVERS')); // RFC 6891 section 6.1.3
  if (question.class !== 'IN' || (question.type as string) === 'AXFR' || (question.type as string) === 'IXFR')
    return answer(noAnswer('REFUSED'));
  return answer(await findSections(store, question));
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
  opt: Opt | undefined,
  sections: Sections,
  transport: 'udp' | 'tcp',
): Buffer {
  const limit = transport === 'tcp' ? 65535 : Math.min(Math.max(opt?.udpPayloadSize ?? 512, 512), 1232);
  const flags =
    (sections.authoritative && !['SERVFAIL', 'REFUSED'].includes(sections.rcode) ? dnsPacket.AUTHORITATIVE_ANSWER : 0) |
    ((query.flags ?? 0) & dnsPacket.RECURSION_DESIRED) |
    (rcodes[sections.rcode] & 0xf);
  const extendedRcode = rcodes[sections.rcode] >> 4;
  const edns: Answer[] = opt
    ? [{ type: 'OPT', name: '.', udpPayloadSize: 1232, extendedRcode, flags: 0, options: [] } as unknown as Answer]
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

/** A response that is only a header: the query could not be understood. */
function emptyResponse(query: Buffer, rcode: Rcode): Buffer {
  const response = Buffer.alloc(12);
  query.copy(response, 0, 0, 2);
  response.writeUInt16BE(0x8000 | (query.readUInt16BE(2) & 0x7900) | rcodes[rcode], 2);
  return response;
}
