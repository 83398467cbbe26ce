/**
 * mail-domain - does a domain exist for mail: has it an MX or an address record? (RFC 5321 section 5.1, RFC 7505)
 */
import type { Resolver } from '#util/resolver.ts';

export type MailDomain =
  { readonly kind: 'known' | 'unknown' | 'null-mx' } | { readonly kind: 'tempfail'; readonly reason: string };

/** Asks for MX, then A, then AAAA. */
export async function findMailDomain(resolver: Resolver, name: string): Promise<MailDomain> {
  const mx = await resolver.mx(name);
  if (mx.kind === 'found')
    return { kind: mx.records.length === 1 && mx.records[0]?.exchange === '' ? 'null-mx' : 'known' };
  if (mx.kind === 'tempfail') return mx;
  for (const answer of [await resolver.a(name), await resolver.aaaa(name)]) {
    if (answer.kind === 'found') return { kind: 'known' };
    if (answer.kind === 'tempfail') return answer;
  }
  return { kind: 'unknown' };
}
