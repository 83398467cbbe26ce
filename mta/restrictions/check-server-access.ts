/**
 * check-server-access - check_{client,reverse_client_hostname,helo,sender,recipient}_{a,mx,ns}_access: a table is asked about the addresses, mail exchangers or name
 * servers of a name (postconf(5)).
 *
 * OK is not allowed: whoever controls the DNS would let himself in.
 */
import { splitAddress } from '#mail/address.ts';
import type { Answer, Resolver } from '#util/resolver.ts';
import { addressPrefixes, domainKeys, lookUpKeys, openArgument } from './check-access.ts';
import { configurationError, objectOf, objectWords } from './refusal.ts';
import { dunno, type ListKind, type Restriction, type RestrictionContext } from './restriction.ts';

export type ServerKind = 'a' | 'mx' | 'ns';

/** Makes the restriction `check_SUBJECT_KIND_access`. */
export function checkServerAccess(
  subject: string,
  list: ListKind,
  kind: ServerKind,
  nameOf: (context: RestrictionContext) => string | undefined,
): Restriction {
  const restriction = `check_${subject}_${kind}_access`;
  return async (context, argument) => {
    const table = await openArgument(context, restriction, argument);
    if (!table) return configurationError(`${restriction} ${argument}`);
    const name = nameOf(context)?.toLowerCase();
    if (name === undefined || name === '' || name === 'unknown') return dunno;
    for (const { host, addresses } of await findServers(context, list, kind, name)) {
      const byAddress = addresses.flatMap((address) => (table.isPattern ? [address] : addressPrefixes(address)));
      const result = await lookUpKeys(context, table, [...domainKeys(context, table, host), ...byAddress], list);
      if (result.kind === 'permit') return refuseOk(context, restriction, objectOf(context, list));
      if (result.kind !== 'dunno') return result;
    }
    return dunno;
  };
}

function refuseOk(
  context: RestrictionContext,
  restriction: string,
  object: string,
): ReturnType<typeof configurationError> {
  context.warn(`restriction ${restriction} returns OK for ${object}`);
  context.warn('this is not allowed for security reasons');
  context.warn('use DUNNO instead of OK if you want to make an exception');
  return configurationError(`${restriction} returns OK`);
}

interface Server {
  readonly host: string;
  readonly addresses: readonly string[];
}

/** The hosts and their addresses; what cannot be found is a warning. */
async function findServers(
  context: RestrictionContext,
  list: ListKind,
  kind: ServerKind,
  name: string,
): Promise<Server[]> {
  const literal = /^\[(.*)\]$/.exec(name)?.[1];
  if (literal !== undefined) return [{ host: name, addresses: [literal] }];
  const { resolver } = context.deps;
  if (kind === 'a') return addressesOf(resolver, name);
  const found = kind === 'mx' ? await exchangersOf(resolver, name) : await nameServersOf(resolver, name);
  const label = kind.toUpperCase();
  if (found.kind === 'tempfail') {
    context.warn(`Unable to look up ${label} host for ${name}: Host not found, try again`);
    return [];
  }
  if (found.kind !== 'found') {
    const text = 'Host found but no data record of requested type';
    context.warn(`Unable to look up ${label} host for ${objectOf(context, list)}: ${text}`);
    return [];
  }
  const servers: Server[] = [];
  for (const host of found.records) {
    const known = await addressesOf(resolver, host);
    if (known.length === 0)
      context.warn(
        `Unable to look up ${label} host ${host} for ${objectWords[list]} ${objectOf(context, list)}: Name or service not known`,
      );
    servers.push(...known);
  }
  return servers;
}

async function addressesOf(resolver: Resolver, host: string): Promise<Server[]> {
  const found = await resolver.a(host);
  return found.kind === 'found' ? [{ host, addresses: found.records }] : [];
}

/** A domain without MX is its own exchanger (RFC 5321 section 5.1). */
async function exchangersOf(resolver: Resolver, name: string): Promise<Answer<string>> {
  const found = await resolver.mx(name);
  if (found.kind === 'tempfail') return found;
  if (found.kind !== 'found') return { kind: 'found', records: [name] };
  return {
    kind: 'found',
    records: found.records.map(({ exchange }) => exchange).filter((exchange) => exchange !== ''),
  };
}

/** The name's own servers, or those of the nearest parent that has some. */
async function nameServersOf(resolver: Resolver, name: string): Promise<Answer<string>> {
  for (let domain = name; domain !== ''; domain = domain.includes('.') ? domain.slice(domain.indexOf('.') + 1) : '') {
    const found = await resolver.ns(domain);
    if (found.kind === 'found' || found.kind === 'tempfail') return found;
  }
  return { kind: 'nodata' };
}

/** All of them, by name. */
export const serverAccessRestrictions: readonly (readonly [string, Restriction])[] = (
  [
    ['client', 'client', ({ client }) => client.name],
    ['reverse_client_hostname', 'reverse-client', ({ client }) => client.reverseName],
    ['helo', 'helo', ({ helo }) => helo],
    ['sender', 'sender', ({ sender }) => splitAddress(sender ?? '').domain],
    ['recipient', 'recipient', ({ recipient }) => splitAddress(recipient ?? '').domain],
  ] as const satisfies readonly (readonly [string, ListKind, (context: RestrictionContext) => string | undefined])[]
).flatMap(([subject, list, nameOf]) =>
  (['a', 'mx', 'ns'] as const).map(
    (kind) => [`check_${subject}_${kind}_access`, checkServerAccess(subject, list, kind, nameOf)] as const,
  ),
);
