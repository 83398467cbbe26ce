/**
 * permit-auth-destination - permit_auth_destination: the recipient is ours or one we relay to.
 */
import { findDestination } from './destination.ts';
import { dunno, permit, type Restriction } from './restriction.ts';

export const permitAuthDestination: Restriction = async (context) => {
  const found = await findDestination(context);
  return found.kind === 'authorized' ? permit : dunno;
};
