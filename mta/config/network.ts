/**
 * network - a network as people write it, `198.18.0.0/15` or one address, and Postfix's words for one that is none (cidr_table(5), postconf: mynetworks).
 */
import ipaddr from 'ipaddr.js';

/** What is wrong with it; undefined for a sound one. */
export function networkFault(pattern: string): string | undefined {
  const [written = '', length] = pattern.split('/');
  if (!ipaddr.isValid(written) || (!written.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(written)))
    return length === undefined && !/^[\d.]+$/.test(written)
      ? `bad address pattern: "${pattern}"`
      : `bad ${length === undefined ? 'address' : 'network'} value in "${pattern}"`;
  if (length === undefined) return undefined;
  const address = ipaddr.parse(written);
  if (!/^\d+$/.test(length) || Number(length) > (address.kind() === 'ipv4' ? 32 : 128))
    return `bad mask length in "${pattern}"`;
  const network =
    address.kind() === 'ipv4'
      ? ipaddr.IPv4.networkAddressFromCIDR(pattern)
      : ipaddr.IPv6.networkAddressFromCIDR(pattern);
  if (network.toNormalizedString() === address.toNormalizedString()) return undefined;
  return `non-null host address bits in "${pattern}", perhaps you should use "${network.toString()}/${length}" instead`;
}
