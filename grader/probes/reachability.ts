/**
 * reachability - does a TCP service take connections? Tells a dead host from a refusing one.
 */
import net from 'node:net';
import type { Range } from '#range';

const connectMs = 2000;

/** Looks from the classroom's host, where the judge stands in containers. Left to this machine, a host on loopback would log the look as one of its own (localhost). */
export function answersOnPort(
  { wire, world }: Pick<Range, 'wire' | 'world'>,
  address: string,
  port: number,
): Promise<boolean> {
  const source = wire.kind === 'loopback' ? { localAddress: wire.toSource(world.classroom.address) } : {};
  const socket = net.connect({ ...wire.toSocket(address, port), ...source, timeout: connectMs });
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket
    .once('connect', () => resolve(true))
    .once('error', () => resolve(false))
    .once('timeout', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
