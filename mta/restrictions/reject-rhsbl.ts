/**
 * reject-rhsbl - reject_rhsbl_{client,reverse_client,helo,sender,recipient} D: a name is in a DNS list of domains (postconf(5)).
 */
import { splitAddress } from '#mail/address.ts';
import { isInList, refuseListed } from './dns-list.ts';
import { dunno, type Restriction, type RestrictionContext } from './restriction.ts';

/** A restriction about the name that `nameOf` gives; `whatOf` is what the refusal shows, if not the name. */
function rejectRhsbl(
  words: string,
  nameOf: (context: RestrictionContext) => string | undefined,
  whatOf: (context: RestrictionContext) => string | undefined = nameOf,
): Restriction {
  return async (context, list) => {
    const name = nameOf(context);
    if (name === undefined || name === '' || name === 'unknown' || name.startsWith('[')) return dunno;
    if (!(await isInList(context, list, name))) return dunno;
    return refuseListed(context, { list, name, words, what: whatOf(context) ?? name });
  };
}

const domainOf = (address: string | undefined): string | undefined => splitAddress(address ?? '').domain;

export const rejectRhsblClient = rejectRhsbl('Client host', ({ client }) => client.name);
export const rejectRhsblReverseClient = rejectRhsbl('Unverified Client host', ({ client }) => client.reverseName);
export const rejectRhsblHelo = rejectRhsbl('Helo command', ({ helo }) => helo);
export const rejectRhsblSender = rejectRhsbl(
  'Sender address',
  ({ sender }) => domainOf(sender),
  ({ sender }) => sender,
);
export const rejectRhsblRecipient = rejectRhsbl(
  'Recipient address',
  ({ recipient }) => domainOf(recipient),
  ({ recipient }) => recipient,
);
