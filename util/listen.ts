/**
 * listen - has a server listen, and waits until it does.
 *
 * Node's `server.listen` looks up every address, even one in figures, by way of a regular expression that is long to compile, and loads its module for clusters: a tenth of a host's start. What it calls in the
 * end, `_listen2`, is not documented; where a Node has it no more, `listen` does.
 *
 * Failures: rejects with the system's error (EADDRINUSE, EACCES, EADDRNOTAVAIL).
 */
import net from 'node:net';
import type { SocketAddress } from './wire.ts';

/** net.js: address or path, port or -1, 4 for IPv4 or -1 for a path, backlog. */
type Listen = (where: string, port: number, addressType: 4 | -1, backlog: number) => void;

/** Node's own (net.Server.listen). */
const backlog = 511;

/** `at`: a socket address, or the path of a local socket (unix(7)). */
export function listen(server: net.Server, at: SocketAddress | string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => (server.removeListener('error', reject), resolve()));
    const direct = (server as unknown as { _listen2?: Listen })._listen2?.bind(server);
    if (direct && typeof at === 'string') direct(at, -1, -1, backlog);
    else if (direct && typeof at !== 'string' && net.isIPv4(at.host)) direct(at.host, at.port, 4, backlog);
    else server.listen(typeof at === 'string' ? { path: at } : at);
  });
}
