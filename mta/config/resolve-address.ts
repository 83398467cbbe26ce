/**
 * resolve-address - where an address really points once its routing tricks are undone (trivial-rewrite(8)).
 *
 * `user%outside@here`, `"user@outside"@here` and `outside!user@here` go to `user@outside` when `here` is local (postconf: allow_percent_hack, swap_bangpath,
 * resolve_dequoted_address). That is why they do not open a relay: what is judged is the resolved address.
 */
import { splitAddress } from '#mail/address.ts';
import { classifyDomain, type AddressClass } from './address-class.ts';
import type { PostfixConfig } from './config.ts';
import { lookupAddress, lookupWarnings } from './lookup-address.ts';

export type Resolved =
  | {
      readonly kind: 'resolved';
      readonly address: string;
      readonly domain: string | undefined;
      readonly class: AddressClass;
      /** What transport_maps says of it. */
      readonly transport: string | undefined;
    }
  | ResolveError;

/** No answer now; `warnings` are trivial-rewrite(8)'s. */
export interface ResolveError {
  readonly kind: 'error';
  readonly reason: string;
  readonly warnings: readonly string[];
}

const mostHops = 10;

/** Undoes routing in the local-part as long as the domain is local. A bare local-part gets `@$myorigin`. */
export async function resolveAddress(
  config: PostfixConfig,
  address: string,
  ownAddresses: readonly string[],
): Promise<Resolved> {
  let current = completeAddress(config, address);
  for (let hop = 0; hop < mostHops; hop++) {
    const { localPart, domain } = splitAddress(current);
    const found = await classifyDomain(config, domain, ownAddresses);
    if (found.kind === 'error') return found;
    const inner = found.class === 'local' ? innerAddress(config, localPart) : undefined;
    if (inner === undefined) {
      const mapped = await lookupTransport(config, current);
      return mapped.kind === 'error'
        ? mapped
        : {
            kind: 'resolved',
            address: current,
            domain: domain?.toLowerCase(),
            class: found.class,
            transport: mapped.value,
          };
    }
    current = inner;
  }
  return { kind: 'error', reason: `address resolution loop for ${address}`, warnings: [] };
}

/** transport(5). Part of resolving: smtpd cannot judge an address whose route cannot be found. */
async function lookupTransport(
  config: PostfixConfig,
  address: string,
): Promise<{ readonly kind: 'looked-up'; readonly value: string | undefined } | ResolveError> {
  const found = await lookupAddress(await config.maps('transport_maps'), address, {
    style: 'transport',
    delimiter: config.text('recipient_delimiter'),
    plainParents: config.list('parent_domain_matches_subdomains').includes('transport_maps'),
    isOwnDomain: false,
  });
  if (found.kind !== 'error') return { kind: 'looked-up', value: found.kind === 'found' ? found.value : undefined };
  return { kind: 'error', reason: found.reason, warnings: [...lookupWarnings(found), 'transport_maps lookup failure'] };
}

function innerAddress(config: PostfixConfig, localPart: string): string | undefined {
  if (localPart.includes('@')) return localPart;
  const bang = localPart.indexOf('!');
  if (bang > 0 && config.bool('swap_bangpath')) return `${localPart.slice(bang + 1)}@${localPart.slice(0, bang)}`;
  const percent = localPart.lastIndexOf('%');
  if (percent > 0 && config.bool('allow_percent_hack'))
    return `${localPart.slice(0, percent)}@${localPart.slice(percent + 1)}`;
  return undefined;
}

/** Standard form: `user` -> `user@$myorigin`, `user@host` -> `user@host.$mydomain` if append_dot_mydomain. The null address stays. */
export function completeAddress(config: PostfixConfig, address: string): string {
  if (address === '') return '';
  const { localPart, domain: written } = splitAddress(address);
  const domain = written?.replace(/\.$/, '');
  if (domain === undefined || domain === '')
    return config.bool('append_at_myorigin') ? `${localPart}@${config.text('myorigin')}` : localPart;
  const isShort = !domain.includes('.') && !domain.startsWith('[') && domain.toLowerCase() !== 'localhost';
  return isShort && config.bool('append_dot_mydomain')
    ? `${localPart}@${domain}.${config.text('mydomain')}`
    : `${localPart}@${domain}`;
}
