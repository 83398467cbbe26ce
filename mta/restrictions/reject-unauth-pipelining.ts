/**
 * reject-unauth-pipelining - reject_unauth_pipelining: the client sent commands ahead where the protocol forbids it (RFC 2920).
 */
import { refuse } from './refusal.ts';
import { dunno, type Restriction } from './restriction.ts';

export const rejectUnauthPipelining: Restriction = async (context) =>
  context.pipelinedAhead ? refuse(context, 503, '5.5.0', 'Improper use of SMTP command pipelining') : dunno;
