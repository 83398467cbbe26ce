/**
 * replace-parts - what was blocked gives way to a warning text, what is to be renamed gets its new name; the rest of the message keeps its bytes.
 *
 * A blocked part that cannot be found again in the structure costs the whole body: nothing dangerous may stay because of a doubt.
 */
import { readHeaders } from '#mail/header.ts';
import { leafParts, type MimePart } from '#mail/mime.ts';
import type { ScannedMessage } from './engines.ts';
import { leadText, warningPart } from './warning-text.ts';
import type { Block } from './findings.ts';
import type { Stored } from './rewrite-message.ts';
import type { Settings } from './settings.ts';

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: Buffer;
}

/** Each blocked part, or the whole body, gives way to a warning. */
export function removeParts(
  settings: Settings,
  message: ScannedMessage,
  blocks: readonly Block[],
  stored: Stored,
): Buffer {
  const numbers = new Set(blocks.map((block) => block.partNumber));
  const parts = findParts(message.mime, numbers);
  const isFound = [...numbers].every((number) => parts.some((part) => part.partNumber === number));
  if (message.mime.children.length === 0 || numbers.has(undefined) || !isFound)
    return replaceWhole(settings, message, blocks, stored);
  const edits = parts.map((part): Edit => {
    const reasons = blocks.filter((block) => block.partNumber === part.partNumber);
    return {
      start: part.headerStart,
      end: part.bodyEnd,
      text: Buffer.from(warningPart(settings, message, reasons, stored, false), 'latin1'),
    };
  });
  const lead = settings.yes('Mark Infected Messages', message) ? leadEdit(settings, message, blocks, parts) : [];
  return applyEdits(message.content, [...edits, ...lead]);
}

function findParts(part: MimePart, numbers: ReadonlySet<string | undefined>): MimePart[] {
  return numbers.has(part.partNumber) && part.partNumber !== ''
    ? [part]
    : part.children.flatMap((child) => findParts(child, numbers));
}

function replaceWhole(settings: Settings, message: ScannedMessage, blocks: readonly Block[], stored: Stored): Buffer {
  const { fields } = readHeaders(message.content);
  const kept = fields.filter((field) => !/^(content-|mime-version)/i.test(field.name));
  const head = [...kept, { name: 'MIME-Version', value: '1.0' }]
    .map((field) => `${field.name}: ${field.value}\n`)
    .join('');
  return Buffer.from(`${head}${warningPart(settings, message, blocks, stored, true)}\n`, 'latin1');
}

/** Tells the reader at the top of the text that something is missing; leaves a text alone that it would have to decode. */
function leadEdit(
  settings: Settings,
  message: ScannedMessage,
  blocks: readonly Block[],
  removed: readonly MimePart[],
): Edit[] {
  const inside = (part: MimePart): boolean =>
    removed.some((gone) => part.headerStart >= gone.headerStart && part.bodyEnd <= gone.bodyEnd);
  const first = leafParts(message.mime).find((part) => part.contentType === 'text/plain' && !inside(part));
  if (!first || first.fileName !== undefined || !/^(7bit|8bit|quoted-printable)$/.test(first.encoding)) return [];
  const text = leadText(settings, message, blocks);
  const encoded = first.encoding === 'quoted-printable' ? text.replaceAll('=', '=3D') : text;
  return [{ start: first.bodyStart, end: first.bodyStart, text: Buffer.from(encoded, 'latin1') }];
}

/** New names for parts; nothing else in the message changes. */
export function renameParts(message: ScannedMessage, names: ReadonlyMap<string, string>): Buffer {
  if (names.size === 0) return message.content;
  const edits = leafParts(message.mime).flatMap((part): Edit[] => {
    const name = names.get(part.partNumber === '' ? '1' : part.partNumber);
    return name === undefined ? [] : [renameEdit(part, name)];
  });
  return applyEdits(message.content, edits);
}

function renameEdit(part: MimePart, name: string): Edit {
  const safe = name.replace(/[^\x20-\x7e]|["\\]/g, '_');
  const fields = part.headers.filter((field) => !/^content-(type|disposition)$/i.test(field.name));
  const text = [
    ...fields.map((field) => `${field.name}: ${field.value}`),
    `Content-Type: ${part.contentType}; name="${safe}"`,
    `Content-Disposition: attachment; filename="${safe}"`,
  ];
  return { start: part.headerStart, end: part.bodyStart, text: Buffer.from(`${text.join('\n')}\n\n`, 'latin1') };
}

function applyEdits(content: Buffer, edits: readonly Edit[]): Buffer {
  const pieces: Buffer[] = [];
  let position = 0;
  for (const { start, end, text } of edits.toSorted((first, second) => first.start - second.start)) {
    pieces.push(content.subarray(position, start), text);
    position = end;
  }
  return Buffer.concat([...pieces, content.subarray(position)]);
}
