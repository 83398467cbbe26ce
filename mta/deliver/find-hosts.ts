/**
 * find-hosts - the addresses to try for a nexthop, in order (RFC 5321 section 5.1, RFC 7505, smtp(8)).
 *
 * `[host]` and `[address]` skip MX, as lmtp always does. Without MX records the domain's own address counts. On the SMTP port, hosts that are not better than ourselves are cut off: mail must not
 * loop. On other ports this host may well talk to itself, to a content filter for one.
 *
 * Limits: IPv4; a nexthop is one destination, not a list.
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

type NotFound = { readonly kind: 'bounced' | 'deferred'; readonly dsn: string; readonly text: string };
export type FoundHosts = { readonly kind: 'hosts'; readonly peers: readonly Peer[] } | NotFound;
type RankedPeer = Peer & { readonly preference: number };

const smtpPort = 25;
const servicePorts: Readonly<Record<string, number>> = {
  smtp: smtpPort,
  submission: 587,
  lmtp: 24,
  smtps: 465,
  submissions: 465,
};

/** Finds the peers for `nexthop` (`domain`, `[host]`, either with `:port`; for lmtp also `inet:host:port`). */
export async function findHosts(
  config: PostfixConfig,
  deps: MtaDeps,
  nexthop: string,
  protocol: 'smtp' | 'lmtp',
): Promise<FoundHosts> {
  if (protocol === 'lmtp' && nexthop.startsWith('unix:'))
    return {
      kind: 'deferred',
      dsn: '4.3.5',
      text: `unix-domain sockets are not available in this mail system: ${nexthop}`,
    };
  const { host, port, isLiteral } = parseNexthop(
    nexthop.replace(/^inet:/, ''),
    protocol === 'lmtp' ? '24' : config.text('smtp_tcp_port'),
  );
  if (port === undefined || host === '')
    return { kind: 'deferred', dsn: '4.3.5', text: `bad nexthop or unknown service in "${nexthop}"` };
  const mine = port === smtpPort ? ownAddresses(config, deps) : new Set<string>();
  if (!isLiteral && net.isIP(host) === 0 && protocol === 'smtp') return findByMx(config, deps, host, port, mine);
  const found = await addressesOf(deps, host, port);
  return found.kind === 'hosts' && found.peers.some(({ address }) => mine.has(address)) ? looping(host) : found;
}

function parseNexthop(
  nexthop: string,
  defaultService: string,
): { host: string; port: number | undefined; isLiteral: boolean } {
  const [, bracketed, plain = '', service = defaultService] =
    /^(?:\[([^\]]*)\]|([^:]*))(?::(.+))?$/.exec(nexthop) ?? [];
  const number = /^\d{1,5}$/.test(service) ? Number(service) : servicePorts[service];
  const port = number !== undefined && number > 0 && number < 65536 ? number : undefined;
  return {
    host: (bracketed ?? plain).replace(/^ipv6:/i, '').replace(/\.$/, ''),
    port,
    isLiteral: bracketed !== undefined,
  };
}

/** Where this system takes mail: the addresses of inet_interfaces and proxy_interfaces. */
function ownAddresses(config: PostfixConfig, deps: MtaDeps): ReadonlySet<string> {
  const wanted = config.list('inet_interfaces');
  const isWanted = (address: string): boolean =>
    wanted.some((each) => each === 'all' || each.replace(/^\[|\]$/g, '') === address) ||
    address.startsWith('127.') ||
    // Named interfaces (`$myhostname`): an address of ours that is not told apart counts as taking mail.
    wanted.some(
      (each) => each !== 'loopback-only' && each !== 'localhost' && net.isIP(each.replace(/^\[|\]$/g, '')) === 0,
    );
  return new Set([
    ...deps.interfaces.map(({ address }) => address).filter(isWanted),
    ...config.list('proxy_interfaces'),
  ]);
}

