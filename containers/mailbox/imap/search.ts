/**
 * search - SEARCH keys as a test of one message (RFC 3501 section 6.4.4).
 *
 * Text is compared without case, in the decoded header and in the message as it stands.
 */
import { fieldValues } from '#mail/header.ts';
import { decodeBody, leafParts, type MimePart } from '#mail/mime.ts';
import libmime from 'libmime';
import { readSequenceSet } from './sequence-set.ts';
import { SyntaxFault, textOf, type Token } from './tokens.ts';

/** What a key may look at; content is read only when a key needs it. */
export interface Candidate {
  readonly sequence: number;
  readonly uid: number;
  readonly flags: readonly string[];
  readonly recent: boolean;
  content(): Promise<{ bytes: Buffer; mime: MimePart }>;
  internalDateMs(): Promise<number>;
}

export type SearchTest = (candidate: Candidate) => Promise<boolean>;

/** All keys must hold. @throws SyntaxFault. */
export function readSearch(tokens: readonly Token[], largest: { sequence: number; uid: number }): SearchTest {
  const queue = [...tokens];
  const first = queue[0];
  if (first?.kind === 'atom' && /^CHARSET$/i.test(first.text)) queue.splice(0, 2);
  const tests: SearchTest[] = [];
  while (queue.length > 0) tests.push(readKey(queue, largest));
  if (tests.length === 0) throw new SyntaxFault('Search key is missing');
  return async (candidate) => {
    for (const test of tests) if (!(await test(candidate))) return false;
    return true;
  };
}

const flagKeys: Readonly<Record<string, [flag: string, wanted: boolean]>> = {
  SEEN: ['\\Seen', true],
  UNSEEN: ['\\Seen', false],
  ANSWERED: ['\\Answered', true],
  UNANSWERED: ['\\Answered', false],
  DELETED: ['\\Deleted', true],
  UNDELETED: ['\\Deleted', false],
  DRAFT: ['\\Draft', true],
  UNDRAFT: ['\\Draft', false],
  FLAGGED: ['\\Flagged', true],
  UNFLAGGED: ['\\Flagged', false],
};

function readKey(queue: Token[], largest: { sequence: number; uid: number }): SearchTest {
  const token = queue.shift();
  if (!token) throw new SyntaxFault('Search key is missing');
  if (token.kind === 'list') return readSearch(token.items, largest);
  const key = token.text.toUpperCase();
  const argument = (): string => textOf(queue.shift(), `Argument of ${key}`);
  const flag = flagKeys[key];
  if (flag) return async (candidate) => candidate.flags.includes(flag[0]) === flag[1];
  if (/^[\d*]/.test(key)) {
    const contains = readSequenceSet(key, largest.sequence);
    return async (candidate) => contains(candidate.sequence);
  }
  switch (key) {
    case 'ALL':
      return async () => true;
    case 'NEW':
      return async (candidate) => candidate.recent && !candidate.flags.includes('\\Seen');
    case 'RECENT':
      return async (candidate) => candidate.recent;
    case 'OLD':
      return async (candidate) => !candidate.recent;
    case 'NOT': {
      const inner = readKey(queue, largest);
      return async (candidate) => !(await inner(candidate));
    }
    case 'OR': {
      const [left, right] = [readKey(queue, largest), readKey(queue, largest)];
      return async (candidate) => (await left(candidate)) || right(candidate);
    }
    case 'UID': {
      const contains = readSequenceSet(argument(), largest.uid);
      return async (candidate) => contains(candidate.uid);
    }
    case 'KEYWORD':
    case 'UNKEYWORD':
      argument();
      return async () => key === 'UNKEYWORD';
    default:
      return readContentKey(key, argument);
  }
}

function readContentKey(key: string, argument: () => string): SearchTest {
  const header =
    (name: string, text: string): SearchTest =>
    async (candidate) => {
      const { mime } = await candidate.content();
      const values = fieldValues(mime.headers, name);
      return text === '' ? values.length > 0 : values.some((value) => includes(decodeHeader(value), text));
    };
  switch (key) {
    case 'FROM':
    case 'TO':
    case 'CC':
    case 'BCC':
    case 'SUBJECT':
      return header(key, argument());
    case 'HEADER':
      return header(argument(), argument());
    case 'BODY':
    case 'TEXT':
      return searchText(argument(), key === 'TEXT');
    case 'LARGER':
    case 'SMALLER': {
      const size = Number(argument());
      return async (candidate) =>
        (await candidate.content()).bytes.length > size === (key === 'LARGER') &&
        (await candidate.content()).bytes.length !== size;
    }
    case 'BEFORE':
    case 'ON':
    case 'SINCE':
      return compareDay(key, argument(), (candidate) => candidate.internalDateMs());
    case 'SENTBEFORE':
    case 'SENTON':
    case 'SENTSINCE':
      return compareDay(key.slice(4), argument(), async (candidate) =>
        Date.parse(fieldValues((await candidate.content()).mime.headers, 'Date')[0] ?? ''),
      );
    default:
      throw new SyntaxFault(`Unknown search key ${key}`);
  }
}

function searchText(text: string, withHeaders: boolean): SearchTest {
  return async (candidate) => {
    const { bytes, mime } = await candidate.content();
    if (withHeaders && includes(bytes.toString('latin1', 0, mime.bodyStart), text)) return true;
    if (includes(bytes.toString('utf8', mime.bodyStart), text)) return true;
    return leafParts(mime).some(
      (part) =>
        part.encoding !== '7bit' &&
        part.encoding !== '8bit' &&
        part.contentType.startsWith('text/') &&
        includes(decodeBody(bytes, part).toString('utf8'), text),
    );
  };
}

/** `24-Nov-2026`, days in UTC. */
function compareDay(key: string, text: string, when: (candidate: Candidate) => Promise<number>): SearchTest {
  const day = Date.parse(`${text.replace(/-/g, ' ')} UTC`);
  if (Number.isNaN(day)) throw new SyntaxFault(`Invalid date "${text}"`);
  const dayMs = 86_400_000;
  return async (candidate) => {
    const ms = await when(candidate);
    return key === 'BEFORE' ? ms < day : key === 'SINCE' ? ms >= day : ms >= day && ms < day + dayMs;
  };
}

function decodeHeader(value: string): string {
  try {
    return libmime.decodeWords(value);
  } catch {
    return value;
  }
}

function includes(text: string, part: string): boolean {
  return text.toLowerCase().includes(part.toLowerCase());
}
