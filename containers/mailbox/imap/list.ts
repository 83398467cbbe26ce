/**
 * list - LIST and LSUB: folder names by pattern, `*` for anything, `%` for anything but the separator (RFC 3501 section 6.3.8, section 6.3.9; RFC 3348 for \HasChildren).
 *
 * A folder that only exists because others lie below it is listed as \Noselect.
 */
import type { ImapSession } from './session.ts';
import { quote, SyntaxFault, textOf, type Token } from './tokens.ts';

const longestPattern = 1000;

export async function list(session: ImapSession, tokens: readonly Token[], word: 'LIST' | 'LSUB'): Promise<string> {
  const wanted = textOf(tokens[1], 'Mailbox pattern');
  const pattern = `${textOf(tokens[0], 'Reference')}${wanted}`;
  if (pattern.length > longestPattern) throw new SyntaxFault('Mailbox pattern is too long');
  const done = `OK ${word === 'LIST' ? 'List' : 'Lsub'} completed.`;
  if (wanted === '') {
    session.send(`* ${word} (\\Noselect) "." ""`);
    return done;
  }
  const folders = session.account?.folders;
  const own = (word === 'LIST' ? await folders?.names() : await folders?.subscriptions()) ?? [];
  for (const [name, exists] of withParents(own)) {
    if (!matches(pattern, name)) continue;
    const children = own.some((each) => each.startsWith(`${name}.`)) ? '\\HasChildren' : '\\HasNoChildren';
    const attributes = [...(exists ? [] : ['\\Noselect']), ...(word === 'LIST' ? [children] : [])];
    // RFC 3501 section 6.3.9: LSUB names an unsubscribed parent only where `%` hides the subscribed child.
    if (exists || word === 'LIST' || !pattern.includes('*'))
      session.send(`* ${word} (${attributes.join(' ')}) "." ${quote(name)}`);
  }
  return done;
}

/** Each name and every name above it; true where it is one of `names` itself. */
function withParents(names: readonly string[]): [name: string, exists: boolean][] {
  const all = new Map<string, boolean>();
  for (const name of names) {
    for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
      const above = name.slice(0, dot);
      if (!all.has(above)) all.set(above, false);
    }
    all.set(name, true);
  }
  return [...all];
}

/** One pass for each character of the pattern, whatever the pattern: a hostile one costs no more than another. */
export function matches(pattern: string, name: string): boolean {
  const isInbox = /^inbox$/i.test(pattern);
  if (isInbox) return name === 'INBOX';
  let reached = new Array<boolean>(name.length + 1).fill(false);
  reached[0] = true;
  for (const character of pattern) {
    const next = new Array<boolean>(name.length + 1).fill(false);
    for (let at = 0; at <= name.length; at++) {
      const goesOn = at > 0 && next[at - 1] === true && (character === '*' || name[at - 1] !== '.');
      next[at] =
        character === '*' || character === '%'
          ? reached[at] === true || goesOn
          : at > 0 && reached[at - 1] === true && name[at - 1] === character;
    }
    reached = next;
  }
  return reached[name.length] === true;
}
