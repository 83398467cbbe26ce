/**
 * file-names - the names of an attachment: the one that is shown and stored, and every one that some mail reader or system might take it to be.
 *
 * A part may name itself twice and differently (RFC 2183 `filename`, RFC 2045 `name`, RFC 2231 extended and continued), and Windows drops trailing dots and blanks.
 * A rule that denies any of the names denies the file.
 */
import type { MimePart } from '#mail/mime.ts';
import { fieldValues } from '#mail/header.ts';

const longestName = 200;

/** The last part of a path, without control characters, never empty and never long. */
export function safeName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  const clean = last
    // eslint-disable-next-line no-control-regex -- control characters are what is removed
    .replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '_')
    .toWellFormed()
    .trim();
  if (clean === '' || /^\.+$/.test(clean)) return 'unnamed';
  // Cut in the middle, so that the extension stays; file systems count bytes.
  let short = [...clean];
  while (Buffer.byteLength(short.join('')) > longestName) short = short.toSpliced(Math.floor(short.length / 2) - 1, 1);
  return short.join('');
}

/** All names to judge, the shown one first. */
export function nameCandidates(names: readonly string[]): readonly string[] {
  return [...new Set(names.flatMap(candidatesOf))];
}

function candidatesOf(raw: string): string[] {
  const bounded = raw.slice(0, 1000);
  const last = bounded.split(/[/\\]/).at(-1) ?? bounded;
  const compatible = last.normalize('NFKC').replace(/\p{Cf}/gu, ''); // full-width letters, invisible marks
  // eslint-disable-next-line no-control-regex -- a NUL ends the name for a program written in C
  const untilNul = last.replace(/\u0000.*$/s, '');
  return [last, compatible, untilNul]
    .flatMap((name) => [name, name.replace(/[.\s]+$/, '')])
    .filter((name) => name !== '');
}

/** Every name that a part gives itself; empty when it has none. */
export function partNames(part: MimePart): readonly string[] {
  const parsed = [part.fileName, part.dispositionParameters.get('filename'), part.parameters.get('name')].filter(
    (name) => name !== undefined,
  );
  const raw = ['Content-Disposition', 'Content-Type'].flatMap((field) =>
    fieldValues(part.headers, field).flatMap(rawNames),
  );
  return [...new Set([...parsed, ...raw])];
}

/** Names as a lax reader finds them: any `name=` or `filename*=` in the field, however the field is built. */
function rawNames(field: string): string[] {
  const found = field.slice(0, 10_000).matchAll(/name(\*?)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^\s;"]+))/gi);
  return [...found].map(([, extended, quoted, bare]) => {
    const text = quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '';
    return extended === '*' ? percentDecode(text.replace(/^[^']*'[^']*'/, '')) : text;
  });
}

function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  }
}
