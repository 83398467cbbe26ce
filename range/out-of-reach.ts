/**
 * out-of-reach - what cannot be asked of a host of which only the wire is in reach (external.ts), and why.
 *
 * Not a failure of anybody: the grader makes verdict `not-run` of it.
 */

/**
 * inside: its log, files, commands, or a look into a mailbox. followed: it took the message, and what became of it shows inside only. trusted-address: must be asked from an address that the host knows. other-host: is about another
 * host than the target. password: nobody gave one for a look into the mailbox. dns: no name server was named; dns-silent: it does not answer that question. relay-user: nobody was named for whose domain the host relays. ring: needs the workshop's neighbours,
 * name server or Internet.
 */
export type OutOfReach =
  'inside' | 'followed' | 'trusted-address' | 'other-host' | 'password' | 'dns' | 'dns-silent' | 'relay-user' | 'ring';

export class OutOfReachError extends Error {
  override readonly name = 'OutOfReachError';
  readonly what: OutOfReach;
  constructor(what: OutOfReach) {
    super(`out of reach: ${what}`);
    this.what = what;
  }
}
