/**
 * reject-multi-recipient-bounce - reject_multi_recipient_bounce: a bounce goes to one sender, so it has one recipient (RFC 5321 section 4.5.5).
 */
import { refuse } from './refusal.ts';
import { dunno, type Restriction } from './restriction.ts';

export const rejectMultiRecipientBounce: Restriction = async (context) =>
  context.sender === '' && context.recipientCount > 1
    ? refuse(context, context.config.integer('multi_recipient_bounce_reject_code'), '5.5.3', 'Multi-recipient bounce')
    : dunno;
