/**
 * rewrite-envelope - who gets the message after canonical, virtual alias and bcc maps (ADDRESS_REWRITING_README, virtual(5), canonical(5)).
 *
 * Virtual aliases are expanded again and again until nothing changes; an address that comes up twice for the same original recipient is delivered once.
 */
import { splitAddress } from '#mail/address.ts';
import { classifyDomain } from '../config/address-class.ts';
import type { PostfixConfig } from '../config/config.ts';
import { lookupAddress, lookupWarnings, splitExtension } from '../config/lookup-address.ts';
import { completeAddress } from '../config/resolve-address.ts';
import { splitList } from '../config/typed-values.ts';
import type { Envelope, EnvelopeRecipient } from '../message.ts';

export type RewrittenEnvelope =
  | { readonly kind: 'rewritten'; readonly envelope: Envelope }
  /** A table could not be read: the message is not accepted now. */
  | { readonly kind: 'failed'; readonly map: string; readonly what: string; readonly warnings: readonly string[] };

/** Applies all maps. `ownAddresses` for the address classes. */
export async function rewriteEnvelope(
  config: PostfixConfig,
  envelope: Envelope,
  ownAddresses: readonly string[],
): Promise<RewrittenEnvelope> {
  const rewriting = new Rewriting(config, ownAddresses);
  try {
    const reversePath =
      envelope.reversePath === '' ? '' : await rewriting.canonical(envelope.reversePath, 'sender_canonical_maps');
    const recipients = new Map<string, EnvelopeRecipient>();
    // Two ways to one mailbox are two deliveries, each with its X-Original-To (postconf: enable_original_recipient).
    const keyOf = (address: string, original: string): string =>
      `${address}\0${config.bool('enable_original_recipient') ? original : ''}`.toLowerCase();
    for (const recipient of envelope.recipients) {
      const start = await rewriting.canonical(recipient.address, 'recipient_canonical_maps');
      for (const address of await rewriting.expand(start, 0)) {
        const key = keyOf(address, recipient.originalRecipient);
        if (!recipients.has(key)) recipients.set(key, { ...recipient, address });
      }
    }
    for (const address of await rewriting.copies(reversePath, [...recipients.values()]))
      for (const each of await rewriting.expand(address, 0))
        if (!recipients.has(keyOf(each, address)))
          recipients.set(keyOf(each, address), { address: each, originalRecipient: address, notify: ['NEVER'] });
    return { kind: 'rewritten', envelope: { ...envelope, reversePath, recipients: [...recipients.values()] } };
  } catch (error) {
    if (error instanceof MapFailure)
      return { kind: 'failed', map: error.map, what: error.what, warnings: error.warnings };
    throw error;
  }
}

class MapFailure extends Error {
  readonly map: string;
  readonly what: string;
  readonly warnings: readonly string[];
  constructor(map: string, what: string, reason: string, warnings: readonly string[] = []) {
    super(reason);
    this.map = map;
    this.what = what;
    this.warnings = warnings;
  }
}

class Rewriting {
  readonly #config: PostfixConfig;
  readonly #own: readonly string[];

  constructor(config: PostfixConfig, ownAddresses: readonly string[]) {
    this.#config = config;
    this.#own = ownAddresses;
  }

  async canonical(address: string, ownMaps: string): Promise<string> {
    const complete = completeAddress(this.#config, address);
    const special = await this.#look(ownMaps, complete);
    return (await this.#look('canonical_maps', special ?? complete)) ?? special ?? complete;
  }

  /** virtual_alias_maps, recursively. */
  async expand(address: string, depth: number): Promise<string[]> {
    if (depth > this.#config.integer('virtual_alias_recursion_limit'))
      throw new MapFailure('virtual_alias_maps', address, 'unreasonable nesting');
    const value = await this.#look('virtual_alias_maps', address);
    if (value === undefined) return [address];
    const expanded: string[] = [];
    for (const each of splitList(value)) {
      const next = completeAddress(
        this.#config,
        each.startsWith('@') ? `${splitAddress(address).localPart}${each}` : each,
      );
      if (next.toLowerCase() === address.toLowerCase()) expanded.push(next);
      else expanded.push(...(await this.expand(next, depth + 1)));
      if (expanded.length > this.#config.integer('virtual_alias_expansion_limit'))
        throw new MapFailure('virtual_alias_maps', address, 'too many addresses');
    }
    return expanded;
  }

  /** always_bcc, sender_bcc_maps, recipient_bcc_maps. */
  async copies(sender: string, recipients: readonly EnvelopeRecipient[]): Promise<string[]> {
    const always = this.#config.text('always_bcc');
    const found = [
      always === '' ? undefined : always,
      sender === '' ? undefined : await this.#look('sender_bcc_maps', sender),
    ];
    for (const recipient of recipients) found.push(await this.#look('recipient_bcc_maps', recipient.address));
    return found
      .filter((each) => each !== undefined && each !== '')
      .map((each) => completeAddress(this.#config, each ?? ''));
  }

  async #look(maps: string, address: string): Promise<string | undefined> {
    const tables = await this.#config.maps(maps);
    if (tables.length === 0) return undefined;
    const { localPart, domain = '' } = splitAddress(address);
    const delimiter = this.#config.text('recipient_delimiter');
    const found = await classifyDomain(this.#config, domain, this.#own);
    const isOwnDomain =
      domain.toLowerCase() === this.#config.text('myorigin').toLowerCase() ||
      (found.kind === 'class' && found.class === 'local');
    const result = await lookupAddress(tables, address, {
      style: 'rewrite',
      delimiter,
      plainParents: true,
      isOwnDomain,
    });
    if (result.kind === 'error')
      throw new MapFailure(maps, maps.endsWith('_bcc_maps') ? '' : address, result.reason, lookupWarnings(result));
    if (result.kind === 'absent') return undefined;
    // An extension that the key did not name goes on (postconf: propagate_unmatched_extensions).
    const extension = splitExtension(localPart, delimiter);
    const unmatched = extension && result.key !== address && result.key !== localPart && !result.key?.startsWith('@');
    const { localPart: user, domain: target } = splitAddress(result.value);
    return unmatched && target !== undefined && !result.value.includes(',')
      ? `${user}${delimiter.charAt(0)}${extension.extension}@${target}`
      : result.value;
  }
}
