/**
 * rewrite-message - the message as it goes on: new header fields, subject tags, warnings in place of what was taken out.
 *
 * Everything that need not change stays byte for byte. A part that is blocked becomes a text part that says so.
 */
import { readHeaders, type HeaderField } from '#mail/header.ts';
import type { MimePart } from '#mail/mime.ts';
import type { ScannedMessage } from './engines.ts';
import type { Block, MessageVerdict, SpamVerdict } from './judge-message.ts';
import type { Settings } from './settings.ts';

type Judged = Extract<MessageVerdict, { kind: 'judged' }>;

/** Where the stored originals are, for the warning; undefined when nothing was stored. */
export interface Stored {
  readonly folder: string | undefined;
  readonly host: string;
}

/** Content to deliver. */
export function rewriteMessage(
  settings: Settings,
  message: ScannedMessage,
  verdict: MessageVerdict,
  stored: Stored,
): Buffer {
  const judged = verdict.kind === 'judged' ? verdict : undefined;
  const cleaned =
    judged && judged.blocks.length > 0 ? removeParts(settings, message, judged.blocks, stored) : message.content;
  const { fields, bodyStart } = readHeaders(cleaned);
  const subjectTags = judged ? findTags(settings, message, judged) : [];
  const tagged = tagSubject(fields, subjectTags);
  const added = newFields(settings, message, verdict);
  const text = [...tagged, ...added].map((field) => `${field.name}: ${field.value}\n`).join('');
  return Buffer.concat([Buffer.from(`${text}\n`, 'latin1'), cleaned.subarray(bodyStart)]);
}

/** The X-...-MailScanner fields, in MailScanner's order. */
function newFields(settings: Settings, message: ScannedMessage, verdict: MessageVerdict): HeaderField[] {
  const field = (option: string, value: string): HeaderField => ({
    name: settings.text(option, message).replace(/:?\s*$/, ''),
    value,
  });
  const information =
    settings.text('Information Header', message).trim() === ''
      ? []
      : [field('Information Header', settings.text('Information Header Value', message))];
  const id = field('ID Header', message.id);
  if (verdict.kind !== 'judged')
    return [...information, id, field('Mail Header', settings.text('Unscanned Header Value', message))];
  const { spam } = verdict;
  return [
    ...information,
    id,
    field(
      'Mail Header',
      settings.text(verdict.blocks.length > 0 ? 'Infected Header Value' : 'Clean Header Value', message),
    ),
    ...(spam && (spam.level !== 'not-spam' || settings.yes('Always Include SpamAssassin Report', message))
      ? [field('Spam Header', foldList(spam.text))]
      : []),
    ...(spam && spam.level !== 'not-spam' ? scoreField(settings, message, spam, field) : []),
    ...(settings.yes('Add Envelope From Header', message) ? [field('Envelope From Header', message.reversePath)] : []),
    ...(spam?.actions.headers ?? []).map((line) => ({
      name: line.slice(0, line.indexOf(':')),
      value: line.slice(line.indexOf(':') + 1).trim(),
    })),
  ];
}

function scoreField(
  settings: Settings,
  message: ScannedMessage,
  spam: SpamVerdict,
  field: (option: string, value: string) => HeaderField,
): HeaderField[] {
  if (!settings.yes('Spam Score', message) || spam.score < 1) return [];
  const value = settings.yes('SpamScore Number Instead Of Stars', message)
    ? String(spam.score)
    : settings
        .text('Spam Score Character')
        .charAt(0)
        .repeat(Math.min(60, Math.floor(spam.score)));
  return [field('Spam Score Header', value)];
}

/** `a, b, c` over several lines. */
function foldList(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(', ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 70) lines[lines.length - 1] = `${last}, ${word}`;
    else lines.push(word);
  }
  return lines.join(',\n\t');
}

interface Tag {
  readonly text: string;
  readonly place: string;
}

/** One tag for content (viruses before file names before the rest), one for spam. */
function findTags(settings: Settings, message: ScannedMessage, verdict: Judged): Tag[] {
  const tag = (what: string): Tag => ({
    text: settings.text(`${what} Subject Text`, message),
    place: settings.text(`${what} Modify Subject`, message),
  });
  const kinds = new Set(verdict.blocks.map((block) => block.kind));
  const content = kinds.has('virus')
    ? 'Virus'
    : kinds.has('filename')
      ? 'Filename'
      : kinds.has('content')
        ? 'Content'
        : kinds.has('size')
          ? 'Size'
          : 'Scanned';
  const spam = verdict.spam?.level === 'high' ? ['High Scoring Spam'] : verdict.spam?.level === 'spam' ? ['Spam'] : [];
  return [...spam, content].map(tag).filter(({ place }) => !/^no$/i.test(place));
}

function tagSubject(fields: readonly HeaderField[], tags: readonly Tag[]): HeaderField[] {
  if (tags.length === 0) return [...fields];
  const apply = (value: string): string =>
    tags.reduceRight(
      (text, { text: tag, place }) =>
        text.includes(tag) ? text : /^end$/i.test(place) ? `${text} ${tag}` : `${tag} ${text}`,
      value,
    );
  if (!fields.some((field) => field.name.toLowerCase() === 'subject'))
    return [...fields, { name: 'Subject', value: apply('') }];
  return fields.map((field) =>
    field.name.toLowerCase() === 'subject' ? { name: field.name, value: apply(field.value) } : field,
  );
}

/** Each blocked part, or the whole body, gives way to a warning. */
function removeParts(settings: Settings, message: ScannedMessage, blocks: readonly Block[], stored: Stored): Buffer {
  const parts = new Set(blocks.map((block) => block.partNumber));
  const single = message.mime.children.length === 0;
  if (single || parts.has(undefined)) return replaceWhole(settings, message, blocks, stored);
  const pieces: Buffer[] = [];
  let position = 0;
  for (const part of findParts(message.mime, parts)) {
    const reports = blocks.filter((block) => block.partNumber === part.partNumber);
    pieces.push(
      message.content.subarray(position, part.headerStart),
      Buffer.from(warningPart(settings, message, reports, stored)),
    );
    position = part.bodyEnd;
  }
  return Buffer.concat([...pieces, message.content.subarray(position)]);
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
  return Buffer.from(`${head}${warningPart(settings, message, blocks, stored)}\n`, 'latin1');
}

function warningPart(settings: Settings, message: ScannedMessage, blocks: readonly Block[], stored: Stored): string {
  const name = settings.text('Attachment Warning Filename', message);
  const place = settings.yes('Warning Is Attachment', message) ? 'attachment' : 'inline';
  const names = [...new Set(blocks.map((block) => block.fileName))].join(', ');
  const help =
    stored.folder === undefined
      ? ''
      : `\nNote to Help Desk: Look on ${stored.host} in ${stored.folder} (message ${message.id}).\n`;
  const text = `This is a message from the mail gateway ${stored.host}
----------------------------------------------------------
The original e-mail attachment "${names}"
was believed to be dangerous and has been replaced by this warning.

The reason:
${blocks.map((block) => `   ${block.report}`).join('\n')}
${help}`;
  return `Content-Type: text/plain; charset="us-ascii"; name="${name}"\nContent-Disposition: ${place}; filename="${name}"\nContent-Transfer-Encoding: 7bit\n\n${toAscii(text)}`;
}

/** Names in reports come from senders. */
function toAscii(text: string): string {
  return text.replace(/[^\n\x20-\x7e]/g, '?');
}
