/**
 * reject-non-fqdn-helo-hostname - reject_non_fqdn_helo_hostname: the HELO name has no dot and is no address literal.
 */
import { isDomain } from '#mail/address.ts';
import { refuse } from './refusal.ts';
import { dunno, type Restriction } from './restriction.ts';

export const rejectNonFqdnHeloHostname: Restriction = async (context) => {
  const helo = context.helo?.replace(/\.$/, '');
  if (helo === undefined || /^\[.*\]$/.test(helo) || (helo.includes('.') && isDomain(helo))) return dunno;
  return refuse(
    context,
    context.config.integer('non_fqdn_reject_code'),
    '5.5.2',
    'need fully-qualified hostname',
    'helo',
  );
};
