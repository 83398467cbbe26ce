/**
 * reject-unknown-client-hostname - reject_unknown_client_hostname: no PTR, or one that does not lead back (forward-confirmed reverse DNS).
 */
import { refuseWith } from './refusal.ts';
import { dunno, type Restriction } from './restriction.ts';

export const rejectUnknownClientHostname: Restriction = async ({ client, config }) => {
  if (client.name !== 'unknown') return dunno;
  const text = `Client host rejected: cannot find your hostname, [${client.address}]`;
  return refuseWith(
    client.nameStatus === 'tempfail' ? 450 : config.integer('unknown_client_reject_code'),
    '5.7.25',
    text,
  );
};
