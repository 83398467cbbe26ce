/**
 * lab-route - would a packet for a lab address leave this computer? The routing table says (proc(5), /proc/net/route).
 *
 * A container cannot send one out (the network is internal); a command typed on the computer could, where the engine lives in another network namespace or on another machine.
 *
 * Limits: Linux only, main table only. Elsewhere the engine is a virtual machine and nothing is known of its routes.
 */
import { readFile } from 'node:fs/promises';

export type LabRoute =
  | { readonly kind: 'inside' }
  /** `device` would carry it away. */
  | { readonly kind: 'outward'; readonly device: string };

interface Route {
  readonly device: string;
  readonly destination: number;
  readonly mask: number;
  readonly isRejected: boolean;
}

/** RTF_REJECT: blackhole, unreachable and prohibit. */
const rejectFlag = 0x0200;

/** How `address` (dotted quad) is routed by this table's text; `bridge` is the lab's own device. */
export function findLabRoute(table: string, address: string, bridge: string): LabRoute {
  const wanted = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const [best] = table
    .split('\n')
    .slice(1)
    .flatMap(readRoute)
    .filter(({ destination, mask }) => (wanted & mask) >>> 0 === destination)
    .sort((one, other) => other.mask - one.mask);
  return best === undefined || best.isRejected || best.device === bridge
    ? { kind: 'inside' }
    : { kind: 'outward', device: best.device };
}

/** The table's numbers are in the machine's byte order: little-endian on all that Node runs on here. */
function readRoute(line: string): Route[] {
  const [device, destination, , flags, , , , mask] = line.trim().split(/\s+/);
  if (device === undefined || destination === undefined || flags === undefined || mask === undefined) return [];
  const swap = (hex: string): number => Buffer.from(hex, 'hex').readUInt32LE();
  return [
    {
      device,
      destination: swap(destination),
      mask: swap(mask),
      isRejected: (Number.parseInt(flags, 16) & rejectFlag) !== 0,
    },
  ];
}

/** @throws Error with the cure when this computer would send lab traffic away */
export async function requireLabRoute(address: string, bridge: string): Promise<void> {
  const table = await readFile('/proc/net/route', 'utf8').catch(() => '');
  const route = findLabRoute(table, address, bridge);
  if (route.kind === 'outward')
    throw new Error(
      `a packet for the lab address ${address} would leave this computer by ${route.device}: the engine's network is not here; cure: run gatehouse in the engine's network namespace (nsenter --net=...), or first ip route add blackhole 198.18.0.0/15`,
    );
}
