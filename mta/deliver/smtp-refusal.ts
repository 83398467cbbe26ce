/**
 * smtp-refusal - what a remote server's "no" means for the recipients, in Postfix's words.
 *
 * The remote's text is untrusted: it is cut to a bounded length here and made printable where it is shown.
 */
import { formatReply, replyClass, type Reply } from '#mail/reply.ts';
import type { RecipientOutcome } from './agent.ts';
import type { Peer } from './find-hosts.ts';

/** Why recipients did not get the message from this host. */
export interface Failure {
  readonly status: 'deferred' | 'bounced';
  readonly dsn: string;
  readonly text: string;
  readonly relay: string;
  readonly remote?: NonNullable<RecipientOutcome['remote']>;
  /** The host itself is in trouble, whoever the recipient is: counts towards a suspended destination. */
  readonly throttle?: true;
}

const longestReply = 1000;

/** `mx.example[198.18.1.20]` */
export function hostText(peer: Peer): string {
  return `${peer.name}[${peer.address}]`;
}

/** `mx.example[198.18.1.20]:25` */
export function relayText(peer: Peer): string {
  return `${hostText(peer)}:${peer.port}`;
}

/** A reply as one line, bounded. */
export function saidText(answer: Reply): string {
  return formatReply(answer).join(' ').slice(0, longestReply);
}

/** A command of the transaction was refused. */
export function refusedCommand(peer: Peer, answer: Reply, command: string): Failure {
  return refusal(peer, answer, `host ${hostText(peer)} said: ${saidText(answer)} (in reply to ${command} command)`);
}

/** The greeting or the hello was refused. */
export function refusedSession(peer: Peer, answer: Reply): Failure {
  const failure = refusal(peer, answer, `host ${hostText(peer)} refused to talk to me: ${saidText(answer)}`);
  return { ...failure, throttle: true };
}

/** The connection, or what it needs, broke. */
export function brokenSession(peer: Peer, dsn: string, text: string): Failure {
  return { status: 'deferred', dsn, text: text.slice(0, longestReply), relay: relayText(peer), throttle: true };
}

function refusal(peer: Peer, answer: Reply, text: string): Failure {
  const isPermanent = replyClass(answer) === 'permanent';
  const first = isPermanent ? '5' : '4';
  // A status that contradicts its code is not believed (RFC 3463 section 2: the class is the code's).
  const dsn = answer.enhancedStatus?.startsWith(first) ? answer.enhancedStatus : `${first}.0.0`;
  return {
    status: isPermanent ? 'bounced' : 'deferred',
    dsn,
    text,
    relay: relayText(peer),
    remote: { mta: peer.name, reply: saidText(answer) },
  };
}
