/**
 * context - the mail vocabulary a check speaks: what `run(context)` is given.
 *
 * Each call looks, and appends what it saw to the evidence by itself. None judges. A probe that cannot look at all (our own fault) throws
 * ProbeError, which becomes verdict `error`; a host that is down is an observation, not an error.
 */
import type { Reply } from '#mail/reply.ts';
import type { MxRecord, SoaRecord } from '#util/resolver.ts';
import type { ActorId, HostName, Reach, Seat, SinkMessage, World } from '#range';

/** Who speaks: an actor, or a seat's own host. Its lab address is the source of the connection. */
export type Speaker = { readonly actor: ActorId } | { readonly seat: string; readonly host: 'gateway' | 'mailbox' };

/** Whom to talk to. */
export interface Peer {
  readonly seat: string;
  readonly host: 'gateway' | 'mailbox';
  /** Service port; default 25. */
  readonly port?: number;
}

/** One exchange of an SMTP conversation. */
export interface Exchange {
  /** '' for the greeting. */
  readonly command: string;
  readonly reply: Reply;
}

/** What an SMTP dialogue came to. */
export type DialogueOutcome =
  /** The whole conversation took place; `exchanges` ends with the last command given. */
  | { readonly kind: 'conversed'; readonly exchanges: readonly Exchange[] }
  /** Refused, reset, unreachable or silent; `stage` is the command that got no answer (`connect` for none). */
  | {
      readonly kind: 'no-conversation';
      readonly stage: string;
      readonly reason: string;
      readonly exchanges: readonly Exchange[];
    };

export interface MailToSend {
  readonly from: Speaker;
  readonly to: Peer;
  readonly helo?: string;
  /** Reverse-path; '' for null. Default: `canary@` the speaker's domain. */
  readonly mailFrom?: string;
  /** As written after RCPT TO:, with brackets added unless it starts with `<`. */
  readonly rcptTo: readonly string[];
  /** Header fields beside the standard From, To, Subject, Date, Message-ID (which carry the canary). */
  readonly headers?: Readonly<Record<string, string>>;
  readonly subject?: string;
  /** Text body; the canary is added as its last line. */
  readonly text?: string;
  readonly attachments?: readonly {
    readonly fileName: string;
    readonly content: Buffer;
    readonly contentType?: string;
  }[];
  /** Instead of all the above: a whole message, CRLF. */
  readonly raw?: Buffer;
}

/** A mail on its way, known by its canary. */
export interface SentMail {
  /** Random token in envelope, Message-ID, subject and body. */
  readonly canary: string;
  readonly outcome: DialogueOutcome;
  /** The reply that decided: the first refusal, else the one to the final dot; undefined when there was no conversation. */
  readonly deciding: Reply | undefined;
  /** The command it answered: `connect`, `EHLO`, `MAIL`, `RCPT`, `DATA`, `.`. */
  readonly stage: string;
  readonly accepted: boolean;
  /** From `queued as QID`, if said. */
  readonly queueId: string | undefined;
  /** What was sent, CRLF. */
  readonly content: Buffer;
}

/** A message found in a mailbox over IMAP. */
export interface MailboxMessage {
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly source: Buffer;
}

export type MailboxLook =
  | { readonly kind: 'messages'; readonly messages: readonly MailboxMessage[] }
  | { readonly kind: 'unreachable'; readonly reason: string }
  | { readonly kind: 'login-refused'; readonly reason: string };

export type DnsAnswer<T> =
  | { readonly kind: 'found'; readonly records: readonly T[] }
  | { readonly kind: 'nxdomain' | 'nodata' }
  | { readonly kind: 'tempfail'; readonly reason: string };

export interface CheckContext {
  readonly world: World;
  readonly seat: Seat;
  /** Seat whose mail this seat's gateway filters, and the one whose gateway filters ours. */
  readonly filteredSeat: Seat;
  readonly filteringSeat: Seat;
  /** How a host that is not ours is reached (`grade --target`); undefined in a workshop, where everything is in reach. */
  readonly reach: Reach | undefined;
  /** Aborted when the check's deadline has passed. */
  readonly signal: AbortSignal;

