/**
 * mime-lines - a message as the header fields and body lines that the checks look at: its own header, those of its parts, those of messages inside it (header_checks(5)).
 *
 * Goes through the lines once, undecoded, and gives back every byte, so that what is not changed stays as it is. What is broken is taken for body text.
 *
 * Limits: multipart boundaries are followed to a depth of mime_nesting_limit, and the rest is body.
 */
import { unfold } from '#mail/header.ts';

/** `header`: the message's own; `mime`: its MIME fields and those of its parts; `nested`: of a message/rfc822 inside. */
export type HeaderClass = 'header' | 'mime' | 'nested';

export type CheckedLine =
  /** `raw` with all its line ends; `text` without the last one. */
  | { readonly kind: HeaderClass; readonly text: string; readonly raw: string }
  /** A line of text with its line end; `isStart` begins another part. */
  | { readonly kind: 'body'; readonly text: string; readonly raw: string; readonly isStart: boolean }
  /** The empty line after a header. */
  | { readonly kind: 'separator'; readonly raw: string };

const field = /^[!-9;-~]+[ \t]*:/;
const mimeField = /^(content-[!-9;-~]*|mime-version)[ \t]*:/i;

/** `content` with LF line ends, latin1. */
export function* mimeLines(content: string, deepest: number): Generator<CheckedLine> {
  const boundaries: string[] = [];
  let section: HeaderClass | 'body' = 'header';
  let type: ContentType = plain;
  let isStart = true;
  for (const raw of logicalHeaderLines(content, () => section !== 'body')) {
    const text = raw.replace(/\n$/, '');
    if (section !== 'body' && field.test(text)) {
      if (/^content-type[ \t]*:/i.test(text)) type = readType(text);
      yield { kind: section === 'header' && mimeField.test(text) ? 'mime' : section, text, raw };
      continue;
    }
    if (section !== 'body') {
      const isNested = type.kind === 'message';
      if (type.kind === 'multipart' && boundaries.length < deepest) boundaries.push(type.boundary);
      section = isNested && text === '' ? 'nested' : 'body';
      type = plain;
      isStart = true;
      if (text === '') {
        yield { kind: 'separator', raw };
        continue;
      }
    }
    const depth = findBoundary(boundaries, text);
    if (depth >= 0) {
      const isLast = text.startsWith(`--${boundaries[depth]}--`);
      boundaries.length = isLast ? depth : depth + 1;
      section = isLast ? 'body' : 'mime';
      type = plain;
    }
    yield { kind: 'body', text, raw, isStart };
    isStart = false;
  }
}

/** Lines with their ends; while in a header, what is folded stays together. */
function* logicalHeaderLines(content: string, inHeader: () => boolean): Generator<string> {
  let start = 0;
  while (start < content.length) {
    let end = lineEnd(content, start);
    const mayFold = inHeader() && field.test(content.slice(start, Math.min(end, start + 1000)));
    while (mayFold && (content[end] === ' ' || content[end] === '\t')) end = lineEnd(content, end);
    yield content.slice(start, end);
    start = end;
  }
}

function lineEnd(content: string, start: number): number {
  const newline = content.indexOf('\n', start);
  return newline < 0 ? content.length : newline + 1;
}

type ContentType = { kind: 'plain' } | { kind: 'message' } | { kind: 'multipart'; boundary: string };
const plain: ContentType = { kind: 'plain' };

function readType(text: string): ContentType {
  const value = unfold(text).replace(/^[^:]*:\s*/, '');
  if (/^message\/(rfc822|global)\b/i.test(value)) return { kind: 'message' };
  if (!/^multipart\//i.test(value)) return plain;
  const [, quoted, bare] = /;\s*boundary\s*=\s*(?:"([^"]*)"|([^\s;"]+))/i.exec(value) ?? [];
  const boundary = quoted ?? bare;
  return boundary === undefined ? plain : { kind: 'multipart', boundary };
}

/** The innermost boundary that the line is, as an index; -1 for none. */
function findBoundary(boundaries: readonly string[], text: string): number {
  if (!text.startsWith('--')) return -1;
  return boundaries.findLastIndex((boundary) => text.startsWith(`--${boundary}`));
}
