/**
 * engines - the faces that the scanning stages show each other: what unpacking yields, what a virus engine, the file rules and a spam engine answer.
 *
 * The scanner (MailScanner's place) joins them; content/, virus/ and spam/ implement them and never import each other.
 */
import type { MimePart } from '#mail/mime.ts';

/** A message under scan. */
export interface ScannedMessage {
  /** MailScanner's id: `QID.AXXXX`. */
  readonly id: string;
  readonly queueId: string;
  readonly clientAddress: string;
  /** Verified name of the client, or `unknown`. */
  readonly clientName: string;
  /** Its name and address do not point at each other. */
  readonly isClientSpoofed: boolean;
  /** '' is the null reverse-path. */
  readonly reversePath: string;
  readonly recipients: readonly string[];
  readonly heloName: string;
  /** LF line ends. */
  readonly content: Buffer;
  readonly mime: MimePart;
}

/** One file found in a message: an attachment, a body part, or a member of an archive. */
export interface UnpackedFile {
  /** Name as printed in logs and reports; made safe (no path, no control characters), never empty (`msg-1.txt` for a nameless part). */
  readonly name: string;
  /** Every name that it may be taken by, for the rules; never printed. */
  readonly names: readonly string[];
  /** MIME part it came from (`1.2`); the archive's part for a member. */
  readonly partNumber: string;
  readonly kind: 'body' | 'attachment' | 'member';
  /** What a member came out of. */
  readonly container: 'zip' | 'tar' | 'gzip' | 'uu' | undefined;
  /** Names of the archives it lies in, outermost first. */
  readonly within: readonly string[];
  /** Undefined when it cannot be read (encrypted). */
  readonly content: Buffer | undefined;
}

/** What made unpacking stop or a message suspicious in itself. */
export interface UnpackProblem {
  readonly kind:
    | 'password-protected'
    | 'archive-too-deep'
    | 'archive-too-big'
    | 'archive-unreadable'
    | 'partial-message'
    | 'external-body'
    /** Two readers would see two different messages. */
    | 'not-understood';
  /** Undefined: the message as a whole. */
  readonly partNumber: string | undefined;
  readonly name: string;
}

export interface Unpacked {
  readonly files: readonly UnpackedFile[];
  readonly problems: readonly UnpackProblem[];
}

export interface UnpackLimits {
  /** MailScanner.conf `Maximum Archive Depth`; 0: archives stay closed. */
  readonly maxArchiveDepth: number;
  /** Sum of all unpacked bytes; more is `archive-too-big`. */
  readonly maxTotalBytes: number;
  readonly maxFiles: number;
}

/** content/unpack.ts */
export type Unpack = (message: ScannedMessage, limits: UnpackLimits) => Promise<Unpacked>;

/** What a name or type rule says of a file (filename.rules.conf, filetype.rules.conf). */
export type RuleVerdict =
  | { readonly kind: 'allow'; readonly logText: string }
  | { readonly kind: 'no-rule' }
  /** `keep` false: deny+delete, not even quarantined. */
  | { readonly kind: 'deny'; readonly keep: boolean; readonly logText: string; readonly userText: string }
  /** `to` undefined: as the Default Rename Pattern says. */
  | { readonly kind: 'rename'; readonly to: string | undefined; readonly logText: string; readonly userText: string }
  /** The message goes to these addresses instead. */
  | {
      readonly kind: 'redirect';
      readonly addresses: readonly string[];
      readonly logText: string;
      readonly userText: string;
    };

/** A fault in a rules file: that line is left out, the rest is used. */
export interface RulesFault {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly cure: string;
}

export interface Infection {
  /** Undefined: the message as a whole. */
  readonly partNumber: string | undefined;
  readonly fileName: string;
  readonly virus: string;
}

export type VirusAnswer =
  | { readonly kind: 'scanned'; readonly infections: readonly Infection[] }
  /** The engine could not look: the batch is tried again, nothing is delivered unscanned. */
  | { readonly kind: 'failed'; readonly reason: string };

export interface VirusEngine {
  /** As in reports: `Clamd`. */
  readonly name: string;
  scan(message: ScannedMessage, unpacked: Unpacked, options: { wholeMessage: boolean }): Promise<VirusAnswer>;
}

export interface SpamHit {
  readonly rule: string;
  readonly score: number;
  readonly description: string;
}

export type SpamAnswer =
  /** Rounded to three decimals; `hits` highest first, sub-rules left out. */
  | { readonly kind: 'scored'; readonly score: number; readonly hits: readonly SpamHit[]; readonly report: string }
  | { readonly kind: 'failed'; readonly reason: string }
  /** Nobody is there to ask: the message waits, it is not delivered without a score. */
  | { readonly kind: 'away'; readonly reason: string };

export interface SpamEngine {
  check(message: ScannedMessage): Promise<SpamAnswer>;
}

/** What DNS lists say about where a message comes from. */
export interface SpamLists {
  /** Names of the lists that hold the client or the sender's domain, in the order given. A list that does not answer in time says nothing. */
  find(question: {
    readonly clientAddress: string;
    readonly senderDomain: string;
    readonly lists: readonly string[];
    readonly domainLists: readonly string[];
    readonly timeoutMs: number;
  }): Promise<readonly string[]>;
}
