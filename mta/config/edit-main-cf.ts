/**
 * edit-main-cf - `postconf -e`, `-X` and `-#`: changes main.cf in place, keeping comments and order (postconf(1)).
 */
import { logicalLines } from './read-main-cf.ts';

export type Edit =
  | { readonly kind: 'set'; readonly name: string; readonly value: string }
  | { readonly kind: 'delete' | 'comment'; readonly name: string };

/** The new text. A name that is set for the first time is appended; of several settings of one name all but the last go. */
export function editMainCf(text: string, edits: readonly Edit[]): string {
  let lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const edit of edits) lines = applyEdit(lines, edit);
  return `${lines.join('\n')}\n`;
}

function applyEdit(lines: readonly string[], edit: Edit): string[] {
  const places = findSettings(lines, edit.name);
  const last = places.at(-1);
  if (!last) return edit.kind === 'set' ? [...lines, `${edit.name} = ${edit.value}`] : [...lines];
  return lines.flatMap((line, index) => {
    const place = places.find((each) => index >= each.start && index < each.end);
    if (!place) return [line];
    if (edit.kind === 'comment') return [`#${line}`];
    return edit.kind === 'set' && place === last && index === place.start ? [`${edit.name} = ${edit.value}`] : [];
  });
}

/** Physical lines (from 0) of each setting of `name`, with its continuation lines. */
function findSettings(lines: readonly string[], name: string): { start: number; end: number }[] {
  return [...logicalLines(lines.join('\n'))]
    .filter(({ text, orphan }) => !orphan && text.split(/[\s=]/)[0] === name)
    .map(({ line }) => {
      let end = line;
      while (end < lines.length && /^\s+[^\s#]/.test(lines[end] ?? '')) end += 1;
      return { start: line - 1, end };
    });
}
