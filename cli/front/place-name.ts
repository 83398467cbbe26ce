/**
 * place-name - the user name of an SSH login as a place in the workshop: `pc1` or `pc1-gateway` is a gateway, `pc1-mailbox` a mailbox host, `pc1-dns` the seat's zone files. Pure.
 */
import type { HostName, World } from '../../range/world.ts';

export interface SeatPlace {
  readonly seat: string;
  readonly host: HostName;
}

/** Undefined for a name that leads nowhere in this world. */
export function readPlaceName(world: World, name: string): SeatPlace | undefined {
  const [, seat = '', host = 'gateway'] = /^(pc[1-9]\d{0,2})(?:-(gateway|mailbox|dns))?$/.exec(name) ?? [];
  if (!world.seats.some(({ id }) => id === seat)) return undefined;
  return { seat, host: host as HostName };
}
