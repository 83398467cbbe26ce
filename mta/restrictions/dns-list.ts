/**
 * dns-list - is an address or a name in a DNS list? Shared by reject_rbl_client, reject_rhsbl_* and permit_dnswl_client (RFC 5782).
 *
 * A list is written `zone` or `zone=127.0.0.2`, with `[2..11]` and `[4;9]` in an octet of the answers that count. A list that does not answer is left out.
 */
import { lookupFailure, refuseWith } from './refusal.ts';
import type { RestrictionContext, RestrictionResult } from './restriction.ts';

/** The name under which the list holds the address; undefined for what is no IPv4 address. */
export function reversedAddress(address: string): string | undefined {
  return /^\d+\.\d+\.\d+\.\d+$/.test(address) ? address.split('.').reverse().join('.') : undefined;
}

/** Is `name` in the list? */
export async function isInList({ deps }: RestrictionContext, list: string, name: string): Promise<boolean> {
  const [zone = '', filter] = list.split('=');
  const listed = await deps.resolver.a(`${name}.${zone}`);
  return (
    listed.kind === 'found' && listed.records.some((address) => filter === undefined || matchesFilter(address, filter))
  );
}

/** What is refused, in the words of rbl_reply_maps and default_rbl_reply. */
export interface Blocked {
  readonly list: string;
  /** The name that was asked for below the list's zone. */
  readonly name: string;
  /** `Client host`, `Sender address`. */
  readonly words: string;
  /** `198.19.0.6`, `a@spam.test`. */
  readonly what: string;
}

/** `Service unavailable; Client host [192.0.2.1] blocked using zone; reason`, or what the site says instead. */
export async function refuseListed(context: RestrictionContext, blocked: Blocked): Promise<RestrictionResult> {
  const { config, deps } = context;
  const [zone = ''] = blocked.list.split('=');
  const text = await deps.resolver.txt(`${blocked.name}.${zone}`);
  const reason = text.kind === 'found' ? (text.records[0] ?? '') : '';
  let template = config.entries.get('default_rbl_reply') ?? '';
  for (const table of await config.maps('rbl_reply_maps')) {
    const found = await table.lookup(blocked.list);
    if (found.kind === 'error') return lookupFailure(blocked.what, found.reason);
    if (found.kind === 'found') template = found.value;
  }
  const code = config.integer('maps_rbl_reject_code');
  if (template === '')
    return refuseWith(
      code,
      '5.7.1',
      `Service unavailable; ${blocked.words} [${blocked.what}] blocked using ${zone}${reason === '' ? '' : `; ${reason}`}`,
    );
  const written = config.expand(
    template,
    new Map([
      ['rbl_code', String(code)],
      ['rbl_class', blocked.words],
      ['rbl_what', blocked.what],
      ['rbl_domain', zone],
      ['rbl_reason', reason],
      ['client', `${context.client.name}[${context.client.address}]`],
      ['client_address', context.client.address],
      ['client_name', context.client.name],
      ['helo_name', context.helo ?? ''],
      ['sender', context.sender ?? ''],
      ['recipient', context.recipient ?? ''],
    ]),
  );
  const [, ownCode = String(code), ownStatus = '5.7.1', rest = ''] =
    /^([45]\d\d)?\s*([45]\.\d{1,3}\.\d{1,3})?\s*(.*)$/s.exec(written) ?? [];
  return refuseWith(Number(ownCode), ownStatus, rest);
}

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
