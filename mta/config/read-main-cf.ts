/**
 * read-main-cf - main.cf's text to `name = value` entries (postconf(5), "main.cf format").
 *
 * A logical line may go on over physical lines that begin with white space; comment and empty lines in between do not end it. The last setting of a name wins.
 * @see FatalConfigError for what stops Postfix: a line without `=`, or without a name.
 */
import { FatalConfigError, type ConfigWarning } from './config.ts';

export interface MainCfEntry {
  /** Unexpanded. */
  readonly value: string;
  /** Line the setting begins on, from 1. */
  readonly line: number;
}

export interface MainCf {
  readonly entries: ReadonlyMap<string, MainCfEntry>;
  readonly warnings: readonly ConfigWarning[];
}

export interface LogicalLine {
  readonly text: string;
  readonly line: number;
}

/** Puts physical lines together (also master.cf's and every table's format). A first line that is indented is given back with `orphan`, its indentation kept. */
export function* logicalLines(text: string): Generator<LogicalLine & { orphan: boolean }> {
  let current: { text: string; line: number; orphan: boolean } | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/\r$/, '');
    if (/^\s*(#|$)/.test(line)) continue;
    const continues = /^\s/.test(line);
    if (continues && current) {
      current.text += ` ${line.trim()}`;
      continue;
    }
    if (current) yield current;
    current = { text: line.trimEnd(), line: index + 1, orphan: continues };
  }
  if (current) yield current;
}

/** Reads the text; `file` names it in messages. @throws FatalConfigError in Postfix's words. */
export function readMainCf(text: string, file: string): MainCf {
  const entries = new Map<string, MainCfEntry>();
  const warnings: ConfigWarning[] = [];
  for (const { text: logical, line, orphan } of logicalLines(text)) {
    if (orphan) {
      warnings.push({ file, line, text: orphanText(file, logical), cure: 'begin the line with the parameter name' });
      continue;
    }
    const [name, value] = splitSetting(logical, `${file}, line ${line}`);
    const earlier = entries.get(name);
    if (earlier)
      warnings.push({
        file,
        line,
        text: `${file}, line ${line}: overriding earlier entry: ${name}=${earlier.value}`,
        cure: `the setting on line ${earlier.line} has no effect: remove one of the two`,
      });
    entries.set(name, { value, line });
  }
  return { entries, warnings };
}

/** Postfix's warning for an indented first line; of a long line it shows the beginning. */
export function orphanText(file: string, logical: string): string {
  const shown = logical.length > 30 ? `${logical.slice(0, 30)}...` : logical;
  return `${file}: logical line must not start with whitespace: "${shown.replace(/\t/g, '?')}"`;
}

/** `name = value`, as in main.cf and `-o`. `where` begins the message. @throws FatalConfigError. */
export function splitSetting(text: string, where: string): [name: string, value: string] {
  const match = /^([^=\s]*)\s*=\s*(.*)$/s.exec(text);
  if (!match)
    throw new FatalConfigError(`${where}: missing '=' after attribute name: "${text}"`, 'write: name = value');
  if (match[1] === '') throw new FatalConfigError(`${where}: missing attribute name: "${text}"`, 'write: name = value');
  return [match[1] ?? '', (match[2] ?? '').trimEnd()];
}
