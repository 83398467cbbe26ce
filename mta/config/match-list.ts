/**
 * match-list - does a list of patterns hold a host, domain or address? (postconf(5): mydestination, mynetworks, relay_domains)
 *
 * The first pattern that matches decides; `!pattern` excludes. Patterns are names, `.domain`, networks, `/file` (one pattern a line) and `type:table`.
 */
import ipaddr from 'ipaddr.js';
import type { MatchResult } from './config.ts';
import { networkFault } from './network.ts';
import type { LookupTable } from './tables/table.ts';

export interface MatchOptions {
  /** Also match subdomains of a plain domain (parent_domain_matches_subdomains). */
  readonly subdomains: boolean;
  table(typeAndName: string): Promise<LookupTable>;
  /** Lines of a `/file` pattern; undefined when it cannot be read. */
  lines(file: string): Promise<readonly string[] | undefined>;
}

/** Looks `value` (a domain or an address, any case) up in the patterns. */
export async function matchList(
  patterns: readonly string[],
  value: string,
  options: MatchOptions,
): Promise<MatchResult> {
  const wanted = value.toLowerCase();
  for (const written of patterns) {
    const excludes = written.startsWith('!');
    const pattern = written.replace(/^!+/, '');
    const result = await matchOne(pattern, wanted, options);
    if (result === 'match') return excludes ? { kind: 'no-match' } : { kind: 'match', pattern };
    if (result !== 'no-match') return { kind: 'error', ...result };
  }
  return { kind: 'no-match' };
}

type One = 'match' | 'no-match' | { reason: string; table?: string };

/** What a program says of a list that it cannot look into. */
export function matchWarnings(parameter: string, { reason, table }: MatchResult & { kind: 'error' }): string[] {
  return table === undefined ? [`${parameter}: ${reason}`] : [reason, `${parameter}: ${table}: table lookup problem`];
}

async function matchOne(pattern: string, value: string, options: MatchOptions): Promise<One> {
  if (pattern.startsWith('/')) {
    const lines = await options.lines(pattern);
    if (!lines) return { reason: `open ${pattern}: No such file or directory` };
    const inside = await matchList(lines, value, options);
    return inside.kind === 'error' ? inside : inside.kind;
  }
  if (/^[a-z]+:(?!:)[^\d:\]]/i.test(pattern)) return matchTable(await options.table(pattern), value, options);
  if (isAddressPattern(pattern)) return matchAddress(pattern, value);
  const name = pattern.toLowerCase();
  if (name === value) return 'match';
  if (name.startsWith('.') ? value.endsWith(name) : options.subdomains && value.endsWith(`.${name}`)) return 'match';
  return 'no-match';
}

async function matchTable(table: LookupTable, value: string, options: MatchOptions): Promise<One> {
  const keys = [value];
  if (!table.isPattern && options.subdomains)
    for (let dot = value.indexOf('.'); dot >= 0; dot = value.indexOf('.', dot + 1)) keys.push(value.slice(dot + 1));
  for (const key of keys) {
    const result = await table.lookup(key);
    if (result.kind === 'error') return { reason: result.reason, table: table.name };
    if (result.kind === 'found') return 'match';
  }
  return 'no-match';
}

function isAddressPattern(pattern: string): boolean {
  return /^[\d.]+(\/\d+)?$/.test(pattern) || /^\[[0-9a-f:.]+\](\/\d+)?$/i.test(pattern);
}

function matchAddress(pattern: string, value: string): One {
  const text = pattern.replace(/[[\]]/g, '');
  if (!ipaddr.isValid(value)) return 'no-match';
  const address = ipaddr.parse(value);
  if (!text.includes('/'))
    return ipaddr.isValid(text) && ipaddr.parse(text).toNormalizedString() === address.toNormalizedString()
      ? 'match'
      : 'no-match';
  const fault = networkFault(text);
  if (fault) return { reason: fault };
  const [network, length] = ipaddr.parseCIDR(text);
  return network.kind() === address.kind() && address.match(network, length) ? 'match' : 'no-match';
}
