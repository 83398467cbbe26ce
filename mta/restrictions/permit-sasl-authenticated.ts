/**
 * permit-sasl-authenticated - permit_sasl_authenticated: the client logged in (RFC 4954).
 */
import { dunno, permit, type Restriction } from './restriction.ts';

export const permitSaslAuthenticated: Restriction = async ({ sasl }) => (sasl ? permit : dunno);
