/**
 * fetch - the data items of FETCH for one message (RFC 3501 section 6.4.5, section 7.4.2).
 */
import type { StoredMessage } from '../maildir/maildir.ts';
import { readSection, sectionBytes, type SectionRequest } from './sections.ts';
import type { Selected } from './selected.ts';
import { envelopeOf } from './envelope.ts';
import { structureOf } from './structure.ts';
import { SyntaxFault, textOf, type Token } from './tokens.ts';

export interface FetchItems {
  readonly items: readonly (string | SectionRequest)[];
  /** One of them sets \Seen. */
  readonly marksSeen: boolean;
}

const macros: Readonly<Record<string, readonly string[]>> = {
  ALL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE'],
  FAST: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'],
  FULL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY'],
};

const simple = new Set([
  'FLAGS',
  'UID',
  'INTERNALDATE',
  'RFC822.SIZE',
  'ENVELOPE',
  'BODY',
  'BODYSTRUCTURE',
  'RFC822',
  'RFC822.HEADER',
  'RFC822.TEXT',
]);

/** Reads what is asked for; UID FETCH always gives UID. @throws SyntaxFault. */
export function readFetchItems(token: Token | undefined, withUid: boolean): FetchItems {
  const words = token?.kind === 'list' ? token.items.map((item) => textOf(item, 'Item')) : [textOf(token, 'Items')];
  if (words.length === 0) throw new SyntaxFault('FETCH list is empty');
  const all = token?.kind === 'list' ? words : words.flatMap((word) => macros[word.toUpperCase()] ?? [word]); // a macro stands alone
  const items = (withUid && !all.some((word) => /^UID$/i.test(word)) ? ['UID', ...all] : all).map((word) => {
    const section = readSection(word);
    if (section) return section;
    if (!simple.has(word.toUpperCase())) throw new SyntaxFault(`Unknown parameter: ${word.slice(0, 40)}`);
    return word.toUpperCase();
  });
  const marksSeen = items.some((item) =>
    typeof item === 'string' ? item === 'RFC822' || item === 'RFC822.TEXT' : !item.peek,
  );
  return { items, marksSeen };
}

/** What stands between the parentheses of the FETCH response; flags go along when the fetch itself changed them (RFC 3501 section 6.4.5, \Seen). */
export async function fetchItems(
  selected: Selected,
  message: StoredMessage,
  { items: asked }: FetchItems,
  changedFlags: boolean,
): Promise<string> {
  const at = asked[0] === 'UID' ? 1 : 0;
  const items = changedFlags && !asked.includes('FLAGS') ? asked.toSpliced(at, 0, 'FLAGS') : asked;
  const texts: string[] = [];
  let content: Awaited<ReturnType<Selected['content']>> | undefined;
  const load = async (): Promise<Awaited<ReturnType<Selected['content']>>> =>
    (content ??= await selected.content(message));
  for (const item of items)
    texts.push(
      typeof item === 'string' ? await simpleItem(selected, message, item, load) : await sectionItem(item, load),
    );
  return texts.join(' ');
}

type Load = () => ReturnType<Selected['content']>;

async function simpleItem(selected: Selected, message: StoredMessage, item: string, load: Load): Promise<string> {
  switch (item) {
    case 'FLAGS':
      return `FLAGS (${selected.flagsOf(message)})`;
    case 'UID':
      return `UID ${message.uid}`;
    case 'INTERNALDATE':
      return `INTERNALDATE "${internalDate(await selected.maildir.internalDate(message))}"`;
    case 'RFC822.SIZE':
      return `RFC822.SIZE ${(await load()).bytes.length}`;
    case 'ENVELOPE':
      return `ENVELOPE ${envelopeOf((await load()).mime.headers)}`;
    case 'BODY':
    case 'BODYSTRUCTURE': {
      const { bytes, mime } = await load();
      return `${item} ${structureOf(bytes, mime, item === 'BODYSTRUCTURE')}`;
    }
    default: {
      const { bytes, mime } = await load();
      const piece =
        item === 'RFC822.HEADER'
          ? bytes.subarray(0, mime.bodyStart)
          : item === 'RFC822.TEXT'
            ? bytes.subarray(mime.bodyStart)
            : bytes;
      return `${item} ${literal(piece)}`;
    }
  }
}

async function sectionItem({ section, partial }: SectionRequest, load: Load): Promise<string> {
  const { bytes, mime } = await load();
  const whole = sectionBytes(bytes, mime, section) ?? Buffer.alloc(0); // a part that is not there is empty, as with Dovecot
  const name = `BODY[${section.toUpperCase()}]${partial ? `<${partial.start}>` : ''}`;
  return `${name} ${literal(partial ? whole.subarray(partial.start, partial.start + partial.length) : whole)}`;
}

function literal(bytes: Buffer): string {
  return `{${bytes.length}}\r\n${bytes.toString('latin1')}`;
}

/** `24-Nov-2026 03:54:55 +0000`. */
function internalDate(ms: number): string {
  const [, , date = '', month = '', year = '', time = ''] =
    /^(\w+), (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(ms).toUTCString()) ?? [];
  return `${date.padStart(2, '0')}-${month}-${year} ${time} +0000`;
}
