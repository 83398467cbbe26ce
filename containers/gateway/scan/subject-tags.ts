/**
 * subject-tags - `{Spam?}`, `{Virus?}` and their like at the start or the end of the subject.
 */
import type { HeaderField } from '#mail/header.ts';
import type { ScannedMessage } from './engines.ts';
import type { Judged } from './findings.ts';
import type { Settings } from './settings.ts';

export interface Tag {
  readonly text: string;
  readonly place: string;
}

/** One tag for content (viruses before file names before the rest), one for spam. */
export function findTags(settings: Settings, message: ScannedMessage, verdict: Judged): Tag[] {
  const kinds = new Set(verdict.blocks.map((block) => block.kind));
  const what = kinds.has('virus')
    ? 'Virus'
    : kinds.has('filename')
      ? 'Filename'
      : kinds.has('content') || kinds.has('password')
        ? 'Content'
        : kinds.has('size')
          ? 'Size'
          : 'Scanned';
  const spam = { 'not-spam': [], spam: ['Spam'], high: ['High Scoring Spam'] }[verdict.spam?.level ?? 'not-spam'];
  return [...spam, what]
    .map((each) => ({
      text: settings.text(`${each} Subject Text`, message),
      place: settings.text(`${each} Modify Subject`, message),
    }))
    .filter(({ text, place }) => !/^no$/i.test(place) && text !== '');
}

/** A message without a subject gets one for its tags. */
export function tagSubject(fields: readonly HeaderField[], tags: readonly Tag[]): readonly HeaderField[] {
  if (tags.length === 0) return fields;
  const apply = (value: string): string =>
    tags.reduceRight(
      (text, { text: tag, place }) =>
        text.includes(tag) ? text : /^end$/i.test(place) ? `${text} ${tag}` : `${tag} ${text}`,
      value,
    );
  const isSubject = (field: HeaderField): boolean => field.name.toLowerCase() === 'subject';
  if (!fields.some(isSubject)) return [...fields, { name: 'Subject', value: apply('').trim() }];
  return fields.map((field) => (isSubject(field) ? { name: field.name, value: apply(field.value) } : field));
}
