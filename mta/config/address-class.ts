/**
 * address-class - which of Postfix's address classes a domain is in (ADDRESS_CLASS_README).
 *
 * Asked by smtpd (may it relay? is the recipient listed?) and by routing, so that both always say the same.
 */
import type { MatchResult, PostfixConfig } from './config.ts';
import { matchWarnings } from './match-list.ts';

export type AddressClass = 'local' | 'virtual-alias' | 'virtual-mailbox' | 'relay' | 'other';

export type Classified =
  | { readonly kind: 'class'; readonly class: AddressClass }
  /** `warnings`: what trivial-rewrite(8) says of it in the log. */
  | { readonly kind: 'error'; readonly reason: string; readonly warnings: readonly string[] };

const lists = [
  ['mydestination', 'local'],
  ['virtual_alias_domains', 'virtual-alias'],
  ['virtual_mailbox_domains', 'virtual-mailbox'],
  ['relay_domains', 'relay'],
] as const;

/** The class of a domain; an address literal of this host (`[198.18.1.20]`) and no domain at all are local. */
export async function classifyDomain(
  config: PostfixConfig,
  domain: string | undefined,
  ownAddresses: readonly string[],
): Promise<Classified> {
  if (domain === undefined || domain === '') return { kind: 'class', class: 'local' };
  const literal = /^\[(?:ipv6:)?([0-9a-f.:]+)\]$/i.exec(domain)?.[1];
  if (literal !== undefined)
    return {
      kind: 'class',
      class: ownAddresses.includes(literal) || config.list('proxy_interfaces').includes(literal) ? 'local' : 'other',
    };
  for (const [parameter, found] of lists) {
    const match = await config.matches(parameter, domain);
    if (match.kind === 'error') return { kind: 'error', reason: match.reason, warnings: warningsOf(parameter, match) };
    if (match.kind === 'match') return { kind: 'class', class: found };
  }
  return { kind: 'class', class: 'other' };
}

/** mydestination is asked by all programs, the other lists by trivial-rewrite alone, which says more. */
function warningsOf(parameter: string, match: MatchResult & { kind: 'error' }): string[] {
  const warnings = matchWarnings(parameter, match);
  return parameter === 'mydestination' ? warnings : [...warnings, `${parameter} lookup failure`];
}
