/**
 * find-hosts - the addresses to try for a nexthop, in order (RFC 5321 section 5.1, RFC 7505, smtp(8)).
 *
 * `[host]` and `[address]` skip MX. Without MX records the domain's own address counts. Hosts that are not better than ourselves are cut off: mail must not loop.
 */
import net from 'node:net';
import type { PostfixConfig } from '../config/config.ts';
import type { MtaDeps } from '../mta-deps.ts';

export interface Peer {
  /** Name without final dot; the address itself for a literal. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

export type FoundHosts =
  | { readonly kind: 'hosts'; readonly peers: readonly Peer[] }
  | { readonly kind: 'bounced' | 'deferred'; readonly dsn: string; readonly text: string };

const servicePorts: Readonly<Record<string, number>> = { smtp: 25, submission: 587, lmtp: 24, smtps: 465 };

/** Finds the peers for `nexthop` (`domain`, `[host]`, either with `:port`). */
export async function findHosts(config: PostfixConfig, deps: MtaDeps, nexthop: string): Promise<FoundHosts> {
  const { host, port, isLiteral } = parseNexthop(nexthop);
  if (port === undefined) return { kind: 'deferred', dsn: '4.3.5', text: `unknown service in nexthop ${nexthop}` };
  const mine = new Set([...deps.interfaces.map(({ address }) => address), ...config.list('proxy_interfaces')]);
  if (isLiteral || net.isIP(host)) {
    const found = await addressesOf(deps, host, port, 'A');
    if (found.kind !== 'hosts') return found;
    const others = found.peers.filter((peer) => !mine.has(peer.address));
    return others.length > 0
      ? { kind: 'hosts', peers: others }
      : { kind: 'bounced', dsn: '5.4.6', text: `mail for ${nexthop} loops back to myself` };
  }
  return findByMx(config, deps, host, port, mine);
}

function parseNexthop(nexthop: string): { host: string; port: number | undefined; isLiteral: boolean } {
  const [, bracketed, plain = '', service] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.+))?$/.exec(nexthop) ?? [];
  const port = service === undefined ? 25 : /^\d+$/.test(service) ? Number(service) : servicePorts[service];
  return { host: (bracketed ?? plain).replace(/^ipv6:/i, ''), port, isLiteral: bracketed !== undefined };
}

async function findByMx(
  config: PostfixConfig,
  deps: MtaDeps,
  domain: string,
  port: number,
  mine: ReadonlySet<string>,
): Promise<FoundHosts> {
  const mx = await deps.resolver.mx(domain);
  if (mx.kind === 'tempfail') return notFound(domain, 'MX', 'Host not found, try again', true);
  if (mx.kind === 'nxdomain') return notFound(domain, 'MX', 'Host not found', false);
  if (mx.kind === 'nodata') return cutAtSelf(await addressesOf(deps, domain, port, 'A'), domain, mine);
  const records = [...mx.records].sort((first, second) => first.preference - second.preference);
  // RFC 7505 section 3: a single "." says that the domain takes no mail.
  if (records.length === 1 && records[0]?.exchange === '')
    return { kind: 'bounced', dsn: '5.1.0', text: `Domain ${domain} does not accept mail (nullMX)` };
  const peers: (Peer & { preference: number })[] = [];
  let lastFailure: FoundHosts | undefined;
  for (const { exchange, preference } of records) {
    const found = await addressesOf(deps, exchange, port, 'A');
    if (found.kind === 'hosts') peers.push(...found.peers.map((peer) => ({ ...peer, preference })));
    else lastFailure = found;
  }
  if (peers.length === 0) return lastFailure ?? notFound(domain, 'MX', 'Host not found', false);
  const own = peers.find((peer) => mine.has(peer.address));
  const better = own ? peers.filter((peer) => peer.preference < own.preference) : peers;
  if (better.length === 0) return { kind: 'bounced', dsn: '5.4.6', text: `mail for ${domain} loops back to myself` };
  return { kind: 'hosts', peers: shuffleEqual(better, config.bool('smtp_randomize_addresses')) };
}

function cutAtSelf(found: FoundHosts, domain: string, mine: ReadonlySet<string>): FoundHosts {
  if (found.kind === 'hosts' && found.peers.some((peer) => mine.has(peer.address)))
    return { kind: 'bounced', dsn: '5.4.6', text: `mail for ${domain} loops back to myself` };
  return found;
}

async function addressesOf(deps: MtaDeps, host: string, port: number, type: 'A'): Promise<FoundHosts> {
  if (net.isIP(host)) return { kind: 'hosts', peers: [{ name: host, address: host, port }] };
  const answer = await deps.resolver.a(host);
  if (answer.kind === 'found')
    return { kind: 'hosts', peers: answer.records.map((address) => ({ name: host, address, port })) };
  return notFound(
    host,
    type,
    answer.kind === 'tempfail' ? 'Host not found, try again' : 'Host not found',
    answer.kind === 'tempfail',
  );
}

function notFound(name: string, type: string, what: string, isTemporary: boolean): FoundHosts {
  return {
    kind: isTemporary ? 'deferred' : 'bounced',
    dsn: isTemporary ? '4.4.3' : '5.4.4',
    text: `Host or domain name not found. Name service error for name=${name} type=${type}: ${what}`,
  };
}

/** RFC 5321 section 5.1: equal preference means any order. */
function shuffleEqual(peers: readonly (Peer & { preference: number })[], isRandom: boolean): Peer[] {
  return peers
    .map((peer) => ({ peer, tie: isRandom ? Math.random() : 0 }))
    .sort((first, second) => first.peer.preference - second.peer.preference || first.tie - second.tie)
    .map(({ peer }) => ({ name: peer.name, address: peer.address, port: peer.port }));
}
