/**
 * registry - every restriction by its configured name (postconf(5)).
 */
import {
  checkClientAccess,
  checkEtrnAccess,
  checkHeloAccess,
  checkRecipientAccess,
  checkReverseClientHostnameAccess,
  checkSaslAccess,
  checkSenderAccess,
} from './check-access.ts';
import { serverAccessRestrictions } from './check-server-access.ts';
import { checkPolicyService } from './check-policy-service.ts';
import { deferUnauthDestination } from './defer-unauth-destination.ts';
import { permitAuthDestination } from './permit-auth-destination.ts';
import { permitInetInterfaces } from './permit-inet-interfaces.ts';
import { permitMxBackup } from './permit-mx-backup.ts';
import { permitMynetworks } from './permit-mynetworks.ts';
import { permitSaslAuthenticated } from './permit-sasl-authenticated.ts';
import { later, refuse } from './refusal.ts';
import { rejectInvalidHeloHostname } from './reject-invalid-helo-hostname.ts';
import { rejectMultiRecipientBounce } from './reject-multi-recipient-bounce.ts';
import { rejectNonFqdnHeloHostname } from './reject-non-fqdn-helo-hostname.ts';
import { rejectNonFqdnRecipient } from './reject-non-fqdn-recipient.ts';
import { rejectNonFqdnSender } from './reject-non-fqdn-sender.ts';
import { rejectPlaintextSession } from './reject-plaintext-session.ts';
import { permitDnswlClient, permitRhswlClient } from './permit-listed-client.ts';
import { rejectRblClient } from './reject-rbl-client.ts';
import {
  rejectRhsblClient,
  rejectRhsblHelo,
  rejectRhsblRecipient,
  rejectRhsblReverseClient,
  rejectRhsblSender,
} from './reject-rhsbl.ts';
import {
  rejectAuthenticatedSenderLoginMismatch,
  rejectKnownSenderLoginMismatch,
  rejectSenderLoginMismatch,
  rejectUnauthenticatedSenderLoginMismatch,
} from './reject-sender-login-mismatch.ts';
import { rejectUnauthDestination } from './reject-unauth-destination.ts';
import { rejectUnauthPipelining } from './reject-unauth-pipelining.ts';
import { rejectUnknownClientHostname } from './reject-unknown-client-hostname.ts';
import { rejectUnknownHeloHostname } from './reject-unknown-helo-hostname.ts';
import { rejectUnknownRecipientDomain } from './reject-unknown-recipient-domain.ts';
import { rejectUnknownReverseClientHostname } from './reject-unknown-reverse-client-hostname.ts';
import { rejectUnknownSenderDomain } from './reject-unknown-sender-domain.ts';
import { rejectUnlistedRecipient } from './reject-unlisted-recipient.ts';
import { rejectUnlistedSender } from './reject-unlisted-sender.ts';
import { dunno, permit, type Restriction } from './restriction.ts';
import { sleep } from './sleep.ts';

/** Restrictions without argument. */
export const restrictions: ReadonlyMap<string, Restriction> = new Map<string, Restriction>([
  ['permit', async () => permit],
  ['reject', async (context) => refuse(context, context.config.integer('reject_code'), '5.7.1', 'Access denied')],
  ['defer', async (context) => refuse(context, context.config.integer('defer_code'), '4.3.2', 'Try again later')],
  [
    'defer_if_permit',
    async (context) => later(refuse(context, 450, '4.7.0', 'defer_if_permit requested'), 'defer-if-permit'),
  ],
  [
    'defer_if_reject',
    async (context) => later(refuse(context, 450, '4.7.0', 'defer_if_reject requested'), 'defer-if-reject'),
  ],
  ['permit_mynetworks', permitMynetworks],
  ['permit_inet_interfaces', permitInetInterfaces],
  ['permit_sasl_authenticated', permitSaslAuthenticated],
  ['permit_auth_destination', permitAuthDestination],
  ['permit_mx_backup', permitMxBackup],
  // No client certificates are asked for here, so nobody has one.
  ['permit_tls_clientcerts', async () => dunno],
  ['permit_tls_all_clientcerts', async () => dunno],
  ['reject_unauth_destination', rejectUnauthDestination],
  ['defer_unauth_destination', deferUnauthDestination],
  ['reject_unlisted_recipient', rejectUnlistedRecipient],
  ['reject_unlisted_sender', rejectUnlistedSender],
  ['reject_invalid_helo_hostname', rejectInvalidHeloHostname],
  ['reject_invalid_hostname', rejectInvalidHeloHostname],
  ['reject_non_fqdn_helo_hostname', rejectNonFqdnHeloHostname],
  ['reject_non_fqdn_hostname', rejectNonFqdnHeloHostname],
  ['reject_unknown_helo_hostname', rejectUnknownHeloHostname],
  ['reject_unknown_hostname', rejectUnknownHeloHostname],
  ['reject_unknown_sender_domain', rejectUnknownSenderDomain],
  ['reject_unknown_recipient_domain', rejectUnknownRecipientDomain],
  ['reject_non_fqdn_sender', rejectNonFqdnSender],
  ['reject_non_fqdn_recipient', rejectNonFqdnRecipient],
  ['reject_unknown_client_hostname', rejectUnknownClientHostname],
  ['reject_unknown_client', rejectUnknownClientHostname],
  ['reject_unknown_reverse_client_hostname', rejectUnknownReverseClientHostname],
  ['reject_unauth_pipelining', rejectUnauthPipelining],
  ['reject_multi_recipient_bounce', rejectMultiRecipientBounce],
  ['reject_plaintext_session', rejectPlaintextSession],
  ['reject_sender_login_mismatch', rejectSenderLoginMismatch],
  ['reject_known_sender_login_mismatch', rejectKnownSenderLoginMismatch],
  ['reject_authenticated_sender_login_mismatch', rejectAuthenticatedSenderLoginMismatch],
  ['reject_unauthenticated_sender_login_mismatch', rejectUnauthenticatedSenderLoginMismatch],
]);

/** Restrictions whose next word is their argument. */
export const restrictionsWithArgument: ReadonlyMap<string, Restriction> = new Map<string, Restriction>([
  ['reject_rbl_client', rejectRblClient],
  ['reject_rhsbl_client', rejectRhsblClient],
  ['reject_rhsbl_reverse_client', rejectRhsblReverseClient],
  ['reject_rhsbl_helo', rejectRhsblHelo],
  ['reject_rhsbl_sender', rejectRhsblSender],
  ['reject_rhsbl_recipient', rejectRhsblRecipient],
  ['permit_dnswl_client', permitDnswlClient],
  ['permit_rhswl_client', permitRhswlClient],
  ...serverAccessRestrictions,
  ['check_client_access', checkClientAccess],
  ['check_reverse_client_hostname_access', checkReverseClientHostnameAccess],
  ['check_etrn_access', checkEtrnAccess],
  ['check_sasl_access', checkSaslAccess],
  ['check_helo_access', checkHeloAccess],
  ['check_sender_access', checkSenderAccess],
  ['check_recipient_access', checkRecipientAccess],
  ['check_policy_service', checkPolicyService],
  ['sleep', sleep],
]);
