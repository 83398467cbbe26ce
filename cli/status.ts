/**
 * status - what runs and where, as a text for people and as the document of `status --json` (docs/reference/status.schema.json). Pure.
 *
 * `sockets` names every well-known service of a host, listening or not, and whatever else listens, so that a tool can find a door before a student has opened it.
 */
import { printable } from '#util/terminal-text.ts';
import type { SocketAddress, Wire } from '#util/wire.ts';
import type { HostState } from '../range/range.ts';
import { kindOf } from '../range/host-kinds.ts';
import { findSeat, type HostName, type Seat, type World } from '../range/world.ts';
import type { Say } from './texts.ts';

export interface StatusFacts {
  /** The workspace's absolute path. */
  readonly folder: string;
  readonly world: World;
  readonly wire: Wire;
  readonly states: readonly HostState[];
  /** Address of the pages in the browser; undefined when there are none. */
  readonly page?: string | undefined;
  /** Where SSH leads to the hosts; undefined on an engine without it. */
  readonly ssh?: SshStatus | undefined;
}

/** The last known place of SSH, and whether it answers there now. */
export interface SshStatus {
  readonly address: string;
  readonly port: number;
  readonly running: boolean;
  /** `ssh -p 2200 pc1@127.0.0.1`. */
  readonly command: string;
}

interface SocketStatus extends SocketAddress {
  readonly listening: boolean;
}

const smtpServices = { smtp: 25, submission: 587, submissions: 465 } as const;
const wellKnown: Readonly<Record<HostName, Readonly<Record<string, number>>>> = {
  gateway: smtpServices,
  mailbox: { ...smtpServices, imap: 143, imaps: 993, pop3: 110, pop3s: 995 },
  dns: { domain: 53 },
};

/** Each service's socket on this machine: the well-known ones first, then what else listens. */
export function socketsOf(state: HostState, wire: Wire): Record<string, SocketStatus> {
  const sockets: Record<string, SocketStatus> = {};
  for (const [service, port] of Object.entries(wellKnown[state.host])) {
    const there = state.listeners.find((each) => each.port === port && each.address === state.address);
    sockets[service] = { ...(there?.socket ?? wire.toSocket(state.address, port)), listening: there !== undefined };
  }
  for (const each of state.listeners) {
    const isNamed = Object.values(sockets).some((socket) => socket.port === each.socket.port);
    if (!isNamed) sockets[each.service] = { ...each.socket, listening: true };
  }
  return sockets;
}

/** The document of `status --json`. */
export function statusDocument({ folder, world, wire, states, page, ssh }: StatusFacts, engine: string) {
  return {
    schema: 'gatehouse-status/1',
    workspace: folder,
    engine,
    domain: world.domain,
    portOffset: wire.portOffset,
    page: page ?? null,
    ssh: ssh ?? null,
    scanners: world.scanners ?? null,
    seats: world.seats.map((seat) => ({
      id: seat.id,
      person: seat.person,
      kind: seat.kind,
      domain: seat.domain,
      user: seat.user,
      password: seat.password,
      hosts: Object.fromEntries(
        states
          .filter((state) => state.seat === seat.id)
          .map((state) => [state.host, hostDocument(world, wire, seat, state)]),
      ),
    })),
  };
}

function hostDocument(world: World, wire: Wire, seat: Seat, state: HostState) {
  return {
    name: state.host === 'dns' ? world.dns.name : seat[state.host].name,
    address: state.address,
    kind: state.host === 'dns' ? 'own' : kindOf(seat, state.host),
    root: state.rootFolder,
    services: state.services,
    sockets: socketsOf(state, wire),
    listeners: state.listeners,
  };
}

/** One line a host. */
export function statusText({ folder, world, wire, states, page, ssh }: StatusFacts, say: Say): string {
  const dns = wire.toSocket(world.dns.address, 53);
  const head = say('status.head', {
    workspace: folder,
    seats: world.seats.length,
    dns: world.dns.address,
    socket: `${dns.host}:${dns.port}`,
  });
  const lines = states.filter((state) => state.host !== 'dns').map((state) => printable(hostLine(world, state, wire)));
  const scanners = world.scanners ? [say('status.scanners', { ...world.scanners })] : [];
  const pages = page === undefined ? [] : [printable(say('start.page', { url: page }))];
  const shells =
    ssh === undefined
      ? []
      : [printable(say(ssh.running ? 'status.ssh' : 'status.noSsh', { ...ssh, folder, running: '' }))];
  return `${[head, ...lines, ...scanners, ...pages, ...shells].join('\n')}\n`;
}

function hostLine(world: World, state: HostState, wire: Wire): string {
  const smtp = wire.toSocket(state.address, 25);
  // In a container the socket is the address itself.
  const socket = smtp.host === state.address ? [] : [`${smtp.host}:${smtp.port}`.padEnd(20)];
  const isGenuine = state.host !== 'dns' && kindOf(findSeat(world, state.seat), state.host) === 'genuine';
  const services = `${isGenuine ? 'genuine: ' : ''}${servicesText(state)}`;
  return [state.seat.padEnd(6), state.host.padEnd(8), state.address.padEnd(15), ...socket, services].join(' ');
}

/** `postfix running, dovecot failed (why)`. */
export function servicesText({ services }: HostState): string {
  if (services.length === 0) return 'not running';
  return services.map(({ name, state, reason }) => `${name} ${state}${reason === '' ? '' : ` (${reason})`}`).join(', ');
}
