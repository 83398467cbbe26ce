/**
 * listed - the refusal of an unknown user, shared by reject_unlisted_recipient and reject_unlisted_sender.
 */
import { findListed } from '../config/listed-recipient.ts';
import { lookupWarnings } from '../config/lookup-address.ts';
import { resolveAddress } from '../config/resolve-address.ts';
import { lookupFailure, matchClass, refuse, resolverFailure } from './refusal.ts';
import { dunno, type RestrictionContext, type RestrictionResult } from './restriction.ts';

/** `550 5.1.1 <a>: Recipient address rejected: User unknown in local recipient table`. */
export async function judgeListed(
  context: RestrictionContext,
  address: string,
  list: 'recipient' | 'sender',
): Promise<RestrictionResult> {
  const { config, deps } = context;
  const resolved = await resolveAddress(
    config,
    address,
    deps.interfaces.map((each) => each.address),
  );
  if (resolved.kind === 'error') return resolverFailure(context, address, resolved);
  const listed = await findListed(config, resolved, list);
  if (listed.kind === 'listed') return dunno;
  if (listed.kind === 'error') {
    for (const text of lookupWarnings(listed)) context.warn(text);
    return lookupFailure(address, listed.reason);
  }
  if (listed.kind === 'dead-end') {
    const status = listed.dsn ?? (list === 'recipient' ? '5.1.1' : '5.1.0');
    return refuse(context, listed.code, matchClass(listed.code, status), listed.text, list);
  }
  const text = config.bool('show_user_unknown_table_name') ? `User unknown in ${listed.table}` : 'User unknown';
  if (list === 'recipient') return refuse(context, listed.code, '5.1.1', text, list);
  // A virtual alias domain is an error: the resolver's own status is turned into one about senders.
  if (resolved.class !== 'virtual-alias') return refuse(context, listed.code, '5.1.0', text, list);
  context.inform('mapping DSN status 5.1.1 into Sender address status 5.1.7');
  return refuse(context, listed.code, '5.1.7', text, list);
}
