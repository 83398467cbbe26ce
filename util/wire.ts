/**
 * wire - lab addresses and service ports, and the sockets they stand for on this machine.
 *
 * Hosts, actors and probes speak lab addresses (198.18.0.0/15, RFC 2544) and service ports (25, 587, 53) only. On the direct wire (a
 * container) those are the sockets' own. On the loopback wire (embedded engine) `198.x.y.z` is the socket address `127.x.y.z`
 * and every service port moves by one fixed offset. This is the only file that knows.
 *
 * Limits: IPv4 only. A client's ephemeral port is passed through as it is.
 */

/** A socket address of this machine. */
export interface SocketAddress {
  readonly host: string;
  readonly port: number;
}

export interface Wire {
  readonly kind: 'direct' | 'loopback';
  /** What is added to a service port; 0 on the direct wire. */
  readonly portOffset: number;
  /** Lab address and service port -> the socket to listen on or connect to. Port 0 stays 0 (any free port). */
  toSocket(address: string, port: number): SocketAddress;
  /** Lab address -> the local address to bind a client socket to, so that the peer sees us there. */
  toSource(address: string): string;
  /** A peer's or own socket address as seen on this machine -> its lab address (others unchanged). */
  toLabAddress(host: string): string;
  /** A listening socket's port -> the service port. */
  toServicePort(port: number): number;
}

/** Containers: the addresses are real. */
export const directWire: Wire = {
  kind: 'direct',
  portOffset: 0,
  toSocket: (host, port) => ({ host, port }),
  toSource: (address) => address,
  toLabAddress: (host) => host.replace(/^::ffff:/, ''),
  toServicePort: (port) => port,
};

const labNetwork = /^198\.(18|19)\./;
const swappedNetwork = /^127\.(18|19)\./;

/** The embedded engine: first octet swapped, ports moved by `portOffset`. */
export function createLoopbackWire(portOffset: number): Wire {
  const swap = (address: string): string => address.replace(labNetwork, '127.$1.');
  return {
    kind: 'loopback',
    portOffset,
    toSocket: (address, port) => ({ host: swap(address), port: port === 0 ? 0 : port + portOffset }),
    toSource: swap,
    toLabAddress: (host) => host.replace(/^::ffff:/, '').replace(swappedNetwork, '198.$1.'),
    toServicePort: (port) => port - portOffset,
  };
}

/**
 * The wire a child process shall use, as text for its environment (`GATEHOUSE_WIRE`), and back.
 * `direct`, or `loopback:OFFSET`.
 */
export function formatWire(wire: Wire): string {
  return wire.kind === 'direct' ? 'direct' : `loopback:${wire.portOffset}`;
}

/** @throws Error when the text is neither `direct` nor `loopback:OFFSET`. */
export function parseWire(text: string | undefined): Wire {
  if (text === undefined || text === '' || text === 'direct') return directWire;
  const offset = /^loopback:(\d{1,5})$/.exec(text)?.[1];
  if (offset === undefined) throw new Error(`bad wire "${text}": write "direct" or "loopback:OFFSET"`);
  return createLoopbackWire(Number(offset));
}