  /** A fresh random token, fit for a local-part: it looks like anybody's, so that a host cannot know the grader's mail by its address. */
  canary(): string;
  /** Opens a session, plays the commands (without CRLF), one after another; stops at the first that gets no answer. QUIT is added. */
  dialogue(from: Speaker, to: Peer, commands: readonly string[]): Promise<DialogueOutcome>;
  /** Sends one mail (own dialogue, lock-step). */
  send(mail: MailToSend): Promise<SentMail>;
  /** Messages with that canary in the seat user's INBOX. Waits up to `withinMs` (0: one look) for the first to come. */
  mailbox(seat: Seat, canary: string, withinMs: number): Promise<MailboxLook>;
  /** Messages with that canary in another account's mailbox of a host, over IMAP. */
  mailboxOf(seat: Seat, user: string, password: string, canary: string, withinMs: number): Promise<MailboxLook>;
  /** Mail with that canary that reached the lab's Internet; waits up to `withinMs` for `count` (default 1). */
  outside(canary: string, withinMs: number, count?: number): Promise<readonly SinkMessage[]>;
  /** Log lines of a host that hold `token`; waits up to `withinMs` for one that `matching` accepts. Untrusted. */
  logLines(seat: Seat, host: HostName, token: string, withinMs: number, matching?: RegExp): Promise<readonly string[]>;
  /** Value of a main.cf parameter as postconf tells it. Untrusted; undefined when it cannot be read. */
  postconf(seat: Seat, host: HostName, name: string): Promise<string | undefined>;
  /** Runs a command in a host. Untrusted. */
  exec(
    seat: Seat,
    host: HostName,
    command: readonly string[],
  ): Promise<{ exitCode: number; stdout: string; stderr: string }>;
  /** A file of a host; undefined when absent. Untrusted. */
  file(seat: Seat, host: HostName, path: string): Promise<string | undefined>;
  /** File names below a folder of a host. Untrusted. */
  files(seat: Seat, host: HostName, folder: string): Promise<readonly string[]>;
  /** What a gateway's quarantine keeps of a mail, by canary or queue id; waits up to `withinMs`. Host paths. */
  quarantined(seat: Seat, sent: SentMail, withinMs: number): Promise<readonly string[]>;
  /** The mail queue of a host (postqueue -j), entries that hold one of the canaries in an address; undefined when it cannot be read. */
  queueHolds(
    seat: Seat,
    host: HostName,
    ...canaries: readonly string[]
  ): Promise<readonly { queueName: string; queueId: string }[] | undefined>;
  /** DNS questions to the lab's name server, written to the evidence. */
  dns: {
    a(name: string): Promise<DnsAnswer<string>>;
    mx(name: string): Promise<DnsAnswer<MxRecord>>;
    txt(name: string): Promise<DnsAnswer<string>>;
    ptr(address: string): Promise<DnsAnswer<string>>;
    cname(name: string): Promise<DnsAnswer<string>>;
    ns(name: string): Promise<DnsAnswer<string>>;
    soa(name: string): Promise<DnsAnswer<SoaRecord>>;
  };
  /** SPF verdict for a sender as RFC 7208 has it, asked of the lab's DNS. */
  spf(client: string, mailFrom: string, helo: string): Promise<{ result: string; reason: string }>;
  /** Restarts a service of the student's host and waits until it answers again (persists: survives). */
  restart(host: 'gateway' | 'mailbox', service: string): Promise<void>;
  /** Is a TCP service answering? For telling a dead host from a refusing one. */
  answers(peer: Peer): Promise<boolean>;
  /** Adds a remark of the check to the evidence. */
  note(text: string): void;
}

/** We could not look: verdict `error`, nobody's points. */
export class ProbeError extends Error {
  override readonly name = 'ProbeError';
  readonly fault: 'class-service' | 'grader';
  constructor(message: string, fault: 'class-service' | 'grader' = 'grader') {
    super(message);
    this.fault = fault;
  }
}
