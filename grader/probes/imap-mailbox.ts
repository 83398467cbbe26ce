/**
 * imap-mailbox - looks into a mailbox over IMAP for messages that hold a canary (RFC 3501), as the mailbox's owner would.
 *
 * Over TLS from the first byte (RFC 8314) where the host is not of the lab: a password does not go in the clear over other networks.
 */
import { ImapFlow } from 'imapflow';
import { readHeaders } from '#mail/header.ts';
import type { Clock } from '#util/clock.ts';
import type { Wire } from '#util/wire.ts';
import type { MailboxLook, MailboxMessage } from '../context.ts';

export interface MailboxAddress {
  readonly wire: Wire;
  readonly address: string;
  readonly user: string;
  readonly password: string;
  readonly isTls: boolean;
}

/** What a hostile server may make us read, and how long: the judge of a whole class has one memory. */
const longestMessageBytes = 2_000_000;
const mostMessages = 20;
const longestLookMs = 20_000;
const limits = {
  maxLiteralSize: longestMessageBytes,
  maxLineLength: 500_000,
  maxResponseSize: longestMessageBytes + 500_000,
  maxResponseTokens: 50_000,
};

/** One look into INBOX. */
export async function lookInMailbox(where: MailboxAddress, canary: string, clock: Clock): Promise<MailboxLook> {
  const at = where.wire.toSocket(where.address, where.isTls ? 993 : 143);
  const client = new ImapFlow({
    host: at.host,
    port: at.port,
    secure: where.isTls,
    ...(where.isTls ? { tls: { rejectUnauthorized: false } } : { doSTARTTLS: false }),
    disableAutoIdle: true,
    auth: { user: where.user, pass: where.password },
    logger: false,
    connectionTimeout: 3000,
    greetingTimeout: 3000,
    socketTimeout: 10_000,
    ...limits,
  } as never);
  client.on('error', () => undefined);
  const timer = clock.after(longestLookMs, () => client.close());
  return look(client, canary).finally(() => {
    timer.cancel();
    client.close();
  });
}

async function look(client: ImapFlow, canary: string): Promise<MailboxLook> {
  try {
    await client.connect();
  } catch (error) {
    const failure = error as Error & { authenticationFailed?: boolean };
    return failure.authenticationFailed
      ? { kind: 'login-refused', reason: failure.message }
      : { kind: 'unreachable', reason: failure.message };
  }
  try {
    await client.mailboxOpen('INBOX', { readOnly: true });
    const found = await client.search({ text: canary }, { uid: true });
    const messages: MailboxMessage[] = [];
    for (const uid of found === false ? [] : (found ?? []).slice(0, mostMessages)) {
      const source = { start: 0, maxLength: longestMessageBytes };
      // One by one: a hostile server answers with many.
      for await (const message of client.fetch(String(uid), { source }, { uid: true })) {
        if (!message.source) continue;
        messages.push({ source: message.source, headers: readHeaders(message.source).fields });
        if (messages.length > mostMessages) throw new Error('more messages than were asked for');
      }
    }
    return { kind: 'messages', messages };
  } catch (error) {
    return { kind: 'unreachable', reason: error instanceof Error ? error.message : String(error) };
  }
}
