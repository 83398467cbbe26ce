/**
 * dns-query - questions to the lab's name server, each written to the evidence.
 */
import type { Answer, ZoneResolver } from '#util/resolver.ts';
import type { CheckContext, DnsAnswer } from '../context.ts';
import type { Evidence } from '../evidence.ts';

/** The `dns` part of a check's vocabulary. */
export function createDnsProbe(resolver: ZoneResolver, server: string, evidence: Evidence): CheckContext['dns'] {
  const ask = async <T>(type: string, name: string, question: Promise<Answer<T>>): Promise<DnsAnswer<T>> => {
    const answer = await question;
    const shown =
      answer.kind === 'found'
        ? answer.records.map((record) => JSON.stringify(record))
        : answer.kind === 'tempfail'
          ? [`failed: ${answer.reason}`]
          : [answer.kind];
    evidence.add('dns', `${server}: ${name} ${type}`, shown);
    return answer;
  };
  return {
    a: (name) => ask('A', name, resolver.a(name)),
    mx: (name) => ask('MX', name, resolver.mx(name)),
    txt: (name) => ask('TXT', name, resolver.txt(name)),
    ptr: (address) => ask('PTR', address, resolver.ptr(address)),
    cname: (name) => ask('CNAME', name, resolver.cname(name)),
    ns: (name) => ask('NS', name, resolver.ns(name)),
    soa: (name) => ask('SOA', name, resolver.soa(name)),
  };
}
