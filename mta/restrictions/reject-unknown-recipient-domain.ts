/**
 * reject-unknown-recipient-domain - reject_unknown_recipient_domain: mail to that domain could not be delivered: no MX, no address, or a null MX.
 */
import { splitAddress } from '#mail/address.ts';
import { findMailDomain } from './mail-domain.ts';
import { refuse, tempfail } from './refusal.ts';
import { dunno, type Restriction } from './restriction.ts';

export const rejectUnknownRecipientDomain: Restriction = async (context) => {
  const { domain } = splitAddress(context.recipient ?? '');
  if (domain === undefined || domain === '' || domain.startsWith('[')) return dunno;
  const known = await findMailDomain(context.deps.resolver, domain);
  switch (known.kind) {
    case 'known':
      return dunno;
    case 'tempfail':
      return tempfail(`<${context.recipient}>: Recipient address rejected: Domain not found`, '4.1.2');
    case 'null-mx':
      return refuse(context, 556, '5.1.10', `Domain ${domain} does not accept mail (nullMX)`, 'recipient');
    case 'unknown':
      return refuse(
        context,
        context.config.integer('unknown_address_reject_code'),
        '5.1.2',
        'Domain not found',
        'recipient',
      );
  }
};
