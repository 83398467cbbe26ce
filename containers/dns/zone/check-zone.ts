/**
 * check-zone - what a zone as a whole must hold, and what it should: named-checkzone's second half.
 *
 * Faults stop the zone from loading (no SOA, no NS, CNAME beside other data: RFC 1034 section 3.6.2; NS without address); warnings do not (an MX or NS
 * that is a CNAME, RFC 2181 section 10.3; an MX that is no host here).
 */
import net from 'node:net';
import type { ZoneMessage } from './parse-zone.ts';
import { ZoneError } from './lex-zone.ts';
import { findName, isBelow, type Zone, type ZoneRecord } from './zone.ts';

export interface ZoneCheck {
  readonly errors: readonly ZoneMessage[];
  readonly warnings: readonly ZoneMessage[];
}

/** Looks at the whole zone. */
export function checkZone(zone: Zone, records: readonly ZoneRecord[]): ZoneCheck {
  const errors: ZoneMessage[] = [];
  const warnings: ZoneMessage[] = [];
  const apex = zone.names.get(zone.origin);
  const soaCount = apex?.get('SOA')?.length ?? 0;
  if (soaCount !== 1)
    errors.push({
      line: 0,
      text: `has ${soaCount} SOA records`,
      cure: 'a zone has exactly one SOA record, at its own name (@)',
    });
  if (!apex?.has('NS'))
    errors.push({ line: 0, text: 'has no NS records', cure: 'add a line: @ IN NS and the name of the name server' });
  for (const record of records) {
    if (record.type === 'NS' && record.name === zone.origin)
      errors.push(...targetProblems(zone, record, record.data as string, 'NS'));
    if (record.type === 'MX') warnings.push(...mxProblems(zone, record));
    if (record.type === 'SRV')
      warnings.push(...targetProblems(zone, record, (record.data as { target: string }).target, 'SRV'));
    if (record.type === 'NS' && record.name !== zone.origin) warnings.push(...glueProblems(zone, record));
    warnings.push(...nameProblems(record));
  }
  return { errors, warnings };
}

/** RFC 1034 section 3.6.2: an alias has no other data, and a zone has one SOA. The fault that stops the file from loading, if there is one. */
export function findSingletonFault(zone: Zone): ZoneError | undefined {
  const fault = (records: readonly ZoneRecord[], name: string, what: string, cure: string): ZoneError =>
    new ZoneError(Math.max(...records.map((record) => record.line)), 'dns_master_load', `${name}: ${what}`, what, cure);
  for (const [name, sets] of zone.names) {
    const [soas = [], aliases = []] = [sets.get('SOA'), sets.get('CNAME')];
    if (soas.length > 1)
      return fault(soas, name, 'multiple RRs of singleton type', 'a zone has one SOA record: remove the other');
    const cure = `${name} is an alias: it may have one CNAME and no other record`;
    if (aliases.length > 0 && sets.size > 1)
      return fault([...sets.values()].flat(), name, 'CNAME and other data', cure);
    if (aliases.length > 1) return fault(aliases, name, 'multiple RRs of singleton type', cure);
  }
  return undefined;
}

function* mxProblems(zone: Zone, record: ZoneRecord): Generator<ZoneMessage> {
  const { exchange } = record.data as { exchange: string };
  if (exchange === '') return; // RFC 7505: a null MX
  const written = exchange.slice(0, exchange.length - zone.origin.length - 1);
  if (net.isIPv4(written) || net.isIPv4(exchange))
    yield {
      line: record.line,
      text: `warning: '${net.isIPv4(exchange) ? exchange : written}': MX is an address`,
      cure: 'an MX names a host; give that host an A record',
    };
  yield* targetProblems(zone, record, exchange, 'MX');
}

/** A target inside the zone must have an address and be no alias. */
function* targetProblems(
  zone: Zone,
  record: ZoneRecord,
  target: string,
  type: 'MX' | 'NS' | 'SRV',
): Generator<ZoneMessage> {
  if (target === '' || !isBelow(target, zone.origin)) return;
  const found = findName(zone, target);
  if (found.kind === 'delegation') return;
  const owner = type === 'NS' ? 'NS ' : `${record.name}/${type} `;
  if (found.kind === 'name' && found.sets.has('CNAME'))
    yield {
      line: record.line,
      text: `${owner}'${target}' is a CNAME (illegal)`,
      cure: `name the host itself, not the alias ${target}`,
    };
  else if (found.kind !== 'name' || !(found.sets.has('A') || found.sets.has('AAAA')))
    yield {
      line: record.line,
      text: `${owner}'${target}' has no address records (A or AAAA)`,
      cure: target.endsWith(`.${zone.origin}.${zone.origin}`)
        ? `end the name with a dot: ${target.slice(0, -zone.origin.length)}`
        : `add an A record for ${target}`,
    };
}

/** A name server inside the part that it serves is only found with an address beside the delegation (RFC 1034 section 4.2.1). */
function* glueProblems(zone: Zone, record: ZoneRecord): Generator<ZoneMessage> {
  const server = record.data as string;
  if (!isBelow(server, record.name)) return;
  const sets = zone.names.get(server);
  if (!sets?.has('A') && !sets?.has('AAAA'))
    yield {
      line: record.line,
      text: `${record.name}/NS '${server}' has no REQUIRED GLUE address records (A or AAAA)`,
      cure: `add an A record for ${server} in this file`,
    };
}

/** RFC 952, RFC 1123 section 2.1: names of hosts have letters, digits and hyphens only. */
function* nameProblems(record: ZoneRecord): Generator<ZoneMessage> {
  const cure = 'a host name has letters, digits and hyphens only: no underscore';
  if (['A', 'AAAA', 'MX'].includes(record.type) && !isHostName(record.name.replace(/^\*\./, '')))
    yield { line: record.line, text: `warning: ${record.name}: bad owner name (check-names)`, cure };
  const target =
    record.type === 'MX'
      ? (record.data as { exchange: string }).exchange
      : record.type === 'NS' || (record.type === 'PTR' && record.name.endsWith('.arpa'))
        ? (record.data as string)
        : '';
  if (!isHostName(target)) yield { line: record.line, text: `warning: ${target}: bad name (check-names)`, cure };
}

function isHostName(name: string): boolean {
  return name === '' || name.split('.').every((label) => /^(?!-)[a-z0-9-]+(?<!-)$/i.test(label));
}
