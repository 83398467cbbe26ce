/**
 * reject-invalid-helo-hostname - reject_invalid_helo_hostname: the HELO name is no host name (RFC 5321 section 4.1.1.1).
 */
import { isDomain } from '#mail/address.ts';
import { refuse } from './refusal.ts';
import { dunno, type Restriction } from './restriction.ts';

export const rejectInvalidHeloHostname: Restriction = async (context) => {
  if (context.helo === undefined || isDomain(context.helo)) return dunno;
  return refuse(context, context.config.integer('invalid_hostname_reject_code'), '5.5.2', 'Invalid name', 'helo');
};
