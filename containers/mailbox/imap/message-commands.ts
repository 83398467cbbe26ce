/**
 * message-commands - FETCH, STORE, SEARCH, COPY, MOVE, EXPUNGE, CLOSE and their UID forms (RFC 3501 section 6.4, RFC 4315, RFC 6851).
 */
import { noSuchMailbox } from '../maildir/folders.ts';
import { settableFlags } from '../maildir/file-name.ts';
import { MessageGone, type Maildir, type StoredMessage } from '../maildir/maildir.ts';
import type { ImapCommand } from './commands.ts';
import { readFlags } from './flags.ts';
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

/** The messages that a set names, by sequence number or unique id. @throws SyntaxFault for a sequence number that no message has. */
function choose(selected: Selected, token: Token | undefined, byUid: boolean): Chosen[] {
  const largest = byUid ? (selected.messages.at(-1)?.uid ?? 0) : selected.messages.length;
  const what = byUid ? 'uidset' : 'messageset';
  const set = readSequenceSet(textOf(token, 'Sequence set'), largest, what);
  if (!byUid && set.reachesBeyond) throw new SyntaxFault(`Invalid ${what}`);
  return selected.messages
    .map((message, index) => ({ message, sequence: index + 1 }))
    .filter(({ message, sequence }) => set.has(byUid ? message.uid : sequence));
}

function openMailbox(session: ImapSession): Selected {
  if (!session.selected) throw new SyntaxFault('No mailbox selected');
  return session.selected;
}

const someGone = 'NO [EXPUNGEISSUED] Some of the requested messages no longer exist.'; // RFC 5530

const fetch = (byUid: boolean): ImapCommand => ({
  needs: 'mailbox',
  mayExpunge: false,
  async run(session, tokens) {
    const selected = openMailbox(session);
    const items = readFetchItems(tokens[1], byUid);
    if (tokens.length > 2) throw new SyntaxFault('Invalid arguments');
    let allThere = true;
    for (const { message, sequence } of choose(selected, tokens[0], byUid)) {
      const marks = items.marksSeen && !selected.readOnly && !message.flags.includes('\\Seen');
      const current = marks ? await selected.changeFlags(sequence, (flags) => [...flags, '\\Seen']) : message;
      const text = current && (await fetchItems(selected, current, items, marks).catch(unlessGone));
      if (text === undefined) allThere = false;
      else session.send(`* ${sequence} FETCH (${text})`);
      await session.flushed();
      if (session.over) return undefined;
    }
    return allThere ? 'OK Fetch completed.' : someGone;
  },
});

function unlessGone(error: unknown): undefined {
  if (!(error instanceof MessageGone)) throw error;
}

const store = (byUid: boolean): ImapCommand => ({
  needs: 'mailbox',
  mayExpunge: false,
  async run(session, tokens) {
    const selected = openMailbox(session);
    const [set, item, ...rest] = tokens;
    const [, sign, silent] = /^([+-]?)FLAGS(\.SILENT)?$/i.exec(textOf(item, 'Item')) ?? [];
    if (sign === undefined || rest.length === 0) throw new SyntaxFault('Invalid arguments');
    const given = readFlags(rest[0], ...rest.slice(1));
    const chosen = choose(selected, set, byUid);
    if (selected.readOnly) return 'NO [CANNOT] Mailbox is read-only.';
    const known = selected.maildir.keywords.length;
    let allThere = true;
    const answers: string[] = [];
    for (const { sequence } of chosen) {
      const changed = await selected.changeFlags(sequence, (flags) => changeFlags(flags, sign, given));
      if (!changed) allThere = false;
      else if (silent === undefined)
        answers.push(`* ${sequence} FETCH (${byUid ? `UID ${changed.uid} ` : ''}FLAGS (${selected.flagsOf(changed)}))`);
    }
    if (selected.maildir.keywords.length > known)
      session.send(`* FLAGS (${[...settableFlags, ...selected.maildir.keywords].join(' ')})`);
    for (const answer of answers) session.send(answer);
    return allThere ? 'OK Store completed.' : someGone;
  },
});

function changeFlags(flags: readonly string[], sign: string, given: readonly string[]): readonly string[] {
  if (sign === '+') return [...flags, ...given];
  if (sign === '') return given;
  const names = new Set(given.map((flag) => flag.toLowerCase()));
  return flags.filter((flag) => !names.has(flag.toLowerCase()));
}

const search = (byUid: boolean): ImapCommand => ({
  needs: 'mailbox',
  mayExpunge: false,
  async run(session, tokens) {
    const selected = openMailbox(session);
    const test = readSearch(tokens, { sequence: selected.messages.length, uid: selected.messages.at(-1)?.uid ?? 0 });
    if (test === 'unknown-charset') return 'NO [BADCHARSET (US-ASCII UTF-8)] Unknown charset.';
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
      }).catch(unlessGone);
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
    const chosen = choose(selected, tokens[0], byUid);
    const name = textOf(tokens[1], 'Mailbox');
    const target = await session.account?.folders.get(name);
    if (!target) return `NO [TRYCREATE] ${noSuchMailbox(name)}.`;
    if (moves && selected.readOnly) return 'NO [CANNOT] Mailbox is read-only.';
    if (chosen.length === 0) return 'OK No messages found.';
    const copied = await copyAll(selected, target, chosen, session.options.hostname);
    const uids = `[COPYUID ${target.uidValidity} ${chosen.map(({ message }) => message.uid).join(',')} ${copied.join(',')}]`;
    if (!moves) return `OK ${uids} Copy completed.`;
    session.send(`* OK ${uids} Moved UIDs.`);
    for (const { message } of chosen) await selected.maildir.remove(message);
    return 'OK Move completed.';
  },
});

/** All or nothing (RFC 3501 section 6.4.7): what was copied before a failure is taken back. */
async function copyAll(
  selected: Selected,
  target: Maildir,
  chosen: readonly Chosen[],
  hostname: string,
): Promise<number[]> {
  const uids: number[] = [];
  try {
    for (const { message } of chosen) {
      const [bytes, dateMs] = [await selected.maildir.read(message), await selected.maildir.internalDate(message)];
      uids.push(await target.append(bytes, message.flags, hostname, dateMs));
    }
    return uids;
  } catch (error) {
    const made = (await target.messages()).filter((message) => uids.includes(message.uid));
    for (const message of made) await target.remove(message);
    throw error;
  }
}

/** Removes what is flagged \Deleted; `only` limits it to a set of unique ids (RFC 4315). */
async function expunge(selected: Selected, only: (uid: number) => boolean): Promise<void> {
  const shown = new Set(selected.messages.map((message) => message.uid));
  for (const message of await selected.maildir.messages())
    if (shown.has(message.uid) && message.flags.includes('\\Deleted') && only(message.uid))
      await selected.maildir.remove(message);
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
    const largest = selected.messages.at(-1)?.uid ?? 0;
    const set = byUid ? readSequenceSet(textOf(tokens[0], 'Sequence set'), largest, 'uidset') : undefined;
    if (selected.readOnly) return 'NO [CANNOT] Mailbox is read-only.';
    await expunge(selected, (uid) => set?.has(uid) ?? true);
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
