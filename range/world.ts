/**
 * world - the workshop as names and addresses: seats, ring, DNS and classroom hosts, the Internet's actors.
 *
 * Pure: made from a description and a seed, the same every time. Lab addresses are of 198.18.0.0/15 (RFC 2544, reserved for test networks), names end in
 * `.test` (RFC 6761). Passwords come from the seed by HMAC, so they survive a restart and differ from seat to seat.
 *
 * Limits: 250 seats (the third octet of 198.18.n.0).
 */
import { createHmac } from 'node:crypto';

export type HostName = 'gateway' | 'mailbox' | 'dns';

/** A host of which there is a genuine kind too: Debian's Postfix instead of ours (Docker engine). */
export type MailHost = Exclude<HostName, 'dns'>;

/** A student's place: a gateway, a mailbox host and two zones. */
export interface Seat {
  /** `pc1`. */
  readonly id: string;
  /** 1-250. */
  readonly number: number;
  /** The person, from the roster; '' when unknown. */
  readonly person: string;
  /** `stand-in`: nobody sits there, the seat has a known good configuration. */
  readonly kind: 'student' | 'stand-in';
  /** `pc1.sse.ws.test`. */
  readonly domain: string;
  readonly gateway: HostAddress;
  readonly mailbox: HostAddress;
  /** Its hosts that are made of genuine programs. */
  readonly genuine: readonly MailHost[];
  /** The login `afnog` on both hosts, and its password. */
  readonly user: string;
  readonly password: string;
  /** The seat whose mail this seat's gateway filters (the ring's predecessor). */
  readonly filters: string;
  /** The seat whose gateway filters this seat's mail (the successor). */
  readonly filteredBy: string;
}

export interface HostAddress {
  readonly name: string;
  readonly address: string;
}

/** A party on the lab's Internet, played by the grader. */
export interface Actor {
  readonly id: ActorId;
  /** Its mail host. */
  readonly host: HostAddress;
  readonly domain: string;
  /** Has a PTR that leads back to its name. */
  readonly hasPtr: boolean;
  /** Text of its domain's SPF record; undefined for none. */
  readonly spf: string | undefined;
  /** Listed in the lab's DNSBL. */
  readonly listed: boolean;
}

/**
 * sound: a correct sender with SPF and PTR. stranger: another sound one, unrelated, whose SPF ends in ~all. spammer: no PTR. forger: sends in the name of
 * other domains. listed: in the DNSBL. sink: where outside destinations end. mute: publishes a null MX.
 */
export type ActorId = 'sound' | 'stranger' | 'spammer' | 'forger' | 'listed' | 'sink' | 'mute';

export interface World {
  /** `sse.ws.test`. */
  readonly domain: string;
  readonly seats: readonly Seat[];
  readonly dns: HostAddress;
  readonly classroom: HostAddress;
  /** The shared clamd and spamd; undefined when the workshop has none. */
  readonly scanners: HostAddress | undefined;
  /** Zone of the lab's DNS block list. */
  readonly dnsbl: string;
  readonly actors: readonly Actor[];
  readonly prefixLength: number;
}

export interface WorldDescription {
  readonly domain?: string;
  /** In seat order. */
  readonly seats: readonly {
    readonly person?: string;
    readonly kind?: Seat['kind'];
    readonly genuine?: readonly MailHost[] | undefined;
  }[];
  readonly scanners?: boolean | undefined;
  /** Workshop secret; passwords are derived from it. */
  readonly seed: string;
}

/** @throws Error when there are no seats or more than 250. */
export function createWorld(description: WorldDescription): World {
  const count = description.seats.length;
  if (count < 1 || count > 250) throw new Error(`a workshop has 1 to 250 seats, not ${count}`);
  const domain = description.domain ?? 'sse.ws.test';
  return {
    domain,
    seats: description.seats.map((seat, index) => createSeat(index + 1, count, domain, seat, description.seed)),
    dns: { name: `ns.${domain}`, address: '198.18.0.53' },
    classroom: { name: `classroom.${domain}`, address: '198.18.0.80' },
    scanners: description.scanners ? scannersOf(domain) : undefined,
    dnsbl: `bl.${domain}`,
    actors,
    prefixLength: 15,
  };
}

/** Where the shared clamd and spamd are, if there are any. */
export function scannersOf(domain: string): HostAddress {
  return { name: `scan.${domain}`, address: '198.18.0.25' };
}

function createSeat(
  number: number,
  count: number,
  workshop: string,
  { person = '', kind = 'student', genuine = [] }: WorldDescription['seats'][number],
  seed: string,
): Seat {
  const id = `pc${number}`;
  const domain = `${id}.${workshop}`;
  return {
    id,
    number,
    person,
    kind,
    domain,
    gateway: { name: `gw.${domain}`, address: `198.18.${number}.10` },
    mailbox: { name: `mail.${domain}`, address: `198.18.${number}.20` },
    genuine,
    user: 'afnog',
    password: derivePassword(seed, id),
    filters: `pc${number === 1 ? count : number - 1}`,
    filteredBy: `pc${number === count ? 1 : number + 1}`,
  };
}

/** Four groups of three unmistakable characters. */
function derivePassword(seed: string, purpose: string): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
  const digest = createHmac('sha256', seed).update(`password ${purpose}`).digest();
  const letters = [...digest.subarray(0, 12)].map((byte) => alphabet.charAt(byte % alphabet.length)).join('');
  return letters.replace(/(...)(?!$)/g, '$1-');
}

/** With it the grader's journals are written and read (grader/journal.ts). Nobody's password follows from it. */
export function journalKey(seed: string): Buffer {
  return createHmac('sha256', seed).update('journal').digest();
}

const actors: readonly Actor[] = [
  actor('sound', 1, 'sound.test', { spf: 'v=spf1 mx -all' }),
  actor('stranger', 2, 'stranger.test', { spf: 'v=spf1 mx ~all' }),
  actor('spammer', 3, 'spammer.test', { hasPtr: false }),
  actor('forger', 4, 'forger.test', {}),
  actor('listed', 5, 'listed.test', { listed: true, spf: 'v=spf1 mx -all' }),
  actor('sink', 6, 'outside.test', { spf: 'v=spf1 mx -all' }),
  actor('mute', 7, 'mute.test', {}),
];

function actor(
  id: ActorId,
  octet: number,
  domain: string,
  facts: Partial<Pick<Actor, 'hasPtr' | 'spf' | 'listed'>>,
): Actor {
  return {
    id,
    host: { name: `mx.${domain}`, address: `198.19.${octet}.25` },
    domain,
    hasPtr: facts.hasPtr ?? true,
    spf: facts.spf,
    listed: facts.listed ?? false,
  };
}

/** @throws Error naming the seats there are. */
export function findSeat(world: World, id: string): Seat {
  const seat = world.seats.find((candidate) => candidate.id === id);
  if (!seat) throw new Error(`no seat "${id}": this workshop has ${world.seats.map((each) => each.id).join(' ')}`);
  return seat;
}

/** The actor with that role. */
export function findActor(world: World, id: ActorId): Actor {
  const found = world.actors.find((candidate) => candidate.id === id);
  if (!found) throw new Error(`no actor "${id}"`);
  return found;
}
