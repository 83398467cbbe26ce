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
  /** MIME part it came from (`1.2`); the archive's part for a member. */
  readonly partNumber: string;
  readonly kind: 'body' | 'attachment' | 'member';
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
    | 'too-many-attachments'
    | 'partial-message'
    | 'external-body';
  readonly partNumber: string;
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
  | { readonly kind: 'deny'; readonly logText: string; readonly userText: string }
  | { readonly kind: 'rename'; readonly to: string; readonly logText: string; readonly userText: string };

/** A loaded rules file; content/filename-rules.ts and content/filetype-rules.ts make one. */
export interface FileRules {
  judge(file: UnpackedFile): RuleVerdict;
}

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
  | { readonly kind: 'failed'; readonly reason: string };

export interface SpamEngine {
  check(message: ScannedMessage): Promise<SpamAnswer>;
}
