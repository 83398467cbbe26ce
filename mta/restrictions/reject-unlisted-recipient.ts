/**
 * reject-unlisted-recipient - reject_unlisted_recipient: a user that none of our tables knows.
 */
import { judgeListed } from './listed.ts';
import type { Restriction } from './restriction.ts';

export const rejectUnlistedRecipient: Restriction = async (context) =>
  judgeListed(context, context.recipient ?? '', 'recipient');
