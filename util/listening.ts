/**
 * listening - which TCP ports are open on this host, as the kernel tells (/proc/net/tcp, see proc(5)).
 *
 * Limits: addresses are IPv4; the lab has no other.
 */
import { readFileSync } from 'node:fs';
import type { ListenerAddress } from '#util/host.ts';

const listenState = '0A';
const names = new Map([
  [25, 'smtp'],
  [465, 'submissions'],
  [587, 'submission'],
  [143, 'imap'],
  [993, 'imaps'],
  [110, 'pop3'],
  [995, 'pop3s'],
]);

/** Ports that `isMine` accepts, on the host's own address and on loopback. `table`: the text of /proc/net/tcp. */
export function readListeners(table: string, own: string, isMine: (port: number) => boolean): ListenerAddress[] {
  const found = new Map<string, ListenerAddress>();
  for (const { hex, port } of listeningRows(table)) {
    if (!isMine(port)) continue;
    const bound = fromHex(hex);
    const address = bound === '0.0.0.0' ? own : bound;
    const service = names.get(port) ?? String(port);
    found.set(`${address}:${port}`, { service, address, port, socket: { host: address, port } });
  }
  return [...found.values()];
}

/** Listeners of this machine. */
export function listenersNow(own: string, isMine: (port: number) => boolean): ListenerAddress[] {
  return readListeners(readFileSync('/proc/net/tcp', 'utf8'), own, isMine);
}

/** Where IMAP and POP3 are served on this machine, with and without TLS. */
export function readersDoors(own: string): ListenerAddress[] {
  return listenersNow(own, (port) => [110, 143, 993, 995].includes(port));
}

/** Ports that are open on every address of this machine; in order. `tables`: the texts of /proc/net/tcp and /proc/net/tcp6, since a socket on `::` takes IPv4 as well. */
export function portsOnAllAddresses(tables: readonly string[]): number[] {
  const open = tables.flatMap(listeningRows).filter(({ hex }) => /^0+$/.test(hex));
  return [...new Set(open.map(({ port }) => port))].sort((one, other) => one - other);
}

/** The table's sockets that listen; addresses as the kernel prints them. */
function listeningRows(table: string): { hex: string; port: number }[] {
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === listenState)
    .map(([, local = '']) => local.split(':'))
    .map(([hex = '', port = '']) => ({ hex, port: Number.parseInt(port, 16) }));
}

/** The kernel prints an address as one number in the machine's byte order. */
function fromHex(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  return [...bytes.reverse()].join('.');
}
