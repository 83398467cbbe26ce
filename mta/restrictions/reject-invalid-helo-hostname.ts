/**
 * reject-invalid-helo-hostname - reject_invalid_helo_hostname: the HELO name is no host name (RFC 5321 section 4.1.1.1).
 */
import { isIP } from 'node:net';
import { isDomain } from '#mail/address.ts';
import { refuse } from './refusal.ts';
import { dunno, type Restriction } from './restriction.ts';

export const rejectInvalidHeloHostname: Restriction = async (context) => {
  const { helo } = context;
  if (helo === undefined) return dunno;
  const text = helo.startsWith('[')
    ? faultOfLiteral(helo)
    : isDomain(helo.replace(/\.$/, ''))
      ? undefined
      : 'Invalid name';
  return text === undefined
    ? dunno
    : refuse(context, context.config.integer('invalid_hostname_reject_code'), '5.5.2', text, 'helo');
};

/** RFC 5321 section 4.1.3: `[192.0.2.1]`, `[IPv6:2001:db8::1]`. */
function faultOfLiteral(helo: string): string | undefined {
  const inside = /^\[(?:ipv6:)?(.*)\]$/i.exec(helo)?.[1];
  return inside !== undefined && isIP(inside) !== 0 ? undefined : 'invalid ip address';
}
