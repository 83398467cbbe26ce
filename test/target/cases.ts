/**
 * cases - what a host is like inside, and what may be said of it from outside: the same for our own mail system and for a genuine Postfix.
 */
import type { LabRun } from '../../grader/run.ts';

export interface TargetCase {
  readonly about: string;
  readonly place: 'gateway' | 'mailbox';
  /** Commands on the host, in its root, on top of the solution. */
  readonly commands: string;
  /** Check to verdict and tag, where it differs from `asSolved`. */
  readonly differs: Readonly<Record<string, string>>;
}

/** Labs that are put to a host in that place; the solutions of all of them are laid. */
export const labsOf = {
  gateway: ['02-who-may-relay', '03-someone-must-answer', '05-filter-for-your-neighbour'],
  mailbox: ['01-first-mail', '02-who-may-relay', '03-someone-must-answer'],
} as const;

/** What is said of a host that is set up as the labs' solutions have it; checks that need more than the wire are left out. */
export const asSolved: Readonly<Record<TargetCase['place'], Readonly<Record<string, string>>>> = {
  gateway: {
    'gateway-answers': 'pass GATEWAY_ANSWERS',
    'gateway-refuses-strangers': 'pass RELAY_CLOSED',
    'gateway-refuses-unknown': 'pass UNKNOWN_REFUSED',
    'gateway-stays-closed': 'pass STILL_CLOSED',
  },
  mailbox: {
    'answers-on-25': 'pass ANSWERS',
    'says-its-name': 'pass NAME_RIGHT',
    'unknown-user-refused': 'pass UNKNOWN_USER_REFUSED',
    'mailbox-refuses-strangers': 'pass RELAY_CLOSED',
  },
};

const everyGatewayCheck = (verdict: string): Record<string, string> => ({
  'gateway-answers': verdict,
  'gateway-refuses-strangers': 'not-run NEEDED_CHECK_NOT_PASSED',
  'gateway-postmaster-answers': verdict,
  'gateway-takes-neighbours-mail': verdict,
  'gateway-refuses-unknown': verdict,
  'gateway-stays-closed': verdict,
});

const filtered = 'pc2.sse.ws.test';

