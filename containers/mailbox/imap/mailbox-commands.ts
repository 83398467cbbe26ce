/**
 * mailbox-commands - SELECT, STATUS, CREATE and their like (RFC 3501 section 6.3, IDLE: RFC 2177).
 */
import { noSuchMailbox } from '../maildir/folders.ts';
import { settableFlags } from '../maildir/file-name.ts';
import type { ImapCommand } from './commands.ts';
import { Selected } from './selected.ts';
import type { ImapSession } from './session.ts';
import { append } from './append.ts';
import { list } from './list.ts';
import { quote, SyntaxFault, textOf, type Token } from './tokens.ts';

const idleMs = 30 * 60_000;

async function select(session: ImapSession, tokens: readonly Token[], readOnly: boolean): Promise<string> {
  const name = textOf(tokens[0], 'Mailbox');
  if (session.selected) session.send('* OK [CLOSED] Previous mailbox closed.');
  session.selected = undefined; // RFC 3501 section 6.3.1: also when the new one cannot be opened
  const maildir = await session.account?.folders.get(name);
  if (!maildir) return `NO ${noSuchMailbox(name)}.`;
  const selected = new Selected(maildir, readOnly);
  await selected.open();
  session.selected = selected;
  const flags = [...settableFlags, ...maildir.keywords].join(' ');
  const firstUnseen = selected.messages.findIndex((message) => !message.flags.includes('\\Seen'));
  for (const line of [
    `* FLAGS (${flags})`,
    readOnly ? '* OK [PERMANENTFLAGS ()] Read-only mailbox.' : `* OK [PERMANENTFLAGS (${flags} \\*)] Flags permitted.`,
    `* ${selected.messages.length} EXISTS`,
    `* ${selected.recentCount} RECENT`,
    ...(firstUnseen < 0 ? [] : [`* OK [UNSEEN ${firstUnseen + 1}] First unseen.`]),
    `* OK [UIDVALIDITY ${maildir.uidValidity}] UIDs valid`,
    `* OK [UIDNEXT ${maildir.uidNext}] Predicted next UID`,
  ])
    session.send(line);
  return readOnly ? 'OK [READ-ONLY] Examine completed.' : 'OK [READ-WRITE] Select completed.';
}

const statusItems: readonly string[] = ['MESSAGES', 'RECENT', 'UIDNEXT', 'UIDVALIDITY', 'UNSEEN'];

async function status(session: ImapSession, tokens: readonly Token[]): Promise<string> {
  const name = textOf(tokens[0], 'Mailbox');
  if (tokens[1]?.kind !== 'list') throw new SyntaxFault('Missing arguments');
  const asked = tokens[1].items.map((item) => textOf(item, 'Item').toUpperCase());
  const unknown = asked.find((item) => !statusItems.includes(item));
  if (unknown !== undefined) throw new SyntaxFault(`Invalid status item ${unknown.slice(0, 40)}`);
  const maildir = await session.account?.folders.get(name);
  if (!maildir) return `NO ${noSuchMailbox(name)}.`;
  const messages = await maildir.messages();
  const values: Record<string, number> = {
    MESSAGES: messages.length,
    RECENT: messages.filter((message) => message.recent).length,
    UNSEEN: messages.filter((message) => !message.flags.includes('\\Seen')).length,
    UIDNEXT: maildir.uidNext,
    UIDVALIDITY: maildir.uidValidity,
  };
  const given = statusItems.filter((item) => asked.includes(item));
  session.send(`* STATUS ${quote(name)} (${given.map((item) => `${item} ${values[item]}`).join(' ')})`);
  return 'OK Status completed.';
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
    const unwatch = session.selected?.watch(session.options.clock, tell);
    tell();
    const line = await session.reader.readLine(1000, idleMs);
    unwatch?.();
    await telling;
    if (line.kind !== 'line') {
      session.over = true;
      return undefined;
    }
    return /^DONE$/i.test(line.text) ? 'OK Idle completed.' : 'BAD Expected DONE.';
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
  ['SUBSCRIBE', change('Subscribe', async (session, name) => session.account?.folders.subscribe(name, true))],
  ['UNSUBSCRIBE', change('Unsubscribe', async (session, name) => session.account?.folders.subscribe(name, false))],
  ['APPEND', { needs: 'login', run: append }],
  ['IDLE', idle],
];
