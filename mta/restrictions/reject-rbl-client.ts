/**
 * reject-rbl-client - reject_rbl_client D: the client's address is in a DNS block list (RFC 5782).
 */
import { refuseWith } from './refusal.ts';
import { dunno, type Restriction } from './restriction.ts';

/** `argument`: `zone` or `zone=127.0.0.2`, with `[2..11]` and `[4;9]` in an octet. A list that does not answer is left out. */
export const rejectRblClient: Restriction = async (context, argument) => {
  const { client, deps, config } = context;
  if (!/^[0-9.]+$/.test(client.address)) return dunno;
  const [zone = '', filter] = argument.split('=');
  const name = `${client.address.split('.').reverse().join('.')}.${zone}`;
  const listed = await deps.resolver.a(name);
  if (
    listed.kind !== 'found' ||
    !listed.records.some((address) => filter === undefined || matchesFilter(address, filter))
  )
    return dunno;
  const text = await deps.resolver.txt(name);
  const reason = text.kind === 'found' ? `; ${text.records[0]}` : '';
  return refuseWith(
    config.integer('maps_rbl_reject_code'),
    '5.7.1',
    `Service unavailable; Client host [${client.address}] blocked using ${zone}${reason}`,
  );
};

function matchesFilter(address: string, filter: string): boolean {
  const octets = address.split('.');
  const patterns = filter.match(/\[[^\]]*\]|\d+/g) ?? [];
  return patterns.length === 4 && patterns.every((pattern, index) => matchesOctet(Number(octets[index]), pattern));
}

function matchesOctet(octet: number, pattern: string): boolean {
  return pattern
    .replace(/[[\]]/g, '')
    .split(';')
    .some((part) => {
      const [low = '', high = low] = part.split('..');
      return octet >= Number(low) && octet <= Number(high);
    });
}
