/**
 * message-commands - FETCH, STORE, SEARCH, COPY, MOVE, EXPUNGE, CLOSE and their UID forms (RFC 3501 section 6.4, RFC 4315, RFC 6851).
 */
import type { StoredMessage } from '../maildir/maildir.ts';
import type { ImapCommand } from './commands.ts';
import { fetchItems, readFetchItems } from './fetch.ts';
import { readSearch } from './search.ts';
import type { Selected } from './selected.ts';
import { readSequenceSet } from './sequence-set.ts';
import type { ImapSession } from './session.ts';
import { SyntaxFault, textOf, type Token } from './tokens.ts';

interface Chosen {
  readonly message: StoredMessage;
  readonly sequence: number;
}

/** The messages that a set names, by sequence number or unique id. */
function choose(selected: Selected, token: Token | undefined, byUid: boolean): Chosen[] {
  const largest = byUid ? (selected.messages.at(-1)?.uid ?? 0) : selected.messages.length;
  const contains = readSequenceSet(textOf(token, 'Sequence set'), largest);
  return selected.messages
    .map((message, index) => ({ message, sequence: index + 1 }))
    .filter(({ message, sequence }) => contains(byUid ? message.uid : sequence));
}

function openMailbox(session: ImapSession): Selected {
  if (!session.selected) throw new SyntaxFault('No mailbox selected');
  return session.selected;
}

const fetch = (byUid: boolean): ImapCommand => ({
  needs: 'mailbox',
  mayExpunge: false,
  async run(session, tokens) {
    const selected = openMailbox(session);
    const items = readFetchItems(tokens[1], byUid);
    for (const { message, sequence } of choose(selected, tokens[0], byUid)) {
      const current =
        items.marksSeen && !selected.readOnly && !message.flags.includes('\\Seen')
          ? await setFlags(selected, sequence, message, [...message.flags, '\\Seen'])
          : message;
      session.send(`* ${sequence} FETCH (${await fetchItems(selected, current, items)})`);
    }
    return 'OK Fetch completed.';
  },
});

async function setFlags(
  selected: Selected,
  sequence: number,
  message: StoredMessage,
  flags: readonly string[],
): Promise<StoredMessage> {
  const changed = await selected.maildir.setFlags(message, flags);
  selected.messages[sequence - 1] = changed;
  return changed;
}

const store = (byUid: boolean): ImapCommand => ({
  needs: 'mailbox',
  mayExpunge: false,
  async run(session, tokens) {
    const selected = openMailbox(session);
    if (selected.readOnly) return 'NO [READ-ONLY] Mailbox is read-only.';
    const [, sign, silent] = /^([+-]?)FLAGS(\.SILENT)?$/i.exec(textOf(tokens[1], 'Item')) ?? [];
    if (sign === undefined) throw new SyntaxFault('STORE takes FLAGS, +FLAGS or -FLAGS');
    const given = (tokens[2]?.kind === 'list' ? tokens[2].items : tokens.slice(2)).map((token) =>
      textOf(token, 'Flag'),
    );
    const names = new Set(given.map((flag) => flag.toLowerCase()));
    for (const { message, sequence } of choose(selected, tokens[0], byUid)) {
      const flags =
        sign === '+'
          ? [...message.flags, ...given]
          : sign === '-'
            ? message.flags.filter((flag) => !names.has(flag.toLowerCase()))
            : given;
      const changed = await setFlags(selected, sequence, message, flags);
      if (silent === undefined)
        session.send(`* ${sequence} FETCH (${byUid ? `UID ${changed.uid} ` : ''}FLAGS (${selected.flagsOf(changed)}))`);
    }
    return 'OK Store completed.';
  },
});

const search = (byUid: boolean): ImapCommand => ({
  needs: 'mailbox',
  mayExpunge: false,
  async run(session, tokens) {
    const selected = openMailbox(session);
    const test = readSearch(tokens, { sequence: selected.messages.length, uid: selected.messages.at(-1)?.uid ?? 0 });
    const found: number[] = [];
    for (const [index, message] of selected.messages.entries()) {
      let content: ReturnType<Selected['content']> | undefined;
      const matches = await test({
        sequence: index + 1,
        uid: message.uid,
        flags: message.flags,
        recent: selected.flagsOf(message).includes('\\Recent'),
        content: () => (content ??= selected.content(message)),
        internalDateMs: () => selected.maildir.internalDate(message),
      });
      if (matches) found.push(byUid ? message.uid : index + 1);
    }
    session.send(['* SEARCH', ...found].join(' '));
    return 'OK Search completed.';
  },
});

const copy = (byUid: boolean, moves: boolean): ImapCommand => ({
  needs: 'mailbox',
  async run(session, tokens) {
    const selected = openMailbox(session);
    const target = await session.account?.folders.get(textOf(tokens[1], 'Mailbox'));
    if (!target) return "NO [TRYCREATE] Mailbox doesn't exist.";
    const chosen = choose(selected, tokens[0], byUid);
    const copies: string[] = [];
    for (const { message } of chosen)
      copies.push(await target.append(await selected.maildir.read(message), message.flags, session.options.hostname));
    const stored = new Map((await target.messages()).map((message) => [message.baseName, message.uid]));
    const uids = `${target.uidValidity} ${chosen.map(({ message }) => message.uid).join(',')} ${copies.map((base) => stored.get(base)).join(',')}`;
    if (!moves) return chosen.length === 0 ? 'OK Copy completed.' : `OK [COPYUID ${uids}] Copy completed.`;
    if (chosen.length > 0) session.send(`* OK [COPYUID ${uids}] Moved UIDs.`);
    for (const { message } of chosen) await selected.maildir.remove(message);
    return 'OK Move completed.';
  },
});

/** Removes what is flagged \Deleted; `only` limits it to a set of unique ids (RFC 4315). */
async function expunge(selected: Selected, only: (uid: number) => boolean): Promise<void> {
  for (const message of selected.messages)
    if (message.flags.includes('\\Deleted') && only(message.uid)) await selected.maildir.remove(message);
}

const leave = (removes: boolean, word: string): ImapCommand => ({
  needs: 'mailbox',
  reports: false,
  async run(session) {
    const selected = openMailbox(session);
    if (removes && !selected.readOnly) await expunge(selected, () => true);
    session.selected = undefined;
    return `OK ${word} completed.`;
  },
});

const expungeCommand = (byUid: boolean): ImapCommand => ({
  needs: 'mailbox',
  async run(session, tokens) {
    const selected = openMailbox(session);
    if (selected.readOnly) return 'NO [READ-ONLY] Mailbox is read-only.';
    await expunge(
      selected,
      byUid ? readSequenceSet(textOf(tokens[0], 'Sequence set'), selected.messages.at(-1)?.uid ?? 0) : () => true,
    );
    return 'OK Expunge completed.';
  },
});

export const messageCommands: readonly [string, ImapCommand][] = [
  ['FETCH', fetch(false)],
  ['UID FETCH', fetch(true)],
  ['STORE', store(false)],
  ['UID STORE', store(true)],
  ['SEARCH', search(false)],
  ['UID SEARCH', search(true)],
  ['COPY', copy(false, false)],
  ['UID COPY', copy(true, false)],
  ['MOVE', copy(false, true)],
  ['UID MOVE', copy(true, true)],
  ['EXPUNGE', expungeCommand(false)],
  ['UID EXPUNGE', expungeCommand(true)],
  ['CLOSE', leave(true, 'Close')],
  ['UNSELECT', leave(false, 'Unselect')],
];
