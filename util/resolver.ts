/**
 * resolver - DNS questions and their answers as closed unions.
 *
 * One port for the MTA's look-ups, SPF and the grader's probes. `createResolver` asks the name servers it is given (the lab's) and no other.
 * RFC 1034, RFC 1035, RFC 2308 (NXDOMAIN and NODATA are different answers).
 *
 * Limits: no cache (the lab's zones change while students edit them); c-ares does the UDP/TCP work.
 */
import type { Resolver as NodeResolver } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';

/** What a look-up came to. `tempfail` is a server failure, refusal or timeout: try again later. */
export type Answer<T> =
  | { readonly kind: 'found'; readonly records: readonly T[] }
  | { readonly kind: 'nxdomain' }
  | { readonly kind: 'nodata' }
  | { readonly kind: 'tempfail'; readonly reason: string };

export interface MxRecord {
  readonly preference: number;
  /** Without the final dot; empty string for a null MX (RFC 7505). */
  readonly exchange: string;
}

export interface Resolver {
  a(name: string): Promise<Answer<string>>;
  aaaa(name: string): Promise<Answer<string>>;
  mx(name: string): Promise<Answer<MxRecord>>;
  /** Each record with its character-strings joined (RFC 7208 section 3.3). */
  txt(name: string): Promise<Answer<string>>;
  cname(name: string): Promise<Answer<string>>;
  ns(name: string): Promise<Answer<string>>;
  /** PTR names of an IPv4 or IPv6 address. */
  ptr(address: string): Promise<Answer<string>>;
}

/** What a zone says of itself (RFC 1035 section 3.3.13). */
export interface SoaRecord {
  readonly primary: string;
  readonly contact: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

/** A resolver that can also ask for a zone's own record. */
export interface ZoneResolver extends Resolver {
  soa(name: string): Promise<Answer<SoaRecord>>;
}

export interface ResolverOptions {
  /** Name servers as `host` or `host:port` socket addresses. */
  readonly servers: readonly string[];
  /** Per try, milliseconds; default 2000. */
  readonly timeoutMs?: number;
  /** Tries; default 2. */
  readonly tries?: number;
}

/** Makes a resolver that asks `options.servers` only. */
export function createResolver(options: ResolverOptions): ZoneResolver {
  let loading: Promise<NodeResolver> | undefined;
  const resolver = (): Promise<NodeResolver> => (loading ??= loadResolver(options));
  const bare = (name: string): string => name.replace(/\.$/, '');
  return {
    a: (name) => ask(async () => (await resolver()).resolve4(bare(name))),
    aaaa: (name) => ask(async () => (await resolver()).resolve6(bare(name))),
    mx: (name) =>
      ask(async () =>
        (await (await resolver()).resolveMx(bare(name)))
          .map(({ priority, exchange }) => ({ preference: priority, exchange: bare(exchange) }))
          .sort((first, second) => first.preference - second.preference),
      ),
    txt: (name) =>
      ask(async () => (await (await resolver()).resolveTxt(bare(name))).map((strings) => strings.join(''))),
    cname: (name) => ask(async () => (await resolver()).resolveCname(bare(name))),
    ns: (name) => ask(async () => (await resolver()).resolveNs(bare(name))),
    ptr: (address) => ask(async () => (await resolver()).resolvePtr(reverseName(address))),
    soa: (name) =>
      ask(async () => {
        const { nsname, hostmaster, serial, refresh, retry, expire, minttl } = await (
          await resolver()
        ).resolveSoa(bare(name));
        return [{ primary: nsname, contact: hostmaster, serial, refresh, retry, expire, minimum: minttl }];
      }),
  };
}

/** Loaded with the first question: a class of hosts starts without it. */
async function loadResolver({ servers, timeoutMs = 2000, tries = 2 }: ResolverOptions): Promise<NodeResolver> {
  const { Resolver: Node } = await import('node:dns/promises');
  const resolver = new Node({ timeout: timeoutMs, tries });
  resolver.setServers([...servers]);
  return resolver;
}

/** Not `Resolver.reverse`, which also reads this machine's hosts file. RFC 1035 section 3.5, RFC 3596 section 2.5. */
function reverseName(address: string): string {
  const parsed = ipaddr.parse(address);
  return parsed.kind() === 'ipv4'
    ? `${parsed.toByteArray().reverse().join('.')}.in-addr.arpa`
    : `${Buffer.from(parsed.toByteArray()).toString('hex').split('').reverse().join('.')}.ip6.arpa`;
}

/** The address whose reverse name that is; undefined for any other name. Libraries that ask for PTR records by name need it. */
export function addressOfReverseName(name: string): string | undefined {
  const [, labels = '', family] = /^(.+)\.(in-addr|ip6)\.arpa\.?$/i.exec(name) ?? [];
  const parts = labels.split('.').reverse();
  const address = family?.toLowerCase() === 'ip6' ? (parts.join('').match(/.{4}/g) ?? []).join(':') : parts.join('.');
  return parts.length === (family?.toLowerCase() === 'ip6' ? 32 : 4) && ipaddr.isValid(address) ? address : undefined;
}

async function ask<T>(question: () => Promise<T[]>): Promise<Answer<T>> {
  try {
    const records = await question();
    return records.length > 0 ? { kind: 'found', records } : { kind: 'nodata' };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    if (code === 'ENOTFOUND') return { kind: 'nxdomain' };
    if (code === 'ENODATA') return { kind: 'nodata' };
    return { kind: 'tempfail', reason: code };
  }
}
