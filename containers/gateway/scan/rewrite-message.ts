/**
 * rewrite-message - the message as it goes on: new header fields, subject tags, warnings in place of what was taken out.
 *
 * Everything that need not change stays byte for byte.
 */
import { readHeaders, type HeaderField } from '#mail/header.ts';
import type { ScannedMessage } from './engines.ts';
import type { MessageVerdict } from './findings.ts';
import { addFields, newFields } from './new-fields.ts';
import { attachOriginal, stripHtml } from './reshape-spam.ts';
import { removeParts, renameParts } from './replace-parts.ts';
import type { Settings } from './settings.ts';
import { findTags, tagSubject } from './subject-tags.ts';

/** Where the stored originals are, for the warning; undefined when nothing was stored. */
export interface Stored {
  readonly folder: string | undefined;
  readonly host: string;
  readonly nowMs: number;
}

/** Content to deliver. */
export function rewriteMessage(
  settings: Settings,
  message: ScannedMessage,
  verdict: MessageVerdict,
  stored: Stored,
): Buffer {
  const body = reshape(settings, message, verdict, stored);
  const { fields, bodyStart } = readHeaders(body);
  const tagged = verdict.kind === 'judged' ? tagSubject(fields, findTags(settings, message, verdict)) : fields;
  const remove = new Set(
    settings.words('Remove These Headers', message).map((name) => name.replace(/:$/, '').toLowerCase()),
  );
  const kept = tagged.filter((field) => !remove.has(field.name.toLowerCase()));
  const all = addFields(settings, message, kept, newFields(settings, message, verdict));
  return Buffer.concat([Buffer.from(`${toText(all)}\n`, 'latin1'), body.subarray(bodyStart)]);
}

function reshape(settings: Settings, message: ScannedMessage, verdict: MessageVerdict, stored: Stored): Buffer {
  if (verdict.kind !== 'judged') return message.content;
  if (verdict.blocks.length > 0) return removeParts(settings, message, verdict.blocks, stored);
  const { spam } = verdict;
  if (spam?.actions.attachment) return attachOriginal(settings, message, spam, stored.host);
  if (spam?.actions.stripHtml) return stripHtml(message);
  return renameParts(message, verdict.renames);
}

function toText(fields: readonly HeaderField[]): string {
  return fields.map((field) => `${field.name}: ${field.value}\n`).join('');
}
