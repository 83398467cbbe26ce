/**
 * findings - what the stages find out about a message, and what is decided from it; types only.
 */
import type { Infection, UnpackedFile } from './engines.ts';
import type { SpamActions } from './parse-actions.ts';

/** Why a part is taken out of a message. */
export interface Block {
  readonly kind: 'virus' | 'filename' | 'password' | 'content' | 'size';
  /** Undefined: the message as a whole. */
  readonly partNumber: string | undefined;
  readonly fileName: string;
  /** For the warning and the notice. */
  readonly report: string;
  /** False: `deny+delete`, not even stored. */
  readonly keep: boolean;
}

/** What the file rules want done beside blocking. */
export interface FileFindings {
  readonly blocks: readonly Block[];
  /** New names by part number. */
  readonly renames: ReadonlyMap<string, string>;
  /** The message goes to these instead; empty: to its recipients. */
  readonly redirect: readonly string[];
}

export interface SpamVerdict {
  readonly level: 'not-spam' | 'spam' | 'high';
  readonly score: number;
  readonly isWhitelisted: boolean;
  /** `spam, SpamAssassin (not cached, score=...)`, for header and log. */
  readonly text: string;
  /** The engine's table of hits, for reports. */
  readonly report: string;
  readonly actions: SpamActions;
}

export interface Judged extends FileFindings {
  readonly kind: 'judged';
  readonly infections: readonly Infection[];
  /** All infections are of the kind that nobody is told of. */
  readonly isSilent: boolean;
  readonly spam: SpamVerdict | undefined;
  /** What the quarantine keeps: the blocked files and the archives they lay in. */
  readonly badFiles: readonly UnpackedFile[];
}

export type MessageVerdict = Judged | /** Scan Messages = no. */ { readonly kind: 'not-scanned' };

/** The message as a whole, in reports. */
export const entireMessage = 'the entire message';
