/**
 * map-text - the source text of tables: `key value` lines (postmap(1)) and `name: values` lines (aliases(5)).
 *
 * Keys fold to lower case. The first of two equal keys stays, as with Berkeley DB's DUP_WARN, and the second is a warning.
 */
import { logicalLines, orphanText } from '../read-main-cf.ts';

export interface MapProblem {
  readonly line: number;
  /** Postfix's words after `warning: `. */
  readonly text: string;
  readonly cure: string;
  /** The key was there already; `key` and `value` are what the line says. */
  readonly isDuplicate?: true;
  readonly key?: string;
  readonly value?: string;
}

export interface MapText {
  readonly entries: ReadonlyMap<string, string>;
  readonly problems: readonly MapProblem[];
}

/** `key value`; a quoted key may hold blanks and keeps its quotes, as the quoted local-part of an address does. */
export function parseMap(text: string, file: string): MapText {
  return readEntries(text, file, (line) => {
    const [, key, value] = /^("(?:[^"\\]|\\.)*"\S*|\S+)\s+(\S.*)$/s.exec(line) ?? [];
    if (key === undefined || value === undefined)
      return { problem: 'expected format: key whitespace value', cure: 'write the key, blanks, and the value' };
    if (!key.endsWith(':')) return { key, value };
    const problem = 'record is in "key: value" format; is this an alias file?';
    return { key, value, problem, cure: 'use postalias, or remove the colon' };
  });
}

/** `name: value, value` (aliases(5)). */
export function parseAliases(text: string, file: string): MapText {
  return readEntries(text, file, (line) => {
    const [, quoted, plain, value] = /^(?:"((?:[^"\\]|\\.)*)"|([^\s:"]+))\s*:\s*(.*)$/s.exec(line) ?? [];
    const key = quoted ?? plain;
    if (key === undefined)
      return { problem: 'need name:value pair', cure: 'write the name, a colon, and where its mail goes' };
    if (value === undefined || value === '')
      return { problem: 'need name:value pair', cure: `say after "${key}:" where its mail goes` };
    if (key.includes('@'))
      return { problem: 'name must be local', cure: 'write the name without its domain; other domains: virtual(5)' };
    return { key, value };
  });
}

interface ReadLine {
  readonly key?: string;
  readonly value?: string;
  readonly problem?: string;
  readonly cure?: string;
}

function readEntries(text: string, file: string, read: (line: string) => ReadLine): MapText {
  const entries = new Map<string, string>();
  const problems: MapProblem[] = [];
  for (const { text: logical, line, orphan } of logicalLines(text)) {
    if (orphan) {
      problems.push({ line, text: orphanText(file, logical), cure: 'begin the line with the key' });
      continue;
    }
    const { key: written, value, problem, cure = '' } = read(logical);
    if (problem !== undefined) problems.push({ line, text: `${file}, line ${line}: ${problem}`, cure });
    if (written === undefined || value === undefined) continue;
    const key = written.toLowerCase();
    if (entries.has(key))
      problems.push({
        line,
        text: `${file}.db: duplicate entry: "${key}"`,
        cure: `line ${line} repeats the key: only the first is used`,
        isDuplicate: true,
        key,
        value,
      });
    else entries.set(key, value);
  }
  return { entries, problems };
}
