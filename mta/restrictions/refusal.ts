/**
 * refusal - the words of a refusal, as Postfix builds them: `CODE X.Y.Z <what>: CLASS rejected: TEXT`.
 */
import { reply } from '#mail/reply.ts';
import type { ResolveError } from '../config/resolve-address.ts';
import { tellResolver } from '../log/tell-resolver.ts';
import type { ListKind, RestrictionContext, RestrictionResult } from './restriction.ts';

export const objectWords: Readonly<Record<ListKind, string>> = {
  client: 'Client host',
  'reverse-client': 'Unverified Client host',
  sasl: 'SASL login name',
  helo: 'Helo command',
  sender: 'Sender address',
  relay: 'Recipient address',
  recipient: 'Recipient address',
  data: 'Data command',
  'end-of-data': 'End-of-data',
  etrn: 'Etrn command',
};

/** What a list is about: the host, the name, the address or the command. */
export function objectOf(context: RestrictionContext, list: ListKind = context.list): string {
  switch (list) {
    case 'client':
      return `${context.client.name}[${context.client.address}]`;
    case 'sasl':
      return context.sasl?.username ?? '';
    case 'reverse-client':
      return context.client.reverseName;
    case 'helo':
      return context.helo ?? '';
    case 'sender':
      return context.sender ?? '';
    case 'relay':
    case 'recipient':
      return context.recipient ?? '';
    case 'data':
      return 'DATA';
    case 'end-of-data':
      return 'END-OF-MESSAGE';
    case 'etrn':
      return context.etrnDomain ?? '';
  }
}

/** `<what>: CLASS rejected: TEXT` with a code and status; `list` says what is refused, if not the list's own object. */
export function refuse(
  context: RestrictionContext,
  code: number,
  status: string,
  text: string,
  list: ListKind = context.list,
): RestrictionResult {
  return refuseWith(code, status, `<${objectOf(context, list)}>: ${objectWords[list]} rejected: ${text}`);
}

/** A refusal in words of its own. */
export function refuseWith(code: number, status: string, text: string): RestrictionResult {
  return { kind: 'reject', reply: reply(`${code} ${matchClass(code, status)} ${text}`), reason: text };
}

/** The status' first digit follows the code's (RFC 3463 section 2): a site may turn 450 into 550. */
export function matchClass(code: number, status: string): string {
  return `${Math.floor(code / 100)}${status.slice(1)}`;
}

/** A look-up that failed for now: refused if nothing else refuses (postconf: reject_tempfail_action). */
export function tempfail(text: string, status = '4.7.1'): RestrictionResult {
  return { kind: 'defer-if-permit', reply: reply(`450 ${status} ${text}`), reason: text };
}

/** Refused now if everything else would permit (or, for the other kind, deferred if something refuses). */
export function later(refusal: RestrictionResult, kind: 'defer-if-permit' | 'defer-if-reject'): RestrictionResult {
  return refusal.kind === 'reject' ? { kind, reply: refusal.reply, reason: refusal.reason } : refusal;
}

/** A restriction that cannot be carried out as it is written. */
export function configurationError(reason: string): RestrictionResult {
  return { kind: 'reject', reply: reply('451 4.3.5 Server configuration error'), reason, isFault: true };
}

/** A table that cannot be read. */
export function lookupFailure(what: string, reason: string): RestrictionResult {
  return { kind: 'reject', reply: reply(`451 4.3.0 <${what}>: Temporary lookup failure`), reason, isFault: true };
}

/** An address that cannot be resolved now. */
export function resolverFailure(
  { deps, config }: RestrictionContext,
  address: string,
  { reason, warnings }: ResolveError,
): RestrictionResult {
  tellResolver(deps.log, config, warnings);
  return lookupFailure(address, reason);
}
