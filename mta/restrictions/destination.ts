/**
 * destination - is the recipient in a domain that this host is responsible for? Asked by *_auth_destination and *_unauth_destination.
 */
import { splitAddress } from '#mail/address.ts';
import { resolveAddress, type ResolveError } from '../config/resolve-address.ts';
import type { RestrictionContext } from './restriction.ts';

export type Destination = { readonly kind: 'authorized' } | { readonly kind: 'unauthorized' } | ResolveError;

/** Resolves routing tricks first, so that `user%outside@here` is judged as `user@outside`. */
export async function findDestination({ config, deps, recipient = '' }: RestrictionContext): Promise<Destination> {
  const own = deps.interfaces.map(({ address }) => address);
  const resolved = await resolveAddress(config, recipient, own);
  if (resolved.kind === 'error') return resolved;
  // Routing that is left in the local-part would be undone by the next host: postconf allow_untrusted_routing.
  const isRouted = /[@%!]/.test(splitAddress(resolved.address).localPart) && !config.bool('allow_untrusted_routing');
  return { kind: resolved.class === 'other' || isRouted ? 'unauthorized' : 'authorized' };
}
