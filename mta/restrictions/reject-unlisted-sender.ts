/**
 * reject-unlisted-sender - reject_unlisted_sender: a sender in one of our domains that none of our tables knows.
 */
import { judgeListed } from './listed.ts';
import { dunno, type Restriction } from './restriction.ts';

export const rejectUnlistedSender: Restriction = async (context) =>
  context.sender ? judgeListed(context, context.sender, 'sender') : dunno;
