/**
 * main - the name server as a process. /etc/gatehouse/zones.json (written by the range) tells the lab's own zones and where the seats' zone files lie.
 */
import { readFileSync } from 'node:fs';
import { containerDeps, runHost } from '#util/container-process.ts';
import { createHostRoot } from '#util/host-root.ts';
import { createDns } from './dns.ts';
import { seatZone } from './zone/seat-zone.ts';

interface ZonesFile {
  /** Origin and text of each generated zone. */
  readonly generated: readonly (readonly [origin: string, text: string])[];
  readonly sources: readonly {
    readonly origin: string;
    /** The seat's folder; what follows are paths in it. */
    readonly root: string;
    readonly file: string;
    readonly log: string;
  }[];
}

const { generated, sources } = JSON.parse(readFileSync('/etc/gatehouse/zones.json', 'utf8')) as ZonesFile;
const { address, clock, wire } = containerDeps(process.env);
void runHost(
  createDns({
    address,
    clock,
    wire,
    generated: new Map(generated),
    sources: sources.map(({ root, ...zone }) => seatZone(createHostRoot(root), zone)),
  }),
  process,
);
