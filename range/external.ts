/**
 * external - a host that is not ours as a range: the target takes the place of one host of one seat, and only its SMTP port is in reach; if they are given, the user's mailbox and a name server too.
 *
 * Whoever speaks, speaks from this computer's own address, so only the parts of strangers can be played (`sound`, `stranger`). Connections go to the target and to nothing
 * else, whatever a check asks for: everything else throws OutOfReachError.
 *
 * Limits: the mailbox is on the target itself (IMAP over TLS, RFC 8314), and its certificate is not checked, since students make their own. Behind address translation the name in EHLO is the address of this side of it.
 */
import { createSocket } from 'node:dgram';
import net from 'node:net';
import { createResolver, type Answer, type ZoneResolver } from '#util/resolver.ts';
import { OutOfReachError, type OutOfReach } from './out-of-reach.ts';
import type { Range, Reach } from './range.ts';
import { createWorld, findSeat, type Seat, type World } from './world.ts';

const imapsPort = 993;

export interface Target {
  /** IPv4 or IPv6 address. */
  readonly address: string;
  readonly port: number;
  readonly place: Reach['place'];
  /** Whose names the host has, unless they are given: `pc1`. */
  readonly seat: string;
  /** What the host calls itself. */
  readonly name?: string;
  /** A user of the host's own domain. */
  readonly user?: string;
  /** A user of the domain that the host relays for. */
  readonly relayUser?: string;
  /** Password of that user at the target's IMAP server, and the server's port if it is not 993. */
  readonly password?: string;
  readonly imapPort?: number;
  /** Name server to ask, `host` or `host:port`. */
  readonly dns?: string;
  readonly isStranger: boolean;
  /** The address of this computer to speak from; default: what the route says. */
  readonly from?: string;
}

/** @throws Error when there is no such seat, or no way to the address at all */
export async function createExternalRange(target: Target): Promise<Range & { readonly reach: Reach }> {
  const from = target.from ?? (await sourceTowards(target));
  const never = (what: OutOfReach) => (): never => {
    throw new OutOfReachError(what);
  };
  const refuse = (what: OutOfReach) => (): Promise<never> => Promise.reject(new OutOfReachError(what));
  const readsMailbox = target.place === 'mailbox' && target.password !== undefined;
  const isTarget = (address: string, port: number): boolean =>
    address === target.address && (port === 25 || port === target.port);
  const inside = {
    status: refuse('inside'),
    exec: refuse('inside'),
    readFile: refuse('inside'),
    listFiles: refuse('inside'),
    configurationMark: refuse('inside'),
    overlay: refuse('inside'),
    control: refuse('inside'),
    snapshot: refuse('inside'),
    snapshots: refuse('inside'),
    reset: refuse('inside'),
    sinkMessages: refuse('inside'),
  };
  return {
    ...inside,
    engine: 'none',
    reach: {
      place: target.place,
      port: target.port,
      helo: net.isIPv6(from) ? `[IPv6:${from}]` : `[${from}]`,
      isStranger: target.isStranger,
      knowsRelayUser: target.relayUser !== undefined || target.name === undefined,
      readsMailbox,
      asksDns: target.dns !== undefined,
    },
    world: worldAround(target, from),
    wire: {
      kind: 'direct',
      portOffset: 0,
      toSocket(address, port) {
        if (readsMailbox && address === target.address && port === imapsPort)
          return { host: address, port: target.imapPort ?? imapsPort };
        return isTarget(address, port) ? { host: address, port: target.port } : never('inside')();
      },
      toSource: (address) => address,
      toLabAddress: (address) => address,
      toServicePort: (port) => port,
    },
    dial(speaker, to, port) {
      if (speaker !== from) throw new OutOfReachError('trusted-address');
      if (!isTarget(to, port)) throw new OutOfReachError('other-host');
      return net.connect({ host: target.address, port: target.port, localAddress: from, noDelay: true });
    },
    resolver: target.dns === undefined ? silentResolver(refuse('dns')) : sureResolver(target.dns),
  };
}

/** What a server does not answer is no fault of the host. */
function sureResolver(server: string): ZoneResolver {
  const { a, aaaa, mx, txt, cname, ns, ptr, soa } = createResolver({ servers: [server] });
  const sure =
    <T>(ask: (name: string) => Promise<Answer<T>>) =>
    async (name: string): Promise<Answer<T>> => {
      const answer = await ask(name);
      if (answer.kind === 'tempfail') throw new OutOfReachError('dns-silent');
      return answer;
    };
  return {
    a: sure(a),
    aaaa: sure(aaaa),
    mx: sure(mx),
    txt: sure(txt),
    cname: sure(cname),
    ns: sure(ns),
    ptr: sure(ptr),
    soa: sure(soa),
  };
}

function silentResolver(ask: () => Promise<never>): ZoneResolver {
  return { a: ask, aaaa: ask, mx: ask, txt: ask, cname: ask, ns: ask, ptr: ask, soa: ask };
}

/** The workshop's names and addresses, with the target's and ours in their places. */
function worldAround(target: Target, from: string): World {
  const number = Number(/^pc(\d{1,3})$/.exec(target.seat)?.[1]);
  const world = createWorld({ seed: 'none', seats: Array.from({ length: Math.max(2, number || 0) }, () => ({})) });
  const judged = findSeat(world, target.seat);
  const dns = target.dns === undefined ? world.dns : { ...world.dns, address: target.dns };
  const seats = world.seats.map((seat): Seat => {
    if (seat.id === judged.filters) return { ...seat, ...ownerOf(target.relayUser) };
    if (seat.id !== judged.id) return seat;
    const host = { name: target.name ?? seat[target.place].name, address: target.address };
    const password = target.password ?? seat.password;
    return { ...seat, ...ownerOf(target.user), password, [target.place]: host };
  });
  const actors = world.actors.map((actor) =>
    actor.id === 'sound' || actor.id === 'stranger' ? { ...actor, host: { ...actor.host, address: from } } : actor,
  );
  return { ...world, dns, seats, actors };
}

/** User and domain of an address; nothing of none. */
function ownerOf(address: string | undefined): Partial<Pick<Seat, 'user' | 'domain'>> {
  if (address === undefined) return {};
  const at = address.lastIndexOf('@');
  return { user: address.slice(0, at), domain: address.slice(at + 1).toLowerCase() };
}

/** Which address of this computer a packet to the target would carry. Nothing is sent: a datagram socket is only connected. */
function sourceTowards({ address, port }: Target): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = createSocket(net.isIPv6(address) ? 'udp6' : 'udp4');
  // In vain, the callback is called with the error.
  const connected = (error?: Error): void => {
    if (!error) return resolve(socket.address().address);
    const why = (error as NodeJS.ErrnoException).code === 'ENETUNREACH' ? 'it has no route there' : error.message;
    reject(new Error(`no way from this computer to ${address}: ${why}; cure: ip route get ${address}`));
  };
  socket.once('error', connected);
  socket.connect(port, address, connected);
  return promise.finally(() => socket.close());
}
