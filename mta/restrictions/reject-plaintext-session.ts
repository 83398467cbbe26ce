/**
 * reject-plaintext-session - reject_plaintext_session: the session is not encrypted.
 */
import { refuseWith } from './refusal.ts';
import { dunno, type Restriction } from './restriction.ts';

export const rejectPlaintextSession: Restriction = async (context) =>
  context.tls
    ? dunno
    : refuseWith(context.config.integer('plaintext_reject_code'), '5.7.1', 'Session encryption is required');
