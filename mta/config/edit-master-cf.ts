/**
 * edit-master-cf - `postconf -Me`, `-MX`, `-M#`, `-Pe`, `-PX` and `-Fe`: changes entries of master.cf in place, keeping the others and all comments (postconf(1)).
 */
import { logicalLines } from './read-main-cf.ts';

export type MasterEdit =
  /** Stands in place of the entry; appended when there is none. */
  | { readonly kind: 'replace'; readonly service: string; readonly text: string }
  | { readonly kind: 'delete' | 'comment'; readonly service: string };

/** The new text. `service` is `name/type`. */
export function editMasterCf(text: string, edits: readonly MasterEdit[]): string {
  let lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const edit of edits) lines = applyEdit(lines, edit);
  return `${lines.join('\n')}\n`;
}

function applyEdit(lines: readonly string[], edit: MasterEdit): string[] {
  const places = findEntries(lines, edit.service);
  if (places.length === 0) return edit.kind === 'replace' ? [...lines, edit.text] : [...lines];
  return lines.flatMap((line, index) => {
    const place = places.find((each) => index >= each.start && index < each.end);
    if (!place) return [line];
    if (edit.kind === 'comment') return [`#${line}`];
    return edit.kind === 'replace' && place === places.at(-1) && index === place.start ? [edit.text] : [];
  });
}

/** Physical lines (from 0) of each entry, with its continuation lines. */
function findEntries(lines: readonly string[], service: string): { start: number; end: number }[] {
  return [...logicalLines(lines.join('\n'))]
    .filter(({ text, orphan }) => !orphan && text.split(/\s+/).slice(0, 2).join('/') === service)
    .map(({ line }) => {
      let end = line;
      while (end < lines.length && /^\s+[^\s#]/.test(lines[end] ?? '')) end += 1;
      return { start: line - 1, end };
    });
}
