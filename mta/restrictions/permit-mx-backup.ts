/**
 * permit-mx-backup - permit_mx_backup: this host is a mail exchanger of the recipient's domain (postconf(5), permit_mx_backup_networks).
 *
 * With permit_mx_backup_networks, the best exchangers must be in those networks: else anybody could make this host his backup.
 */
import { splitAddress } from '#mail/address.ts';
import { resolveAddress } from '../config/resolve-address.ts';
import { findDestination } from './destination.ts';
import { refuse } from './refusal.ts';
import { dunno, permit, type Restriction, type RestrictionContext } from './restriction.ts';

export const permitMxBackup: Restriction = async (context) => {
  if ((await findDestination(context)).kind === 'authorized') return permit;
  const own = context.deps.interfaces.map(({ address }) => address);
  const resolved = await resolveAddress(context.config, context.recipient ?? '', own);
  if (resolved.kind === 'error' || /[@%!]/.test(splitAddress(resolved.address).localPart)) return dunno;
  const found = await context.deps.resolver.mx(resolved.domain ?? '');
  if (found.kind === 'tempfail')
    return refuse(
      context,
      450,
      '4.4.4',
      'Unable to look up mail exchanger information: Host not found, try again',
      'recipient',
    );
  if (found.kind !== 'found') return dunno;
  const best = Math.min(...found.records.map(({ preference }) => preference));
  if (!(await leadTo(context, found.records, async (address) => own.includes(address)))) return dunno;
  if (context.config.list('permit_mx_backup_networks').length === 0) return permit;
  const primaries = found.records.filter(({ preference }) => preference === best);
  const areKnown = await leadTo(
    context,
    primaries,
    async (address) => (await context.config.matches('permit_mx_backup_networks', address)).kind === 'match',
  );
  return areKnown ? permit : dunno;
};

/** Has one of the exchangers an address that fits? */
async function leadTo(
  { deps }: RestrictionContext,
  exchangers: readonly { readonly exchange: string }[],
  fits: (address: string) => Promise<boolean>,
): Promise<boolean> {
  for (const { exchange } of exchangers) {
    const found = await deps.resolver.a(exchange);
    if (found.kind !== 'found') continue;
    for (const address of found.records) if (await fits(address)) return true;
  }
  return false;
}
