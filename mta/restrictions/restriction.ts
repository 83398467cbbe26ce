/**
 * restriction - the face of one access restriction, and what it may ask (SMTPD_ACCESS_README).
 *
 * A restriction is a function of the session's facts. It answers; `evaluate.ts` decides what the answer means for the list.
 */
import type { Reply } from '#mail/reply.ts';
import type { PostfixConfig } from '../config/config.ts';
import type { ClientInfo, MessageActions } from '../message.ts';
import type { MtaDeps } from '../mta-deps.ts';
import type { MasterService } from '../config/config.ts';

/** The command at which a list is evaluated; the word in the log. */
export type Stage =
  'CONNECT' | 'EHLO' | 'HELO' | 'MAIL' | 'RCPT' | 'DATA' | 'BDAT' | 'END-OF-MESSAGE' | 'VRFY' | 'ETRN';

/** Which kind of list is evaluated: decides how `reject` words its refusal. */
export type ListKind =
  'client' | 'reverse-client' | 'sasl' | 'helo' | 'sender' | 'relay' | 'recipient' | 'data' | 'end-of-data' | 'etrn';

export interface RestrictionContext {
  readonly config: PostfixConfig;
  readonly deps: MtaDeps;
  /** master.cf's services, for `unix:private/NAME` policy services. */
  readonly services: readonly MasterService[];
  readonly stage: Stage;
  readonly list: ListKind;
  readonly client: ClientInfo;
  readonly helo: string | undefined;
  readonly protocol: string;
  /** Undefined before MAIL; '' for the null reverse-path. */
  readonly sender: string | undefined;
  readonly recipient: string | undefined;
  readonly recipientCount: number;
  /** ETRN's argument. */
  readonly etrnDomain: string | undefined;
  readonly sizeBytes: number;
  /** What was asked for earlier in this transaction. */
  readonly actions: MessageActions;
  readonly queueId: string | undefined;
  /** Same for all questions about one message (policy protocol). */
  readonly instance: string;
  readonly sasl: { readonly method: string; readonly username: string; readonly sender: string } | undefined;
  readonly tls: boolean;
  /** The client sent commands ahead where it may not. */
  readonly pipelinedAhead: boolean;
  readonly serverAddress: string;
  readonly serverPort: number;
  warn(text: string): void;
  inform(text: string): void;
  /** Logs `word: STAGE from CLIENT: text; from=...`. */
  remark(word: string, text: string): void;
}

export type RestrictionResult =
  /** No opinion: the next restriction is asked. */
  | { readonly kind: 'dunno' }
  /** The list ends, the mail may pass it. */
  | { readonly kind: 'permit' }
  /** `isFault`: not the client's doing, so warn_if_reject cannot soften it. */
  | { readonly kind: 'reject'; readonly reply: Reply; readonly reason: string; readonly isFault?: boolean }
  /** Refused later if everything else would permit (or reject). */
  | { readonly kind: 'defer-if-permit' | 'defer-if-reject'; readonly reply: Reply; readonly reason: string }
  /** Something to remember for the whole message; the next restriction is asked. `log` is the word and text of the log line. */
  | {
      readonly kind: 'action';
      readonly actions: MessageActions;
      readonly log?: { readonly word: string; readonly text: string };
    }
  /** A table's answer that is itself a list of restrictions. */
  | { readonly kind: 'restrictions'; readonly text: string };

export type Restriction = (context: RestrictionContext, argument: string) => Promise<RestrictionResult>;

export const dunno: RestrictionResult = { kind: 'dunno' };
export const permit: RestrictionResult = { kind: 'permit' };
