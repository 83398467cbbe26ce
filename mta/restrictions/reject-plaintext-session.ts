/**
 * reject-plaintext-session - reject_plaintext_session: the session is not encrypted.
 */
import { refuse } from './refusal.ts';
import { dunno, type Restriction } from './restriction.ts';

export const rejectPlaintextSession: Restriction = async (context) =>
  context.tls
    ? dunno
    : refuse(context, context.config.integer('plaintext_reject_code'), '5.7.1', 'Session encryption is required');
