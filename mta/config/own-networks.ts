/**
 * own-networks - what mynetworks is when main.cf does not say (postconf: mynetworks, mynetworks_style, inet_interfaces).
 *
 * Limits: IPv4 only.
 */
import ipaddr from 'ipaddr.js';
import { FatalConfigError } from './config.ts';

export type Interfaces = readonly { readonly address: string; readonly prefixLength: number }[];

/** Those of the host's interfaces that inet_interfaces names. */
export function listening(words: readonly string[], myhostname: string, interfaces: Interfaces): Interfaces {
  return interfaces.filter(({ address }) => {
    const isLoopback = address.startsWith('127.');
    return words.some(
      (word) =>
        word === 'all' ||
        word === address ||
        (isLoopback ? word === 'loopback-only' || word === 'localhost' : word === myhostname),
    );
  });
}

/** The networks of these interfaces. @throws FatalConfigError for another style. */
export function ownNetworks(style: string, interfaces: Interfaces): string {
  if (!['host', 'subnet', 'class'].includes(style))
    throw new FatalConfigError(
      style === ''
        ? 'bad mynetworks_style value: ; specify exactly one value'
        : `unknown mynetworks mask style value "${style}" in "${style}"`,
      'mynetworks_style is host, subnet or class',
    );
  const networks = interfaces
    .filter(({ address }) => ipaddr.IPv4.isValid(address))
    .map(({ address, prefixLength }) => cidr(address, lengthFor(style, address, prefixLength)));
  return [...new Set(networks)].join(' ');
}

function lengthFor(style: string, address: string, prefixLength: number): number {
  if (style === 'host') return 32;
  if (style === 'subnet') return prefixLength;
  const first = Number(address.split('.')[0]);
  return first < 128 ? 8 : first < 192 ? 16 : 24;
}

function cidr(address: string, length: number): string {
  return `${ipaddr.IPv4.networkAddressFromCIDR(`${address}/${length}`).toString()}/${length}`;
}
