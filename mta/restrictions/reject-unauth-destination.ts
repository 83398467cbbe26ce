/**
 * reject-unauth-destination - reject_unauth_destination: neither ours nor one we relay to (postconf(5)).
 */
import { findDestination } from './destination.ts';
import { refuseWith, resolverFailure } from './refusal.ts';
import { dunno, type Restriction } from './restriction.ts';

export const rejectUnauthDestination: Restriction = async (context) => {
  const found = await findDestination(context);
  if (found.kind === 'authorized') return dunno;
  if (found.kind === 'error') return resolverFailure(context, context.recipient ?? '', found);
  return refuseWith(
    context.config.integer('relay_domains_reject_code'),
    '5.7.1',
    `<${context.recipient}>: Relay access denied`,
  );
};