export const targetCases: readonly TargetCase[] = [
  { about: 'the solution', place: 'gateway', commands: 'true', differs: {} },
  {
    about: 'everybody is in mynetworks',
    place: 'gateway',
    commands: "postconf -e 'mynetworks = 0.0.0.0/0'",
    differs: { 'gateway-refuses-strangers': 'fail RELAY_OPEN', 'gateway-stays-closed': 'fail RELAY_OPEN' },
  },
  {
    about: 'a foreign domain in relay_domains, without a list of recipients',
    place: 'gateway',
    commands: `postconf -e 'relay_domains = ${filtered}, outside.test' 'relay_recipient_maps ='`,
    differs: {
      'gateway-refuses-strangers': 'fail RELAY_OPEN',
      'gateway-stays-closed': 'fail RELAY_OPEN',
      'gateway-refuses-unknown': 'fail UNKNOWN_ACCEPTED',
    },
  },
  {
    about: 'no relay_recipient_maps',
    place: 'gateway',
    commands: 'postconf -X relay_recipient_maps',
    differs: { 'gateway-refuses-unknown': 'fail UNKNOWN_ACCEPTED' },
  },
  {
    about: "the neighbour's domain is misspelt",
    place: 'gateway',
    commands: `postconf -e 'relay_domains = x${filtered}'`,
    differs: {
      'gateway-takes-neighbours-mail': 'fail NEIGHBOURS_MAIL_REFUSED',
      'gateway-refuses-unknown': 'inconclusive KNOWN_USER_REFUSED',
    },
  },
  {
    about: "the neighbour's user is not in the list",
    place: 'gateway',
    commands: `echo 'somebody@${filtered} x' > etc/postfix/relay_recipients; postmap etc/postfix/relay_recipients`,
    differs: {
      'gateway-takes-neighbours-mail': 'fail NEIGHBOURS_USER_UNKNOWN',
      'gateway-refuses-unknown': 'inconclusive KNOWN_USER_REFUSED',
    },
  },
  {
    about: 'a table was never made',
    place: 'gateway',
    commands: 'rm etc/postfix/relay_recipients.db',
    differs: {
      'gateway-takes-neighbours-mail': 'inconclusive TARGET_PUTS_US_OFF',
      'gateway-refuses-unknown': 'inconclusive KNOWN_USER_REFUSED',
    },
  },
  {
    about: 'another name',
    place: 'gateway',
    commands: "postconf -e 'myhostname = gate.pc1.sse.ws.test'",
    differs: {
      'gateway-answers': 'fail GATEWAY_MISNAMED',
      'gateway-refuses-strangers': 'not-run NEEDED_CHECK_NOT_PASSED',
      'gateway-postmaster-answers': 'fail ADDRESS_REFUSED',
    },
  },
  {
    about: 'every refusal is put off',
    place: 'gateway',
    commands: "postconf -e 'soft_bounce = yes'",
    differs: { 'gateway-refuses-unknown': 'inconclusive TARGET_PUTS_US_OFF' },
  },
  {
    about: 'this computer is turned away',
    place: 'gateway',
    commands: "postconf -e 'smtpd_client_restrictions = reject'",
    differs: everyGatewayCheck('inconclusive TARGET_TURNS_US_AWAY'),
  },
  {
    about: 'everybody is put off',
    place: 'gateway',
    commands: "postconf -e 'smtpd_recipient_restrictions = defer'",
    differs: everyGatewayCheck('inconclusive TARGET_PUTS_US_OFF'),
  },
  {
    about: 'strict with names and senders',
    place: 'gateway',
    commands:
      "postconf -e 'smtpd_helo_required = yes' 'smtpd_helo_restrictions = reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname' 'smtpd_sender_restrictions = reject_non_fqdn_sender'",
    differs: {},
  },
  { about: 'the solution', place: 'mailbox', commands: 'true', differs: {} },
  {
    about: 'no list of local users',
    place: 'mailbox',
    commands: "postconf -e 'local_recipient_maps ='",
    differs: { 'unknown-user-refused': 'fail UNKNOWN_USER_ACCEPTED' },
  },
  {
    about: 'its domain is not in mydestination',
    place: 'mailbox',
    commands: "postconf -e 'mydestination = $myhostname, localhost'",
    differs: {
      'mail-arrives': 'fail MAIL_PUT_OFF',
      'unknown-user-refused': 'inconclusive KNOWN_USER_REFUSED',
      'mailbox-takes-own-mail': 'fail OWN_MAIL_NOT_ARRIVED',
      'postmaster-answers': 'fail ADDRESS_REFUSED',
      'root-answers': 'fail ADDRESS_REFUSED',
      'abuse-answers': 'fail ADDRESS_REFUSED',
    },
  },
  {
    about: 'a greeting without its name',
    place: 'mailbox',
    commands: "postconf -e 'smtpd_banner = ESMTP ready'",
    differs: { 'says-its-name': 'fail NAME_WRONG' },
  },
  {
    about: 'no abuse@',
    place: 'mailbox',
    commands: "sed -i '/^abuse/d' etc/aliases; newaliases",
    differs: { 'abuse-answers': 'fail ADDRESS_REFUSED' },
  },
  {
    about: 'every client is permitted before the last word',
    place: 'mailbox',
    commands: "postconf -e 'smtpd_relay_restrictions = check_client_access static:OK, reject_unauth_destination'",
    differs: { 'mailbox-refuses-strangers': 'fail RELAY_OPEN' },
  },
];

/** Verdict and tag of what was judged. */
export function judged(runs: readonly LabRun[]): Record<string, string> {
  return Object.fromEntries(
    runs
      .flatMap((run) => run.results)
      .filter(({ verdict }) => verdict.tag !== 'NEEDS_MORE_THAN_THE_WIRE')
      .map(({ check, verdict }) => [check.id, `${verdict.kind} ${verdict.tag}`]),
  );
}
