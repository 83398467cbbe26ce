/**
 * append - APPEND: a message with flags and date of arrival into a mailbox (RFC 3501 section 6.3.11, RFC 4315 section 3).
 */
import { noSuchMailbox } from '../maildir/folders.ts';
import type { ImapSession } from './session.ts';
import { readFlags } from './flags.ts';
import { SyntaxFault, textOf, type Token } from './tokens.ts';

export async function append(session: ImapSession, tokens: readonly Token[]): Promise<string> {
  const [mailbox, ...rest] = tokens;
  const name = textOf(mailbox, 'Mailbox');
  const message = rest.pop();
  if (message?.kind !== 'string' || !message.isLiteral) throw new SyntaxFault('Invalid arguments');
  const flags = rest[0]?.kind === 'list' ? readFlags(rest.shift()) : [];
  const dateMs = rest.length > 0 ? readDateTime(textOf(rest.shift(), 'Date')) : undefined;
  if (rest.length > 0) throw new SyntaxFault('Invalid arguments');
  const maildir = await session.account?.folders.get(name);
  if (!maildir) return `NO [TRYCREATE] ${noSuchMailbox(name)}.`;
  if (message.bytes.length === 0) return "NO Can't save a zero byte message.";
  const uid = await maildir.append(message.bytes, flags, session.options.hostname, dateMs);
  return `OK [APPENDUID ${maildir.uidValidity} ${uid}] Append completed.`;
}

/** `" 1-Jan-2020 10:00:00 +0200"` (RFC 3501 section 9, date-time). @throws SyntaxFault. */
function readDateTime(text: string): number {
  const [, day = '', month = '', year = '', time = '', zone = ''] =
    /^([ \d]?\d)-([A-Za-z]{3})-(\d{4}) (\d\d:\d\d:\d\d) ([+-]\d{4})$/.exec(text) ?? [];
  const ms = Date.parse(`${day.trim()} ${month} ${year} ${time} ${zone}`);
  if (day === '' || Number.isNaN(ms)) throw new SyntaxFault('Invalid internal date');
  return ms;
}
