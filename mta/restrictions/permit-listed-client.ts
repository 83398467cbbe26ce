/**
 * permit-listed-client - permit_dnswl_client D and permit_rhswl_client D: the client is in a DNS allow list (postconf(5)).
 *
 * Only mail for our own destinations is let through: a foreign list must not make an open relay of us.
 */
import { findDestination } from './destination.ts';
import { isInList, reversedAddress } from './dns-list.ts';
import { dunno, permit, type Restriction, type RestrictionContext } from './restriction.ts';

function permitListed(nameOf: (context: RestrictionContext) => string | undefined): Restriction {
  return async (context, list) => {
    const name = nameOf(context);
    if (name === undefined || context.recipient === undefined) return dunno;
    if ((await findDestination(context)).kind !== 'authorized') return dunno;
    return (await isInList(context, list, name)) ? permit : dunno;
  };
}

export const permitDnswlClient = permitListed(({ client }) => reversedAddress(client.address));
export const permitRhswlClient = permitListed(({ client }) => (client.name === 'unknown' ? undefined : client.name));
