/**
 * lookup-address - the partial keys with which a mail address is looked up in each kind of table (access(5), virtual(5), transport(5), aliases(5)).
 *
 * Pattern tables (regexp, pcre, static) see the whole address once. Each key is looked up in all tables before the next one is; the first answer decides.
 */
import { splitAddress } from '#mail/address.ts';
import type { LookupResult, LookupTable } from './tables/table.ts';

export type LookupStyle =
  /** user+ext@dom, user@dom, dom, parents, user@ */
  | 'access'
  /** user+ext@dom, user@dom, user+ext and user when the domain is ours, @dom */
  | 'rewrite'
  /** user+ext@dom, user@dom, @dom */
  | 'recipient'
  /** user+ext@dom, user@dom, dom, parents, * */
  | 'transport';

export interface AddressLookup {
  readonly style: LookupStyle;
  /** recipient_delimiter's characters. */
  readonly delimiter: string;
  /** Parent domains are looked up as `parent` (true) or `.parent` (parent_domain_matches_subdomains). */
  readonly plainParents: boolean;
  /** The domain is $myorigin, in $mydestination or an own address: bare local-parts count. */
  readonly isOwnDomain: boolean;
}

export type AddressLookupResult = LookupResult & { readonly key?: string; readonly table?: string };

/** Looks an address up in the tables, one after another. */
export async function lookupAddress(
  tables: readonly LookupTable[],
  address: string,
  how: AddressLookup,
): Promise<AddressLookupResult> {
  const keys = addressKeys(address, how);
  for (const [index, key] of keys.entries()) {
    for (const table of tables) {
      if (table.isPattern && index > 0) continue;
      const result = await table.lookup(key);
      if (result.kind !== 'absent') return { ...result, key, table: table.name };
    }
  }
  return { kind: 'absent' };
}

/** What a program says of a table that did not answer. */
export function lookupWarnings({
  reason,
  table,
  key,
}: {
  readonly reason: string;
  readonly table?: string;
  readonly key?: string;
}): string[] {
  return [reason, `${table} lookup error for "${key}"`];
}

/** The keys in order, most exact first. */
export function addressKeys(address: string, how: AddressLookup): string[] {
  const { localPart, domain } = splitAddress(address);
  const bare = splitExtension(localPart, how.delimiter)?.user;
  const users = bare === undefined ? [localPart] : [localPart, bare];
  const full = domain === undefined ? users : users.map((user) => `${user}@${domain}`);
  const parents = domain === undefined ? [] : parentDomains(domain, how.plainParents);
  switch (how.style) {
    case 'access':
      return [...full, ...(domain === undefined ? [] : [domain]), ...parents, ...users.map((user) => `${user}@`)];
    case 'rewrite':
      return [
        ...full,
        ...(how.isOwnDomain && domain !== undefined ? users : []),
        ...(domain === undefined ? [] : [`@${domain}`]),
      ];
    case 'recipient':
      return [...full, ...(domain === undefined ? [] : [`@${domain}`])];
    case 'transport':
      return [...full, ...(domain === undefined ? [] : [domain]), ...parents, '*'];
  }
}

/** `parent.example` or `.parent.example` for each parent. */
export function parentDomains(domain: string, plain: boolean): string[] {
  const parents: string[] = [];
  for (let dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.', dot + 1))
    parents.push(plain ? domain.slice(dot + 1) : domain.slice(dot));
  return parents;
}

/** `user` and `ext` of `user+ext`; undefined when there is no extension (postconf: recipient_delimiter). */
export function splitExtension(localPart: string, delimiter: string): { user: string; extension: string } | undefined {
  if (delimiter === '' || /^(owner-|.*-request$)/i.test(localPart)) return undefined;
  for (let index = 1; index < localPart.length; index++)
    if (delimiter.includes(localPart.charAt(index)))
      return { user: localPart.slice(0, index), extension: localPart.slice(index + 1) };
  return undefined;
}
