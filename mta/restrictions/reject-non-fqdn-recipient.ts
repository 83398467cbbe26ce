/**
 * reject-non-fqdn-recipient - reject_non_fqdn_recipient: the address has no full domain.
 */
import { splitAddress } from '#mail/address.ts';
import { refuse } from './refusal.ts';
import { dunno, type Restriction } from './restriction.ts';

export const rejectNonFqdnRecipient: Restriction = async (context) => {
  const address = context.recipient ?? '';
  const { domain = '' } = splitAddress(address);
  if (address === '' || domain.startsWith('[') || domain.includes('.')) return dunno;
  return refuse(
    context,
    context.config.integer('non_fqdn_reject_code'),
    '5.5.2',
    'need fully-qualified address',
    'recipient',
  );
};