async function findByMx(
  config: PostfixConfig,
  deps: MtaDeps,
  domain: string,
  port: number,
  mine: ReadonlySet<string>,
): Promise<FoundHosts> {
  const mx = await deps.resolver.mx(domain);
  if (mx.kind === 'tempfail') return notFound(domain, 'MX', true);
  if (mx.kind === 'nxdomain') return notFound(domain, 'MX', false);
  // No MX: the domain's own address stands for it (RFC 5321 section 5.1).
  if (mx.kind !== 'found') {
    const found = await addressesOf(deps, domain, port);
    return found.kind === 'hosts' && found.peers.some(({ address }) => mine.has(address)) ? looping(domain) : found;
  }
  // RFC 7505 section 3: a single "." says that the domain takes no mail.
  if (mx.records.length === 1 && mx.records[0]?.exchange === '')
    return { kind: 'bounced', dsn: '5.1.0', text: `Domain ${domain} does not accept mail (nullMX)` };
  const { peers, failure } = await addressesOfAll(deps, mx.records, port);
  if (peers.length === 0) return failure ?? notFound(domain, 'MX', false);
  return cutAtSelf(config, domain, shuffleEqual(peers, config.bool('smtp_randomize_addresses')), mine);
}

/** Addresses of all exchanges. A temporary trouble weighs more than a final one: the mail may still get through. */
async function addressesOfAll(
  deps: MtaDeps,
  records: readonly { preference: number; exchange: string }[],
  port: number,
): Promise<{ peers: RankedPeer[]; failure: NotFound | undefined }> {
  const peers: RankedPeer[] = [];
  let failure: NotFound | undefined;
  for (const { exchange, preference } of records) {
    const found = await addressesOf(deps, exchange, port);
    if (found.kind === 'hosts') peers.push(...found.peers.map((peer) => ({ ...peer, preference })));
    else if (failure?.kind !== 'deferred') failure = found;
  }
  return { peers, failure };
}

/** RFC 5321 section 5.1: a host in the list itself uses only those better than itself. */
function cutAtSelf(
  config: PostfixConfig,
  domain: string,
  peers: readonly RankedPeer[],
  mine: ReadonlySet<string>,
): FoundHosts {
  const own = peers.filter(({ address }) => mine.has(address)).map(({ preference }) => preference);
  const better = own.length === 0 ? peers : peers.filter(({ preference }) => preference < Math.min(...own));
  if (better.length > 0)
    return { kind: 'hosts', peers: better.map(({ name, address, port }) => ({ name, address, port })) };
  return config.text('best_mx_transport') === ''
    ? looping(domain)
    : { kind: 'deferred', dsn: '4.3.5', text: `best_mx_transport is not available in this mail system: ${domain}` };
}

async function addressesOf(deps: MtaDeps, host: string, port: number): Promise<FoundHosts> {
  if (net.isIP(host)) return { kind: 'hosts', peers: [{ name: host, address: host, port }] };
  const answer = await deps.resolver.a(host);
  if (answer.kind === 'found')
    return { kind: 'hosts', peers: answer.records.map((address) => ({ name: host, address, port })) };
  return notFound(host, 'A', answer.kind === 'tempfail');
}

function notFound(name: string, type: string, isTemporary: boolean): NotFound {
  const what = isTemporary ? 'Host not found, try again' : 'Host not found';
  return {
    kind: isTemporary ? 'deferred' : 'bounced',
    dsn: isTemporary ? '4.4.3' : '5.4.4',
    text: `Host or domain name not found. Name service error for name=${name} type=${type}: ${what}`,
  };
}

function looping(domain: string): NotFound {
  return { kind: 'bounced', dsn: '5.4.6', text: `mail for ${domain} loops back to myself` };
}

/** RFC 5321 section 5.1: by preference; equal preference means any order. */
function shuffleEqual(peers: readonly RankedPeer[], isRandom: boolean): RankedPeer[] {
  return peers
    .map((peer) => ({ peer, tie: isRandom ? Math.random() : 0 }))
    .sort((first, second) => first.peer.preference - second.peer.preference || first.tie - second.tie)
    .map(({ peer }) => peer);
}
