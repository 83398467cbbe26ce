/**
 * reject-unknown-reverse-client-hostname - reject_unknown_reverse_client_hostname: the address has no PTR at all.
 */
import { refuseWith } from './refusal.ts';
import { dunno, type Restriction } from './restriction.ts';

export const rejectUnknownReverseClientHostname: Restriction = async ({ client, config }) => {
  if (client.reverseName !== 'unknown') return dunno;
  const text = `Client host rejected: cannot find your reverse hostname, [${client.address}]`;
  return refuseWith(
    client.nameStatus === 'tempfail' ? 450 : config.integer('unknown_client_reject_code'),
    '5.7.1',
    text,
  );
};
