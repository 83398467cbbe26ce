/**
 * listed-recipient - is there such a user? The test behind reject_unlisted_recipient and reject_unlisted_sender (smtpd(8)).
 *
 * Each address class has its list: local_recipient_maps, relay_recipient_maps, virtual_alias_maps, virtual_mailbox_maps. An empty list accepts everything, and then the
 * mail of unknown users bounces later: backscatter.
 */
import type { AddressClass } from './address-class.ts';
import type { PostfixConfig } from './config.ts';
import { findDeadEnd, type DeadEnd } from './dead-end.ts';
import type { Resolved } from './resolve-address.ts';
import { lookupAddress, type AddressLookupResult, type LookupStyle } from './lookup-address.ts';

export type Listed =
  | { readonly kind: 'listed' }
  | { readonly kind: 'unlisted'; readonly table: string; readonly code: number }
  | DeadEnd
  /** `table` and `key`: what was asked when it failed. */
  | { readonly kind: 'error'; readonly reason: string; readonly table: string; readonly key: string };

const lists: Readonly<
  Record<AddressClass, { maps: string; table: string; code: string; style: LookupStyle } | undefined>
> = {
  local: {
    maps: 'local_recipient_maps',
    table: 'local recipient table',
    code: 'unknown_local_recipient_reject_code',
    style: 'rewrite',
  },
  relay: {
    maps: 'relay_recipient_maps',
    table: 'relay recipient table',
    code: 'unknown_relay_recipient_reject_code',
    style: 'recipient',
  },
  'virtual-alias': {
    maps: 'virtual_alias_maps',
    table: 'virtual alias table',
    code: 'unknown_virtual_alias_reject_code',
    style: 'rewrite',
  },
  'virtual-mailbox': {
    maps: 'virtual_mailbox_maps',
    table: 'virtual mailbox table',
    code: 'unknown_virtual_mailbox_reject_code',
    style: 'recipient',
  },
  other: undefined,
};

/** Looks the (resolved) address of that class up. */
export async function findListed(
  config: PostfixConfig,
  resolved: Resolved & { kind: 'resolved' },
  role: 'recipient' | 'sender',
): Promise<Listed> {
  const { address, class: addressClass } = resolved;
  // What is rewritten is not looked for any further.
  const rewriting = [
    'recipient_canonical_maps',
    ...(role === 'sender' ? ['sender_canonical_maps'] : []),
    'canonical_maps',
  ];
  for (const maps of [...rewriting, 'virtual_alias_maps']) {
    const rewritten = await lookIn(config, maps, address, 'rewrite', addressClass === 'local');
    if (rewritten.kind === 'error') return failure(rewritten);
    if (rewritten.kind === 'found') return { kind: 'listed' };
  }
  const deadEnd = findDeadEnd(config, resolved);
  if (deadEnd) return deadEnd;
  const list = lists[addressClass];
  if (!list) return { kind: 'listed' };
  if (config.list(list.maps).length === 0 && addressClass !== 'virtual-alias') return { kind: 'listed' };
  const found = await lookIn(config, list.maps, address, list.style, addressClass === 'local');
  if (found.kind === 'error') return failure(found);
  return found.kind === 'found'
    ? { kind: 'listed' }
    : { kind: 'unlisted', table: list.table, code: config.integer(list.code) };
}

function failure({ reason, table = '', key = '' }: AddressLookupResult & { kind: 'error' }): Listed {
  return { kind: 'error', reason, table, key };
}

/** local(8) looks aliases and users up by the bare local-part too. */
async function lookIn(
  config: PostfixConfig,
  maps: string,
  address: string,
  style: LookupStyle,
  isOwnDomain: boolean,
): Promise<AddressLookupResult> {
  return lookupAddress(await config.maps(maps), address, {
    style,
    delimiter: config.text('recipient_delimiter'),
    plainParents: true,
    isOwnDomain,
  });
}
