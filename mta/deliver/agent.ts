/**
 * agent - the face of a delivery agent: smtp(8), local(8), virtual(8), error(8), discard(8).
 *
 * The queue manager hands over one message and some of its recipients for one nexthop; the agent answers for each recipient. It never throws for
 * a remote's or user's fault: an exception means a fault of ours and defers all.
 */
import type { ProcessLog } from '../log/mail-log.ts';
import type { QueuedMessage } from '../message.ts';

/** Where a recipient goes (trivial-rewrite(8) resolve). */
export interface Route {
  readonly transport: string;
  readonly nexthop: string;
  /** The recipient after resolution (percent hack, swapped bang path undone). */
  readonly recipient: string;
}

export interface DeliveryRequest {
  readonly message: QueuedMessage;
  readonly transport: string;
  readonly nexthop: string;
  /** Indexes into `message.envelope.recipients`, with the resolved address. */
  readonly recipients: readonly { readonly index: number; readonly address: string }[];
}

/** What became of one recipient; log: `to=<>, relay=, delay=, delays=, dsn=, status=`. */
export interface RecipientOutcome {
  readonly index: number;
  readonly status: 'sent' | 'deferred' | 'bounced';
  /** RFC 3463 `2.0.0`. */
  readonly dsn: string;
  /** Between parentheses in the log, and in the bounce. Already printable. */
  readonly text: string;
  /** `mx.example[198.18.1.20]:25`, `local`, `none`. */
  readonly relay: string;
  /** For the DSN: the remote's reply (`Diagnostic-Code: smtp; ...`) and name, when it came from a remote. */
  readonly remote?: { readonly mta: string; readonly reply: string };
  /** RFC 3464 action of a success; `passed-on`: the next system was asked to report, so nobody is told here (RFC 3461 section 5.2). Default: delivered. */
  readonly success?: 'delivered' | 'relayed' | 'passed-on';
  /** The destination itself is in trouble, whoever the recipient is: it may be suspended. */
  readonly throttle?: true;
  /** The address at the end of local aliases (log: to=); default: the recipient's. */
  readonly address?: string;
  /** An alias with several ends: what became of each, logged and reported one by one. `status` is then the worst of them. */
  readonly steps?: readonly RecipientOutcome[];
  /** Seconds spent on connection set-up and on transmission. */
  readonly connectSeconds: number;
  readonly transmitSeconds: number;
}

export interface DeliveryAgent {
  /** Where its deliveries are logged (`postfix/local`); the queue manager writes the lines. */
  readonly log?: ProcessLog;
  deliver(request: DeliveryRequest): Promise<readonly RecipientOutcome[]>;
}
