/**
 * parameters - the one set of values that zone files, base configuration, lab sheets, start and solution files and slides are written with.
 *
 * Everything a template (EJS) may print about a seat: `<%= mailbox.name %>`, `<%= filtered.domain %>`. Pure.
 */
import { findSeat, type HostAddress, type Seat, type World } from './world.ts';

/** A seat as templates see it. */
export interface SeatParameters {
  readonly seat: string;
  readonly number: number;
  readonly domain: string;
  readonly user: string;
  readonly password: string;
  readonly gateway: HostAddress;
  readonly mailbox: HostAddress;
  /** `1.18.198.in-addr.arpa`. */
  readonly reverseZone: string;
}

export interface Parameters extends SeatParameters {
  /** The workshop's domain. */
  readonly workshop: string;
  /** The seat whose mail our gateway filters. */
  readonly filtered: SeatParameters;
  /** The seat whose gateway filters our mail. */
  readonly filtering: SeatParameters;
  readonly dns: HostAddress;
  readonly classroom: HostAddress;
  readonly dnsbl: string;
  readonly actors: Readonly<
    Record<string, { readonly name: string; readonly address: string; readonly domain: string }>
  >;
}

/** The parameters of one seat. */
export function seatParameters(world: World, seatId: string): Parameters {
  const seat = findSeat(world, seatId);
  return {
    ...describe(seat),
    workshop: world.domain,
    filtered: describe(findSeat(world, seat.filters)),
    filtering: describe(findSeat(world, seat.filteredBy)),
    dns: world.dns,
    classroom: world.classroom,
    dnsbl: world.dnsbl,
    actors: Object.fromEntries(world.actors.map((actor) => [actor.id, { ...actor.host, domain: actor.domain }])),
  };
}

function describe(seat: Seat): SeatParameters {
  return {
    seat: seat.id,
    number: seat.number,
    domain: seat.domain,
    user: seat.user,
    password: seat.password,
    gateway: seat.gateway,
    mailbox: seat.mailbox,
    reverseZone: `${seat.number}.18.198.in-addr.arpa`,
  };
}
