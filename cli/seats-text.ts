/**
 * seats-text - what `gatehouse start` and `up` print when a workshop is ready: seats, addresses, passwords, and what to do first. Pure.
 */
import type { Wire } from '#util/wire.ts';
import type { HostState } from '../range/range.ts';
import type { Seat, World } from '../range/world.ts';
import { servicesText } from './status.ts';
import type { Say } from './texts.ts';

const seatsPrinted = 10;

/** @param hostLines what is told of a seat's hosts */
export function seatsText(world: World, hostLines: (seat: Seat) => readonly string[], say: Say): string {
  const left = world.seats.length - seatsPrinted;
  return [
    say('start.title', { seats: world.seats.length }),
    '',
    ...world.seats.slice(0, seatsPrinted).flatMap((seat) => [seatLine(seat, say), ...hostLines(seat)]),
    ...(left > 0 ? [say('start.more', { left })] : []),
    '',
  ].join('\n');
}

function seatLine(seat: Seat, say: Say): string {
  const person = seat.kind === 'stand-in' ? ' (stand-in)' : seat.person === '' ? '' : ` (${seat.person})`;
  return say('start.seat', {
    seat: `${seat.id}${person}`,
    domain: seat.domain,
    user: seat.user,
    password: seat.password,
  });
}

/** A seat's hosts with the sockets of the embedded engine, and what runs there. */
export function embeddedHostLines(states: readonly HostState[], wire: Wire, say: Say): (seat: Seat) => string[] {
  return (seat) =>
    states
      .filter((state) => state.seat === seat.id && state.host !== 'dns')
      .map((state) => {
        const smtp = wire.toSocket(state.address, 25);
        return say('start.host', {
          host: state.host.padEnd(8),
          address: state.address.padEnd(15),
          socket: `${smtp.host}:${smtp.port}`.padEnd(20),
          state: servicesText(state),
        });
      });
}

/** A seat's hosts on Docker, and the way there. */
export function dockerHostLines(ssh: (login: string) => string, say: Say): (seat: Seat) => string[] {
  return (seat) =>
    (['gateway', 'mailbox'] as const).map((host) =>
      say('start.container', {
        host: host.padEnd(8),
        address: seat[host].address.padEnd(15),
        ssh: ssh(host === 'gateway' ? seat.id : `${seat.id}-${host}`),
      }),
    );
}
