/**
 * permit-mynetworks - permit_mynetworks: the client is in mynetworks (postconf(5)).
 */
import { matchWarnings } from '../config/match-list.ts';
import { lookupFailure } from './refusal.ts';
import { dunno, permit, type Restriction } from './restriction.ts';

/** A network pattern that Postfix cannot read refuses everybody for now: 451. */
export const permitMynetworks: Restriction = async ({ config, client, recipient, warn }) => {
  const match = await config.matches('mynetworks', client.address);
  if (match.kind === 'match') return permit;
  if (match.kind === 'no-match') return dunno;
  for (const text of matchWarnings('mynetworks', match)) warn(text);
  return lookupFailure(recipient ?? client.address, match.reason);
};
