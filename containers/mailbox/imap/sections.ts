/**
 * sections - the piece of a message that `BODY[section]<partial>` names (RFC 3501 section 6.4.5).
 */
import type { MimePart } from '#mail/mime.ts';
import { SyntaxFault } from './tokens.ts';

export interface SectionRequest {
  /** What stands between the brackets, as asked. */
  readonly section: string;
  readonly partial: { readonly start: number; readonly length: number } | undefined;
  readonly peek: boolean;
}

const sectionPattern =
  /^(?:(?:[1-9]\d{0,8}(?:\.[1-9]\d{0,8}){0,99})(?:\.(?:MIME|HEADER|TEXT|HEADER\.FIELDS(?:\.NOT)? *\([^()]+\)))?|HEADER|TEXT|HEADER\.FIELDS(?:\.NOT)? *\([^()]+\)|)$/i;

/** `BODY[...]`, `BODY.PEEK[...]`; undefined when it is none. @throws SyntaxFault. */
export function readSection(item: string): SectionRequest | undefined {
  const [, peek, section, rest = ''] = /^BODY(\.PEEK)?\[([^\]]*)\](.*)$/is.exec(item) ?? [];
  if (section === undefined) return undefined;
  if (!sectionPattern.test(section)) throw new SyntaxFault('Invalid BODY[..] section');
  const [, start, length] = /^<(\d{1,10})(?:\.(\d{1,10}))?>$/.exec(rest) ?? [];
  if (rest !== '' && start === undefined) throw new SyntaxFault('Invalid BODY[..] parameter: Invalid partial');
  return {
    section,
    peek: peek !== undefined,
    partial: start === undefined ? undefined : { start: Number(start), length: Number(length ?? Infinity) },
  };
}

/** The bytes; undefined when there is no such part. */
export function sectionBytes(content: Buffer, top: MimePart, section: string): Buffer | undefined {
  const [, numbers = '', rest = ''] = /^((?:\d+(?:\.\d+)*)?)\.?(.*)$/s.exec(section) ?? [];
  if (numbers === '') return rest === '' ? content : specifierBytes(content, top, rest);
  const part = findPart(top, numbers.split('.').map(Number));
  if (!part) return undefined;
  if (rest === '') return content.subarray(part.bodyStart, part.bodyEnd);
  if (/^MIME$/i.test(rest)) return content.subarray(part.headerStart, part.bodyStart);
  const [inner] = part.children;
  // RFC 3501: HEADER and TEXT of a part are those of the message inside it.
  return part.contentType === 'message/rfc822' && inner ? specifierBytes(content, inner, rest) : undefined;
}

/** Part 1 of a message that is not multipart is its body. */
function findPart(top: MimePart, numbers: readonly number[]): MimePart | undefined {
  let part: MimePart | undefined;
  for (const number of numbers) {
    // Numbers count inside a multipart, or inside the message that a message/rfc822 part holds.
    const message: MimePart | undefined =
      part === undefined ? top : part.contentType === 'message/rfc822' ? part.children[0] : undefined;
    const around: MimePart | undefined = message ?? part;
    if (!around) return undefined;
    if (around.contentType.startsWith('multipart/')) part = around.children[number - 1];
    else part = number === 1 ? message : undefined;
    if (!part) return undefined;
  }
  return part;
}

function specifierBytes(content: Buffer, part: MimePart, specifier: string): Buffer | undefined {
  if (/^HEADER$/i.test(specifier)) return content.subarray(part.headerStart, part.bodyStart);
  if (/^TEXT$/i.test(specifier)) return content.subarray(part.bodyStart, part.bodyEnd);
  const [, not, names] = /^HEADER\.FIELDS(\.NOT)? *\(([^)]*)\)$/i.exec(specifier) ?? [];
  if (names === undefined) return undefined;
  const wanted = new Set(names.replace(/"/g, '').toLowerCase().trim().split(/ +/));
  return headerFields(
    content.subarray(part.headerStart, part.bodyStart),
    (name) => wanted.has(name) === (not === undefined),
  );
}

/** The chosen fields byte for byte with their folds, and the empty line behind them. */
function headerFields(header: Buffer, isWanted: (name: string) => boolean): Buffer {
  let text = '';
  let isKept = false;
  for (const line of header.toString('latin1').split('\r\n')) {
    if (line === '') break;
    if (!/^[ \t]/.test(line)) isKept = isWanted((line.split(':')[0] ?? '').trimEnd().toLowerCase());
    if (isKept) text += `${line}\r\n`;
  }
  return Buffer.from(`${text}\r\n`, 'latin1');
}
