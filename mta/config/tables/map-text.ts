/**
 * map-text - the source text of tables: `key value` lines (postmap(1)) and `name: values` lines (aliases(5)).
 *
 * Keys fold to lower case. The first of two equal keys stays, as with Berkeley DB's DUP_WARN, and the second is a warning.
 */
import { logicalLines } from '../read-main-cf.ts';

export interface MapProblem {
  readonly line: number;
  /** Postfix's words after `warning: `. */
  readonly text: string;
  readonly cure: string;
  readonly kind: 'format' | 'duplicate' | 'other';
}

export interface MapText {
  readonly entries: ReadonlyMap<string, string>;
  readonly problems: readonly MapProblem[];
}

/** `key value`; a quoted key may hold blanks. */
export function parseMap(text: string, file: string): MapText {
  const entries = new Map<string, string>();
  const problems: MapProblem[] = [];
  for (const { text: line, line: number, orphan } of logicalLines(text)) {
    const [, quoted, plain, value] = /^(?:"((?:[^"\\]|\\.)*)"|(\S+))\s+(\S.*)$/s.exec(line) ?? [];
    const key = (quoted ?? plain)?.toLowerCase();
    if (orphan)
      problems.push({
        line: number,
        text: `${file}, line ${number}: table entry starts with whitespace: ignoring this entry`,
        cure: 'begin the line with the key',
        kind: 'other',
      });
    else if (key === undefined || value === undefined)
      problems.push({
        line: number,
        text: `${file}, line ${number}: expected format: key whitespace value`,
        cure: 'write the key, blanks, and the value',
        kind: 'format',
      });
    else if (entries.has(key))
      problems.push({
        line: number,
        text: `${file}.db: duplicate entry: "${key}"`,
        cure: `line ${number} repeats the key: only the first is used`,
        kind: 'duplicate',
      });
    else {
      if (key.endsWith(':'))
        problems.push({
          line: number,
          text: `${file}, line ${number}: record is in "key: value" format; is this an alias file?`,
          cure: 'use postalias, or remove the colon',
          kind: 'other',
        });
      entries.set(key, value);
    }
  }
  return { entries, problems };
}

/** `name: value, value` (aliases(5)). */
export function parseAliases(text: string, file: string): MapText {
  const entries = new Map<string, string>();
  const problems: MapProblem[] = [];
  for (const { text: line, line: number } of logicalLines(text)) {
    const [, quoted, plain, value] = /^(?:"((?:[^"\\]|\\.)*)"|([^\s:"]+))\s*:\s*(.*)$/s.exec(line) ?? [];
    const key = (quoted ?? plain)?.toLowerCase();
    if (key === undefined)
      problems.push({
        line: number,
        text: `${file}, line ${number}: need name:value pair`,
        cure: 'write the name, a colon, and where its mail goes',
        kind: 'other',
      });
    else if (value === '' || value === undefined)
      problems.push({
        line: number,
        text: `${file}, line ${number}: need name:value pair`,
        cure: `say after "${key}:" where its mail goes`,
        kind: 'other',
      });
    else if (entries.has(key))
      problems.push({
        line: number,
        text: `${file}.db: duplicate entry: "${key}"`,
        cure: `line ${number} repeats the name: only the first is used`,
        kind: 'duplicate',
      });
    else entries.set(key, value);
  }
  return { entries, problems };
}
