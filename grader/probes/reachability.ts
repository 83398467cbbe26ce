/**
 * reachability - does a TCP service take connections? Tells a dead host from a refusing one.
 */
import net from 'node:net';
import type { Wire } from '#util/wire.ts';

const connectMs = 2000;

/** The classroom's host, where the judge stands in containers. Left to this machine, a host on loopback would log the look as one of its own (localhost). */
const standsAt = '198.18.0.80';

export function answersOnPort(wire: Wire, address: string, port: number): Promise<boolean> {
  const source = wire.kind === 'loopback' ? { localAddress: wire.toSource(standsAt) } : {};
  const socket = net.connect({ ...wire.toSocket(address, port), ...source, timeout: connectMs });
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket
    .once('connect', () => resolve(true))
    .once('error', () => resolve(false))
    .once('timeout', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
