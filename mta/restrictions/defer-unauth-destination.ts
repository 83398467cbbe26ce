/**
 * defer-unauth-destination - defer_unauth_destination: as reject_unauth_destination, but to be tried again later.
 */
import { findDestination } from './destination.ts';
import { refuseWith, resolverFailure } from './refusal.ts';
import { dunno, type Restriction } from './restriction.ts';

export const deferUnauthDestination: Restriction = async (context) => {
  const found = await findDestination(context);
  if (found.kind === 'authorized') return dunno;
  if (found.kind === 'error') return resolverFailure(context, context.recipient ?? '', found);
  return refuseWith(454, '4.7.1', `<${context.recipient}>: Relay access denied`);
};
