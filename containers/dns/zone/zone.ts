/**
 * zone - a loaded zone: names, record sets, and finding a name in it (RFC 1034 section 4.3.2, RFC 4592 wildcards).
 *
 * Names are kept lower-cased and without the final dot; the root is ''. `findName` tells an existing name from an empty non-terminal, a wildcard,
 * a delegation and nothing at all: NXDOMAIN and NODATA depend on it.
 */
import type { Answer } from 'dns-packet';

/** A record's type as dns-packet names it. */
export type RecordType = 'SOA' | 'NS' | 'A' | 'AAAA' | 'MX' | 'TXT' | 'CNAME' | 'PTR' | 'SRV' | 'CAA' | 'TLSA';

/** One record; `data` has dns-packet's shape for the type. */
export interface ZoneRecord {
  readonly name: string;
  readonly type: RecordType;
  readonly ttl: number;
  readonly data: unknown;
  /** Line in the zone file, from 1. */
  readonly line: number;
}

export interface Zone {
  readonly origin: string;
  readonly serial: number;
  /** owner -> type -> records. */
  readonly names: ReadonlyMap<string, ReadonlyMap<RecordType, readonly ZoneRecord[]>>;
  /** Names that only exist because something lies below them. */
  readonly emptyNonTerminals: ReadonlySet<string>;
}

export type Found =
  | { readonly kind: 'name'; readonly sets: ReadonlyMap<RecordType, readonly ZoneRecord[]> }
  | { readonly kind: 'empty' }
  /** A zone cut at `cut`: its NS set is the answer's authority. */
  | { readonly kind: 'delegation'; readonly cut: string; readonly servers: readonly ZoneRecord[] }
  | { readonly kind: 'none' };

/** Puts records together into a zone. */
export function buildZone(origin: string, records: readonly ZoneRecord[]): Zone {
  const names = new Map<string, Map<RecordType, ZoneRecord[]>>();
  for (const record of records) {
    const sets = names.get(record.name) ?? new Map<RecordType, ZoneRecord[]>();
    sets.set(record.type, [...(sets.get(record.type) ?? []), record]);
    names.set(record.name, sets);
  }
  const emptyNonTerminals = new Set<string>();
  for (const name of names.keys())
    for (let above = parentOf(name); isBelow(above, origin) && above !== origin; above = parentOf(above))
      if (!names.has(above)) emptyNonTerminals.add(above);
  const soa = names.get(origin)?.get('SOA')?.[0]?.data as { serial?: number } | undefined;
  return { origin, serial: soa?.serial ?? 0, names, emptyNonTerminals };
}

/** Finds what the zone has for `name` (lower case, inside the zone). */
export function findName(zone: Zone, name: string): Found {
  const delegation = findCut(zone, name);
  if (delegation) return delegation;
  const sets = zone.names.get(name);
  if (sets) return { kind: 'name', sets };
  if (zone.emptyNonTerminals.has(name)) return { kind: 'empty' };
  const wildcard = zone.names.get(`*.${closestEncloser(zone, name)}`.replace(/\.$/, '')); // RFC 4592 section 3.3.1
  return wildcard ? { kind: 'name', sets: wildcard } : { kind: 'none' };
}

/** RFC 1034 section 4.3.2 step 3b: the highest NS set below the apex, on the way down to `name`. */
function findCut(zone: Zone, name: string): Found | undefined {
  const above: string[] = [];
  for (let each = name; each !== zone.origin && each !== ''; each = parentOf(each)) above.unshift(each);
  for (const cut of above) {
    const servers = zone.names.get(cut)?.get('NS');
    if (servers) return { kind: 'delegation', cut, servers };
  }
  return undefined;
}

function closestEncloser(zone: Zone, name: string): string {
  let encloser = parentOf(name);
  while (encloser !== zone.origin && !zone.names.has(encloser) && !zone.emptyNonTerminals.has(encloser))
    encloser = parentOf(encloser);
  return encloser;
}

/** `b.test` of `a.b.test`; '' of `test`. A dot inside a label (`\.`) does not count. */
export function parentOf(name: string): string {
  const dot = /(?<!\\)\./.exec(name);
  return dot ? name.slice(dot.index + 1) : '';
}

/** Is `name` equal to `zone` or below it? */
export function isBelow(name: string, zone: string): boolean {
  return zone === '' || name === zone || name.endsWith(`.${zone}`);
}

/** A record as dns-packet wants it in an answer, under the name that was asked for (wildcards). */
export function toAnswer(record: ZoneRecord, name: string): Answer {
  return {
    name: name === '' ? '.' : name,
    type: record.type,
    class: 'IN',
    ttl: record.ttl,
    data: record.data,
  } as Answer;
}
