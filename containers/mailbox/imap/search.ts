/**
 * search - SEARCH keys as a test of one message (RFC 3501 section 6.4.4).
 *
 * Text is compared without case, in the decoded header (`search-text.ts`) and in the decoded text parts. Days are compared as the field writes them, time and zone left out.
 */
import type { MimePart } from '#mail/mime.ts';
import { fieldValues } from '#mail/header.ts';
import { compareDay, dayOf, readDay } from './search-day.ts';
import { decodeArgument, headerHolds, textHolds } from './search-text.ts';
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

interface Reading {
  readonly queue: Token[];
  readonly largest: { readonly sequence: number; readonly uid: number };
  readonly charset: string | undefined;
}

const deepest = 50;

/** All keys must hold; `unknown-charset` where the text could not be understood. @throws SyntaxFault. */
export function readSearch(tokens: readonly Token[], largest: Reading['largest']): SearchTest | 'unknown-charset' {
  const queue = [...tokens];
  const [first] = queue;
  let charset: string | undefined;
  if (first?.kind === 'atom' && /^CHARSET$/i.test(first.text)) {
    charset = textOf(queue[1], 'Charset');
    if (decodeArgument(Buffer.from('a'), charset) === undefined) return 'unknown-charset';
    queue.splice(0, 2);
  }
  return readKeys({ queue, largest, charset }, 0);
}

function readKeys(reading: Reading, depth: number): SearchTest {
  if (reading.queue.length === 0) throw new SyntaxFault('Missing search parameters');
  const tests: SearchTest[] = [];
  while (reading.queue.length > 0) tests.push(readKey(reading, depth));
  return async (candidate) => {
    for (const test of tests) if (!(await test(candidate))) return false;
    return true;
  };
}

const flagKeys: Readonly<Record<string, string>> = {
  SEEN: '\\Seen',
  ANSWERED: '\\Answered',
  DELETED: '\\Deleted',
  DRAFT: '\\Draft',
  FLAGGED: '\\Flagged',
};

function readKey(reading: Reading, depth: number): SearchTest {
  if (depth > deepest) throw new SyntaxFault('Search keys nested too deeply');
  const token = reading.queue.shift();
  if (!token) throw new SyntaxFault('Missing argument');
  if (token.kind === 'list') return readKeys({ ...reading, queue: [...token.items] }, depth + 1);
  const key = token.text.toUpperCase();
  const flag = flagKeys[key.replace(/^UN/, '')];
  if (flag !== undefined) return async ({ flags }) => flags.includes(flag) !== key.startsWith('UN');
  if (/^[\d*]/.test(key)) {
    const set = readSequenceSet(key, reading.largest.sequence);
    return async ({ sequence }) => set.has(sequence);
  }
  switch (key) {
    case 'NOT': {
      const inner = readKey(reading, depth + 1);
      return async (candidate) => !(await inner(candidate));
    }
    case 'OR': {
      const [left, right] = [readKey(reading, depth + 1), readKey(reading, depth + 1)];
      return async (candidate) => (await left(candidate)) || right(candidate);
    }
    default:
      return readStateKey(key, reading) ?? readContentKey(key, reading);
  }
}

function argumentOf(reading: Reading): string {
  const token = reading.queue.shift();
  if (!token || token.kind === 'list') throw new SyntaxFault('Missing argument');
  return token.kind === 'string' ? (decodeArgument(token.bytes, reading.charset) ?? token.text) : token.text;
}

/** Keys that need no content. */
function readStateKey(key: string, reading: Reading): SearchTest | undefined {
  switch (key) {
    case 'ALL':
      return async () => true;
    case 'NEW':
      return async ({ recent, flags }) => recent && !flags.includes('\\Seen');
    case 'RECENT':
    case 'OLD':
      return async ({ recent }) => recent === (key === 'RECENT');
    case 'UID': {
      const set = readSequenceSet(argumentOf(reading), reading.largest.uid, 'uidset');
      return async ({ uid }) => set.has(uid);
    }
    case 'KEYWORD':
    case 'UNKEYWORD': {
      const word = argumentOf(reading).toLowerCase();
      return async ({ flags }) => flags.some((flag) => flag.toLowerCase() === word) === (key === 'KEYWORD');
    }
    case 'BEFORE':
    case 'ON':
    case 'SINCE': {
      const day = readDay(argumentOf(reading));
      return async (candidate) => compareDay(key, Math.floor((await candidate.internalDateMs()) / 86_400_000), day);
    }
    default:
      return undefined;
  }
}

function readContentKey(key: string, reading: Reading): SearchTest {
  switch (key) {
    case 'FROM':
    case 'TO':
    case 'CC':
    case 'BCC':
    case 'SUBJECT':
      return inHeader(key, argumentOf(reading));
    case 'HEADER':
      return inHeader(argumentOf(reading), argumentOf(reading));
    case 'BODY':
    case 'TEXT': {
      const text = argumentOf(reading);
      return async (candidate) => textHolds(await candidate.content(), text, key === 'TEXT');
    }
    case 'LARGER':
    case 'SMALLER': {
      const text = argumentOf(reading);
      if (!/^\d{1,10}$/.test(text)) throw new SyntaxFault('Invalid search size parameter');
      const size = Number(text);
      return async (candidate) => {
        const { length } = (await candidate.content()).bytes;
        return key === 'LARGER' ? length > size : length < size;
      };
    }
    case 'SENTBEFORE':
    case 'SENTON':
    case 'SENTSINCE': {
      const day = readDay(argumentOf(reading));
      return async (candidate) =>
        compareDay(key.slice(4), dayOf(fieldValues((await candidate.content()).mime.headers, 'Date')[0] ?? ''), day);
    }
    default:
      throw new SyntaxFault(`Unknown argument ${key.slice(0, 40).replace(/[^\x21-\x7e]/g, '?')}`);
  }
}

function inHeader(name: string, text: string): SearchTest {
  return async (candidate) => headerHolds((await candidate.content()).mime, name, text);
}
