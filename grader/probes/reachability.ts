/**
 * reachability - does a TCP service take connections? Tells a dead host from a refusing one.
 */
import net from 'node:net';
import type { Wire } from '#util/wire.ts';

const connectMs = 2000;

export function answersOnPort(wire: Wire, address: string, port: number): Promise<boolean> {
  const socket = net.connect({ ...wire.toSocket(address, port), timeout: connectMs });
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket
    .once('connect', () => resolve(true))
    .once('error', () => resolve(false))
    .once('timeout', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
