/**
 * commands - the IMAP commands by name, with what each needs (RFC 3501 section 6).
 */
import type { ImapSession } from './session.ts';
import type { Token } from './tokens.ts';
import { sessionCommands } from './session-commands.ts';
import { mailboxCommands } from './mailbox-commands.ts';
import { messageCommands } from './message-commands.ts';

export interface ImapCommand {
  readonly needs: 'nothing' | 'login' | 'mailbox';
  /** False while sequence numbers must stay (FETCH, STORE, SEARCH: RFC 3501 section 7.4.1). */
  readonly mayExpunge?: boolean;
  /** False when news of the mailbox are not told after it. */
  readonly reports?: boolean;
  /** The tagged answer without its tag; undefined when all is said. */
  run(session: ImapSession, tokens: readonly Token[], tag: string): Promise<string | undefined>;
}

export const commands: ReadonlyMap<string, ImapCommand> = new Map([
  ...sessionCommands,
  ...mailboxCommands,
  ...messageCommands,
]);
