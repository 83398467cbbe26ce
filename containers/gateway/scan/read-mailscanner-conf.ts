/**
 * read-mailscanner-conf - MailScanner.conf's text to options and variables, every fault with file, line and cure.
 *
 * MailScanner.conf(5): `Option Name = value`, `%var% = value`, `#` comments anywhere, `include` globs; the last definition wins. `%var%` is expanded where it is used.
 *
 * Limits: include takes a folder with `*` as its last part, or one file; nesting 5 deep. `\n` in a value is a line end. Custom functions (`&Name`) and LDAP are refused.
 */
import path from 'node:path';
import type { HostRoot } from '#util/host-root.ts';
import { readHostText, readNamesAt } from '#util/host-text.ts';
import { optionKey, scannerOptions } from './options.ts';
import { otherOptions } from './other-options.ts';

export interface ConfFault {
  /** Host path. */
  readonly file: string;
  readonly line: number;
  /** In MailScanner's words where it has words. */
  readonly text: string;
  readonly cure: string;
}

export interface RawOption {
  readonly value: string;
  readonly file: string;
  readonly line: number;
}

export interface RawName {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

export interface MailScannerConf {
  /** By optionKey; values with variables expanded. */
  readonly options: ReadonlyMap<string, RawOption>;
  readonly variables: ReadonlyMap<string, string>;
  readonly faults: readonly ConfFault[];
  /** Options that were set and have no effect here, as written. */
  readonly idle: readonly RawName[];
  /** Files read, in order. */
  readonly files: readonly string[];
}

const mostIncludes = 5;
const known = new Map(
  [...scannerOptions.map((option) => option.name), ...otherOptions].map((name) => [optionKey(name), name]),
);

const idleKeys = new Set(otherOptions.map(optionKey));

/** Reads the file and what it includes. A missing file is a fault, not an exception. */
export async function readMailScannerConf(root: HostRoot, file: string): Promise<MailScannerConf> {
  const reading: Reading = { root, options: new Map(), variables: new Map(), faults: [], idle: [], files: [] };
  await readInto(reading, file, 0);
  return reading;
}

interface Reading {
  readonly root: HostRoot;
  readonly options: Map<string, RawOption>;
  readonly variables: Map<string, string>;
  readonly faults: ConfFault[];
  readonly idle: RawName[];
  readonly files: string[];
}

async function readInto(reading: Reading, file: string, depth: number): Promise<void> {
  const text = await readHostText(reading.root, file).catch(() => undefined);
  if (text === undefined) {
    reading.faults.push({
      file,
      line: 0,
      text: `Could not read configuration file ${file}`,
      cure: 'create the file, or take the shipped one from a reset',
    });
    return;
  }
  reading.files.push(file);
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/#.*/, '').trim();
    if (line === '') continue;
    const include = /^include\s+(\S+)$/i.exec(line)?.[1];
    if (include === undefined) readLine(reading, line, file, index + 1);
    else if (depth >= mostIncludes)
      reading.faults.push({
        file,
        line: index + 1,
        text: 'include nested too deep',
        cure: 'do not let included files include each other',
      });
    else
      for (const each of findIncluded(reading.root, expandVariables(include, reading.variables)))
        await readInto(reading, each, depth + 1);
  }
}

function findIncluded(root: HostRoot, pattern: string): string[] {
  if (!pattern.endsWith('/*')) return [pattern];
  const folder = pattern.slice(0, -2);
  return readNamesAt(root.resolve(folder))
    .filter((name) => !name.startsWith('.'))
    .sort()
    .map((name) => path.posix.join(folder, name));
}

function readLine(reading: Reading, line: string, file: string, number: number): void {
  const [, name = '', value = ''] = /^([^=]+?)\s*=\s*(.*)$/.exec(line) ?? [];
  const fault = (text: string, cure: string): void => void reading.faults.push({ file, line: number, text, cure });
  if (name === '')
    return fault(`Possible syntax error on line ${number} of ${file}: "${line}"`, 'write: Option Name = value');
  const variable = /^%([^%]+)%$/.exec(name)?.[1];
  if (variable !== undefined)
    return void reading.variables.set(variable.toLowerCase(), expandVariables(value, reading.variables));
  const key = optionKey(name);
  if (idleKeys.has(key)) return void reading.idle.push({ name, file, line: number });
  if (!known.has(key)) return fault(`Unrecognised keyword "${name}" at line ${number}`, nearestCure(key));
  if (value.startsWith('&'))
    return fault(
      `Syntax error in line ${number}, value "${value}" for ${key}: custom functions are not available here`,
      'give a value, or a ruleset file ending in .rules',
    );
  reading.options.set(key, {
    value: expandVariables(value, reading.variables).replace(/\\n/g, '\n'),
    file,
    line: number,
  });
}

/** Replaces `%name%`; an unknown one stays as it is. */
export function expandVariables(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/%([A-Za-z0-9_-]+)%/g, (whole, name: string) => variables.get(name.toLowerCase()) ?? whole);
}

function nearestCure(key: string): string {
  const [nearest] = [...known]
    .map(([candidate, name]) => ({ name, distance: editDistance(key, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  return nearest && nearest.distance <= 4
    ? `did you mean "${nearest.name}"?`
    : 'see MailScanner.conf(5) for the option names';
}

/** Levenshtein's distance. */
function editDistance(first: string, second: string): number {
  let previous = Array.from({ length: second.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...first].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...second].entries())
      current.push(
        Math.min(
          (previous[column + 1] ?? 0) + 1,
          (current[column] ?? 0) + 1,
          (previous[column] ?? 0) + (letter === other ? 0 : 1),
        ),
      );
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
