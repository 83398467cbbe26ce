/**
 * known-hosts - which names in a request's Host field are the page's own (RFC 9110 section 7.2), so that a page elsewhere cannot read these by pointing its own name here (DNS rebinding). Pure.
 *
 * A number cannot be pointed anywhere. So a page that is served beyond this machine answers to every IP address, and to the names it was given; one for this machine alone only to that.
 */
import { isIP } from 'node:net';

const loopback = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** @param field with or without a port */
export function isKnownHost(field: string, address: string, names: readonly string[]): boolean {
  const host = field.replace(/:\d+$/, '').toLowerCase();
  if (loopback.has(host)) return true;
  if (loopback.has(address)) return false;
  return isIP(host.replace(/^\[|\]$/g, '')) !== 0 || names.some((name) => name.toLowerCase() === host);
}
