/**
 * new-fields - the X-...-MailScanner fields, in MailScanner's order, and how they join fields of the same name that came with the message.
 */
import type { HeaderField } from '#mail/header.ts';
import type { ScannedMessage } from './engines.ts';
import type { MessageVerdict, SpamVerdict } from './findings.ts';
import type { Settings } from './settings.ts';

type MakeField = (option: string, value: string) => HeaderField;
const mostStars = 60;

export function newFields(settings: Settings, message: ScannedMessage, verdict: MessageVerdict): HeaderField[] {
  const field: MakeField = (option, value) => ({
    name: settings.text(option, message).replace(/:?\s*$/, ''),
    value,
  });
  const information =
    settings.text('Information Header', message).trim() === ''
      ? []
      : [field('Information Header', settings.text('Information Header Value', message))];
  const id = field('ID Header', message.id);
  const envelope = [
    ...(settings.yes('Add Envelope From Header', message)
      ? [field('Envelope From Header', inOneLine(message.reversePath))]
      : []),
    ...(settings.yes('Add Envelope To Header', message)
      ? [field('Envelope To Header', inOneLine(message.recipients.join(', ')))]
      : []),
  ];
  if (verdict.kind !== 'judged')
    return [...information, id, field('Mail Header', settings.text('Unscanned Header Value', message)), ...envelope];
  const found = verdict.blocks.length > 0 ? 'Infected Header Value' : 'Clean Header Value';
  return [
    ...information,
    id,
    field('Mail Header', settings.text(found, message)),
    ...(verdict.spam ? spamFields(settings, message, verdict.spam, field) : []),
    ...envelope,
    ...(verdict.spam?.actions.headers ?? []).map((line) => actionField(line, message)),
  ];
}

function spamFields(settings: Settings, message: ScannedMessage, spam: SpamVerdict, field: MakeField): HeaderField[] {
  const isSpam = spam.level !== 'not-spam';
  return [
    ...(isSpam || settings.yes('Always Include SpamAssassin Report', message)
      ? [field('Spam Header', foldList(spam.text))]
      : []),
    ...scoreField(settings, message, spam, field),
  ];
}

/** One character for each whole point; nothing for less than one, nor on mail that is allowed whatever its score. */
function scoreField(settings: Settings, message: ScannedMessage, spam: SpamVerdict, field: MakeField): HeaderField[] {
  if (!settings.yes('Spam Score', message) || spam.score < 1 || spam.isWhitelisted) return [];
  const value = settings.yes('SpamScore Number Instead Of Stars', message)
    ? String(spam.score)
    : settings
        .text('Spam Score Character')
        .charAt(0)
        .repeat(Math.min(mostStars, Math.floor(spam.score)));
  return [field('Spam Score Header', value)];
}

/** `X-Spam-To: _TO_`. */
function actionField(line: string, message: ScannedMessage): HeaderField {
  const colon = line.indexOf(':');
  const value = line.slice(colon + 1).trim();
  return { name: line.slice(0, colon), value: inOneLine(value.replaceAll('_TO_', message.recipients.join(', '))) };
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

/** Addresses come from the net: no line end may come with them. Header text is kept as latin1, so UTF-8 goes byte by byte. */
function inOneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is replaced
  return Buffer.from(text.replace(/[\u0000-\u001f\u007f]/g, '?'), 'utf8').toString('latin1');
}

/** Multiple Headers says what becomes of a field that is there already (another scanner's, or a forger's). */
export function addFields(
  settings: Settings,
  message: ScannedMessage,
  fields: readonly HeaderField[],
  added: readonly HeaderField[],
): HeaderField[] {
  const mode = settings.text('Multiple Headers', message).toLowerCase();
  const own = new Set(added.map((field) => field.name.toLowerCase()));
  const isOwn = (field: HeaderField): boolean => own.has(field.name.toLowerCase());
  const kept = mode === 'replace' ? fields.filter((field) => !isOwn(field)) : [...fields];
  const fresh = mode === 'append' ? added.filter((field) => !appendTo(kept, field)) : [...added];
  return settings.yes('Place New Headers At Top Of Message', message) ? [...fresh, ...kept] : [...kept, ...fresh];
}

/** True when there was a field to append to. */
function appendTo(fields: HeaderField[], added: HeaderField): boolean {
  const at = fields.findIndex((field) => field.name.toLowerCase() === added.name.toLowerCase());
  const found = fields[at];
  if (!found) return false;
  fields[at] = { name: found.name, value: `${found.value}, ${added.value}` };
  return true;
}
