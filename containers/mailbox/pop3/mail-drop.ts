/**
 * mail-drop - the messages one POP3 session works on: as they were at login, with what it marked (RFC 1939 section 5).
 *
 * Numbers and sizes stay the same for the whole session, whatever others do to the mailbox.
 */
import { MessageGone, type Maildir, type StoredMessage } from '../maildir/maildir.ts';

export interface DropMessage {
  readonly number: number;
  /** Octets as sent, with CR LF line ends. */
  readonly size: number;
  readonly uniqueId: string;
  readonly message: StoredMessage;
}

export class MailDrop {
  readonly #maildir: Maildir;
  readonly messages: readonly DropMessage[];
  readonly #deleted = new Set<DropMessage>();
  readonly #seen = new Set<DropMessage>();

  private constructor(maildir: Maildir, messages: readonly DropMessage[]) {
    this.#maildir = maildir;
    this.messages = messages;
  }

  static async open(maildir: Maildir): Promise<MailDrop> {
    const messages: DropMessage[] = [];
    for (const message of await maildir.messages()) {
      const bytes = await maildir.read(message).catch((error: unknown) => {
        if (!(error instanceof MessageGone)) throw error;
      });
      if (bytes)
        messages.push({
          number: messages.length + 1,
          size: bytes.length,
          uniqueId: uniqueId(maildir, message),
          message,
        });
    }
    return new MailDrop(maildir, messages);
  }

  /** Those not marked as deleted. */
  left(): DropMessage[] {
    return this.messages.filter((each) => !this.#deleted.has(each));
  }

  isDeleted(message: DropMessage): boolean {
    return this.#deleted.has(message);
  }

  delete(message: DropMessage): void {
    this.#deleted.add(message);
  }

  reset(): void {
    this.#deleted.clear();
    this.#seen.clear();
  }

  /** @throws MessageGone. */
  async retrieve(each: DropMessage, markSeen: boolean): Promise<Buffer> {
    const bytes = await this.#maildir.read(each.message);
    if (markSeen) this.#seen.add(each);
    return bytes;
  }

  /** QUIT: removes what was deleted and marks what was read; the answer. */
  async commit(): Promise<string> {
    for (const each of this.#deleted) await this.#maildir.remove(each.message);
    for (const each of this.#seen)
      if (!this.#deleted.has(each))
        await this.#maildir.changeFlags(each.message, (flags) => [...flags, '\\Seen']).catch(() => undefined);
    return this.#deleted.size > 0 ? '+OK Logging out, messages deleted.' : '+OK Logging out.';
  }
}

/** As Dovecot's default, `pop3_uidl_format = %08Xu%08Xv`. */
function uniqueId(maildir: Maildir, message: StoredMessage): string {
  const hex = (number: number): string => number.toString(16).padStart(8, '0');
  return `${hex(message.uid)}${hex(maildir.uidValidity)}`;
}
