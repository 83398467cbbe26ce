/**
 * port-offset - by how much this workshop's ports are moved: not at all where the process may bind the real ones, else by the first offset whose ports are free.
 *
 * The name server's port of an offset is the lock: who binds it has the offset. The other ports are then tried on one gateway and one mailbox host, since a
 * program of this machine (a Postfix of its own on every address, say) may hold 25 while 53 is free.
 *
 * Offsets are multiples of 1250: service ports lie less than 1000 apart, so ports of two offsets never meet.
 */
import net from 'node:net';
import type { Wire } from '#util/wire.ts';
import type { World } from './world.ts';

const step = 2500;
const most = 12;
const whole = Array.from({ length: most + 1 }, (_, index) => index * step);

/** In the order in which they are tried. */
export const portOffsets: readonly number[] = [...whole, ...whole.slice(0, most).map((offset) => offset + step / 2)];

const servicePorts = [25, 110, 143, 465, 587, 993, 995];

/** What stands in the way of listening there, or undefined. The socket is closed again. */
export function tryToListen(host: string, port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const server = net.createServer();
  server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  server.listen({ host, port }, () => server.close(() => resolve(undefined)));
  return promise;
}

/** The first service port that cannot be had, as `port 2525: EADDRINUSE`; undefined when all are free. */
export async function findTakenPort(world: World, wire: Wire): Promise<string | undefined> {
  const [first] = world.seats;
  if (!first) return undefined;
  for (const { address } of [first.gateway, first.mailbox])
    for (const service of servicePorts) {
      const { host, port } = wire.toSocket(address, service);
      const problem = await tryToListen(host, port);
      if (problem !== undefined) return `port ${port}: ${problem}`;
    }
  return undefined;
}
