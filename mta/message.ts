/**
 * message - what travels through the MTA: envelope, client and content.
 *
 * These types cross stages (accept -> cleanup -> queue -> deliver) and the scanner; they hold no behaviour.
 * Content uses LF line ends inside, as in a Postfix queue file; CRLF and dot-stuffing exist only on the wire.
 */

/** RFC 3461 NOTIFY; `undefined` means the default (FAILURE, and DELAY as the MTA likes). */
export type DsnNotify = readonly ('NEVER' | 'SUCCESS' | 'FAILURE' | 'DELAY')[];

export interface EnvelopeRecipient {
  /** Where it is to be delivered now (after virtual aliasing). Internal form, see mail/address. */
  readonly address: string;
  /** As the client gave it in RCPT TO (X-Original-To, orig_to=). */
  readonly originalRecipient: string;
  readonly notify?: DsnNotify;
  /** RFC 3461 ORCPT as given, `rfc822;user@example`. */
  readonly orcpt?: string;
}

export interface Envelope {
  /** '' is the null reverse-path. */
  readonly reversePath: string;
  readonly recipients: readonly EnvelopeRecipient[];
  /** RFC 3461 ENVID and RET. */
  readonly envelopeId?: string;
  readonly ret?: 'FULL' | 'HDRS';
  readonly smtputf8?: boolean;
  /** BODY=8BITMIME was declared (RFC 6152). */
  readonly eightBit?: boolean;
}

/** The peer of an SMTP session as smtpd knows it. Addresses are lab addresses. */
export interface ClientInfo {
  readonly address: string;
  readonly port: number;
  /** Verified PTR name, or `unknown` (postconf: smtpd_peername_lookup). */
  readonly name: string;
  /** Unverified PTR name, or `unknown`. */
  readonly reverseName: string;
  /** Why `name` is unknown although a PTR exists: no such forward name, mismatch, or a failed look-up. */
  readonly nameStatus: 'ok' | 'no-ptr' | 'forward-mismatch' | 'tempfail';
}

/** Facts about how a message came in that later stages print or test. */
export interface Origin {
  readonly kind: 'smtp' | 'pickup' | 'internal';
  readonly client?: ClientInfo;
  readonly heloName?: string;
  /** For the Received: field and `proto=`: SMTP, ESMTP, ESMTPS, ESMTPA, ESMTPSA, UTF8SMTP... */
  readonly protocol?: string;
  readonly saslMethod?: string;
  readonly saslUsername?: string;
  readonly saslSender?: string;
  /** `TLSv1.3 with cipher X (256/256 bits)`. */
  readonly tls?: string;
  /** Numeric user id of a local submission. */
  readonly uid?: number;
  /** The submitter's name, for a From: field that is missing. */
  readonly fullName?: string;
  /** Main.cf address rewriting context: local clients' headers are completed (postconf: local_header_rewrite_clients). */
  readonly rewriteContext: 'local' | 'remote';
}

/** What access tables and header checks may ask for beside accept and reject; apply to the whole message (access(5)). */
export interface MessageActions {
  readonly hold?: boolean;
  readonly discard?: boolean;
  /** `transport:nexthop`. */
  readonly filter?: string;
  readonly redirect?: string;
  readonly bcc?: readonly string[];
  /** Header lines to put on top, `Name: value`. */
  readonly prepend?: readonly string[];
}

/** A message as stored in the queue. */
export interface QueuedMessage {
  readonly queueId: string;
  readonly envelope: Envelope;
  readonly origin: Origin;
  /** Arrival, ms since the epoch. */
  readonly arrivalMs: number;
  /** Bytes of `content` (log: size=). */
  readonly sizeBytes: number;
  /** Headers and body, LF line ends. */
  readonly content: Buffer;
  /** From access(5)/header_checks(5) FILTER, or the content_filter parameter: `transport:nexthop`. */
  readonly filter?: string;
}
