/**
 * mailbox-commands - LIST, SELECT, STATUS, CREATE, APPEND and their like (RFC 3501 section 6.3, IDLE: RFC 2177).
 */
import type { ImapCommand } from './commands.ts';
import { Selected } from './selected.ts';
import type { ImapSession } from './session.ts';
import { quote, textOf, type Token } from './tokens.ts';

const idleMs = 30 * 60_000;

async function select(session: ImapSession, tokens: readonly Token[], readOnly: boolean): Promise<string> {
  session.selected = undefined;
  const maildir = await session.account?.folders.get(textOf(tokens[0], 'Mailbox'));
  if (!maildir) return "NO [NONEXISTENT] Mailbox doesn't exist.";
  const selected = new Selected(maildir, readOnly);
  await selected.open();
  session.selected = selected;
  const flags = '\\Answered \\Flagged \\Deleted \\Seen \\Draft';
  const firstUnseen = selected.messages.findIndex((message) => !message.flags.includes('\\Seen'));
  for (const line of [
    `* FLAGS (${flags})`,
    `* OK [PERMANENTFLAGS (${readOnly ? '' : flags})] Flags permitted.`,
    `* ${selected.messages.length} EXISTS`,
    `* ${selected.recentCount} RECENT`,
    ...(firstUnseen < 0 ? [] : [`* OK [UNSEEN ${firstUnseen + 1}] First unseen.`]),
    `* OK [UIDVALIDITY ${maildir.uidValidity}] UIDs valid`,
    `* OK [UIDNEXT ${maildir.uidNext}] Predicted next UID`,
  ])
    session.send(line);
  return readOnly ? 'OK [READ-ONLY] Examine completed.' : 'OK [READ-WRITE] Select completed.';
}

/** `*` matches all, `%` all but the separator. */
async function list(session: ImapSession, tokens: readonly Token[], word: 'LIST' | 'LSUB'): Promise<string> {
  const reference = textOf(tokens[0], 'Reference');
  const pattern = `${reference}${textOf(tokens[1], 'Mailbox pattern')}`;
  if (textOf(tokens[1], 'Mailbox pattern') === '') {
    session.send(`* ${word} (\\Noselect) "." ""`);
    return `OK ${word} completed.`;
  }
  const regex = new RegExp(
    `^${pattern
      .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replace(/\*+/g, '.*')
      .replace(/%+/g, '[^.]*')}$`,
    'i',
  );
  for (const name of (await session.account?.folders.names()) ?? [])
    if (regex.test(name)) session.send(`* ${word} (\\HasNoChildren) "." ${quote(name)}`);
  return `OK ${word === 'LIST' ? 'List' : 'Lsub'} completed.`;
}

async function status(session: ImapSession, tokens: readonly Token[]): Promise<string> {
  const name = textOf(tokens[0], 'Mailbox');
  const maildir = await session.account?.folders.get(name);
  if (!maildir) return "NO [NONEXISTENT] Mailbox doesn't exist.";
  const messages = await maildir.messages();
  const values: Record<string, number> = {
    MESSAGES: messages.length,
    RECENT: messages.filter((message) => message.recent).length,
    UNSEEN: messages.filter((message) => !message.flags.includes('\\Seen')).length,
    UIDNEXT: maildir.uidNext,
    UIDVALIDITY: maildir.uidValidity,
  };
  const asked = tokens[1]?.kind === 'list' ? tokens[1].items.map((item) => textOf(item, 'Item').toUpperCase()) : [];
  session.send(
    `* STATUS ${quote(name)} (${asked
      .filter((item) => item in values)
      .map((item) => `${item} ${values[item]}`)
      .join(' ')})`,
  );
  return 'OK Status completed.';
}

async function append(session: ImapSession, tokens: readonly Token[]): Promise<string> {
  const maildir = await session.account?.folders.get(textOf(tokens[0], 'Mailbox'));
  if (!maildir) return "NO [TRYCREATE] Mailbox doesn't exist.";
  const flags = tokens.find((token) => token.kind === 'list');
  const message = tokens.at(-1);
  if (message?.kind !== 'string') return 'BAD Message is missing.';
  const base = await maildir.append(
    message.bytes,
    flags?.kind === 'list' ? flags.items.map((item) => textOf(item, 'Flag')) : [],
    session.options.hostname,
  );
  const stored = (await maildir.messages()).find((each) => each.baseName === base);
  return `OK [APPENDUID ${maildir.uidValidity} ${stored?.uid ?? 0}] Append completed.`;
}

/** Tells news as they come until the client says DONE. */
const idle: ImapCommand = {
  needs: 'login',
  async run(session) {
    session.send('+ idling');
    let telling = Promise.resolve();
    const tell = (): void =>
      void (telling = telling
        .then(() => session.selected?.announce((line) => session.send(line)))
        .catch(() => undefined));
    const unwatch = session.selected?.watch(tell);
    tell();
    const line = await session.reader.readLine(1000, idleMs);
    unwatch?.();
    await telling;
    if (line.kind !== 'line') session.over = true;
    return line.kind === 'line' && /^DONE$/i.test(line.text) ? 'OK Idle completed.' : 'BAD Expected DONE.';
  },
};

/** Folder operations that only succeed or say why not. */
const change = (
  verb: string,
  act: (session: ImapSession, first: string, tokens: readonly Token[]) => Promise<string | undefined>,
): ImapCommand => ({
  needs: 'login',
  async run(session, tokens) {
    const fault = await act(session, textOf(tokens[0], 'Mailbox'), tokens);
    return fault === undefined ? `OK ${verb} completed.` : `NO ${fault}.`;
  },
});

export const mailboxCommands: readonly [string, ImapCommand][] = [
  ['SELECT', { needs: 'login', reports: false, run: (session, tokens) => select(session, tokens, false) }],
  ['EXAMINE', { needs: 'login', reports: false, run: (session, tokens) => select(session, tokens, true) }],
  ['LIST', { needs: 'login', run: (session, tokens) => list(session, tokens, 'LIST') }],
  ['LSUB', { needs: 'login', run: (session, tokens) => list(session, tokens, 'LSUB') }],
  ['STATUS', { needs: 'login', run: status }],
  ['CREATE', change('Create', async (session, name) => session.account?.folders.create(name))],
  ['DELETE', change('Delete', async (session, name) => session.account?.folders.remove(name))],
  [
    'RENAME',
    change('Rename', async (session, name, tokens) =>
      session.account?.folders.rename(name, textOf(tokens[1], 'New name')),
    ),
  ],
  ['SUBSCRIBE', change('Subscribe', async () => undefined)],
  ['UNSUBSCRIBE', change('Unsubscribe', async () => undefined)],
  ['APPEND', { needs: 'login', run: append }],
  ['IDLE', idle],
];
