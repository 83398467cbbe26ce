/**
 * reject-unknown-helo-hostname - reject_unknown_helo_hostname: the HELO name has neither address nor MX record.
 */
import { findMailDomain } from './mail-domain.ts';
import { refuse, tempfail } from './refusal.ts';
import { dunno, type Restriction } from './restriction.ts';

export const rejectUnknownHeloHostname: Restriction = async (context) => {
  const { helo, deps, config } = context;
  if (helo === undefined || /^\[.*\]$/.test(helo)) return dunno;
  const known = await findMailDomain(deps.resolver, helo);
  if (known.kind === 'known' || known.kind === 'null-mx') return dunno;
  if (known.kind === 'tempfail') return tempfail(`<${helo}>: Helo command rejected: Host not found`);
  return refuse(context, config.integer('unknown_hostname_reject_code'), '5.7.1', 'Host not found', 'helo');
};
