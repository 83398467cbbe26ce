/**
 * permit-mynetworks - permit_mynetworks: the client is in mynetworks (postconf(5)).
 */
import { reply } from '#mail/reply.ts';
import { dunno, permit, type Restriction } from './restriction.ts';

/** A network pattern that Postfix cannot read refuses everybody for now: 451. */
export const permitMynetworks: Restriction = async ({ config, client, warn }) => {
  const match = await config.matches('mynetworks', client.address);
  if (match.kind === 'match') return permit;
  if (match.kind === 'no-match') return dunno;
  warn(`mynetworks: ${match.reason}`);
  return {
    kind: 'reject',
    reply: reply('451 4.3.0 <' + client.address + '>: Temporary lookup failure'),
    reason: match.reason,
  };
};
