/**
 * reject-unknown-sender-domain - reject_unknown_sender_domain: mail to that domain could not be delivered: no MX, no address, or a null MX.
 */
import { splitAddress } from '#mail/address.ts';
import { findMailDomain } from './mail-domain.ts';
import { refuse, tempfail } from './refusal.ts';
import { dunno, type Restriction } from './restriction.ts';

export const rejectUnknownSenderDomain: Restriction = async (context) => {
  const { domain } = splitAddress(context.sender ?? '');
  if (domain === undefined || domain === '' || domain.startsWith('[')) return dunno;
  const known = await findMailDomain(context.deps.resolver, domain);
  switch (known.kind) {
    case 'known':
      return dunno;
    case 'tempfail':
      return tempfail(`<${context.sender}>: Sender address rejected: Domain not found`, '4.1.8');
    case 'null-mx':
      return refuse(context, 550, '5.7.27', `Domain ${domain} does not accept mail (nullMX)`, 'sender');
    case 'unknown':
      return refuse(
        context,
        context.config.integer('unknown_address_reject_code'),
        '5.1.8',
        'Domain not found',
        'sender',
      );
  }
};
