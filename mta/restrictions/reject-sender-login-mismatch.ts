/**
 * reject-sender-login-mismatch - reject_sender_login_mismatch and its halves: who may use a sender address (postconf: smtpd_sender_login_maps).
 */
import { lookupAddress } from '../config/lookup-address.ts';
import { splitList } from '../config/typed-values.ts';
import { refuse } from './refusal.ts';
import { dunno, type Restriction, type RestrictionContext } from './restriction.ts';

/** A logged-in client must own the address. */
export const rejectAuthenticatedSenderLoginMismatch: Restriction = async (context) => {
  const { sasl } = context;
  if (!sasl || !context.sender) return dunno;
  const owners = await findOwners(context);
  return owners.includes(sasl.username.toLowerCase())
    ? dunno
    : refuse(context, 553, '5.7.1', `not owned by user ${sasl.username}`, 'sender');
};

/** An address that has an owner needs a login. */
export const rejectUnauthenticatedSenderLoginMismatch: Restriction = async (context) => {
  if (context.sasl || !context.sender) return dunno;
  const owners = await findOwners(context);
  return owners.length === 0 ? dunno : refuse(context, 553, '5.7.1', 'not logged in', 'sender');
};

/** Both. */
export const rejectSenderLoginMismatch: Restriction = async (context, argument) => {
  const first = await rejectAuthenticatedSenderLoginMismatch(context, argument);
  return first.kind === 'dunno' ? rejectUnauthenticatedSenderLoginMismatch(context, argument) : first;
};

/** Both, but only for an address that has an owner. */
export const rejectKnownSenderLoginMismatch: Restriction = async (context, argument) =>
  context.sender && (await findOwners(context)).length > 0 ? rejectSenderLoginMismatch(context, argument) : dunno;

async function findOwners({ config, sender = '' }: RestrictionContext): Promise<string[]> {
  const found = await lookupAddress(await config.maps('smtpd_sender_login_maps'), sender, {
    style: 'recipient',
    delimiter: config.text('recipient_delimiter'),
    plainParents: true,
    isOwnDomain: false,
  });
  return found.kind === 'found' ? splitList(found.value).map((owner) => owner.toLowerCase()) : [];
}
