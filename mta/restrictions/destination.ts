/**
 * destination - is the recipient in a domain that this host is responsible for? Asked by *_auth_destination and *_unauth_destination.
 */
import { resolveAddress } from '../config/resolve-address.ts';
import type { RestrictionContext } from './restriction.ts';

export type Destination =
  | { readonly kind: 'authorized' }
  | { readonly kind: 'unauthorized' }
  | { readonly kind: 'error'; readonly reason: string };

/** Resolves routing tricks first, so that `user%outside@here` is judged as `user@outside`. */
export async function findDestination({ config, deps, recipient = '' }: RestrictionContext): Promise<Destination> {
  const own = deps.interfaces.map(({ address }) => address);
  const resolved = await resolveAddress(config, recipient, own);
  if (resolved.kind === 'error') return resolved;
  return { kind: resolved.class === 'other' ? 'unauthorized' : 'authorized' };
}
