/**
 * dial - a connection from one lab address to another, as a stream: emits `connect`, or `error`.
 *
 * Who speaks matters to who listens, so the source address is a part of the question. Engines make connections in their own ways (a bound socket, a relay beside the host that speaks).
 */
import net from 'node:net';
import type { Duplex } from 'node:stream';
import type { Wire } from './wire.ts';

/** Lab addresses and a service port. */
export type Dial = (from: string, to: string, port: number) => Duplex;

/** A socket of this process, bound to the address that speaks. */
export function dialOn(wire: Wire): Dial {
  return (from, to, port) =>
    net.connect({ ...wire.toSocket(to, port), localAddress: wire.toSource(from), noDelay: true });
}
