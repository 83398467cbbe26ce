/**
 * read-conf - dovecot.conf's text as settings with their sections and places: `name = value`, `section [name] { ... }`, `!include`, comments, continued lines.
 *
 * A later setting replaces an earlier one. Names are looked up in `known-settings.ts`.
 *
 * Limits: files are included at most ten deep; `*` stands only in the last part of an included path; sections in one line (`a { b = c }`) are not read.
 */
import path from 'node:path';
import type { HostRoot } from '#util/host-root.ts';
import { readNamesAt, readTextAt } from '#util/host-text.ts';
import { DovecotConfError, faultAt } from './conf-error.ts';
import { sectionSettings, topSettings } from './known-settings.ts';

export interface Setting {
  readonly name: string;
  readonly value: string;
  /** Sections around it, outermost first: `['service imap-login', 'inet_listener imap']`. */
  readonly sections: readonly string[];
  readonly file: string;
  readonly line: number;
}

const deepestInclude = 10;

interface Section {
  readonly kind: string;
  readonly shown: string;
  readonly line: number;
}

/** All settings in order. @throws DovecotConfError. */
export async function readConf(root: HostRoot, file: string): Promise<Setting[]> {
  return [...(await readFileInto(root, file, 0))];
}

async function readFileInto(root: HostRoot, file: string, depth: number): Promise<Setting[]> {
  const text = await readTextAt(root.resolve(file)).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'No such file or directory' : (error.code ?? error.message);
    throw new DovecotConfError(`open(${file}) failed: ${why}`, `create ${file}, or put the host back with a reset`);
  });
  const settings: Setting[] = [];
  const sections: Section[] = [];
  for (const { text: line, number } of logicalLines(text)) {
    const include = /^!include(_try)?\s+(.+)$/.exec(line);
    if (include) {
      const found = findIncluded(root, file, include[2] ?? '');
      if (found.length === 0 && include[1] === undefined)
        throw faultAt(file, number, 'No matches', 'name a file that is there, or write !include_try');
      if (depth >= deepestInclude) throw faultAt(file, number, 'Nesting too deep', 'a file must not include itself');
      for (const each of found) settings.push(...(await readFileInto(root, each, depth + 1)));
    } else readLine(line, { file, number, sections, settings });
  }
  const open = sections.at(-1);
  if (open)
    throw new DovecotConfError(
      `Error in configuration file ${file}: Missing '}' (section started at ${file}:${open.line})`,
      `close the section "${open.shown} {" of line ${open.line} with a }`,
    );
  return settings;
}

/** Without comments, blanks and continuations; the number is that of the last line. */
function* logicalLines(text: string): Generator<{ text: string; number: number }> {
  let before = '';
  for (const [index, raw] of text.split('\n').entries()) {
    const bare = raw.replace(/(^|\s)#.*$/, '').trim();
    const continued = /^(.*\S)\s*\\$/.exec(bare)?.[1];
    if (continued !== undefined) {
      before += `${continued} `;
      continue;
    }
    const line = `${before}${bare}`;
    before = '';
    if (line !== '') yield { text: line, number: index + 1 };
  }
}

function findIncluded(root: HostRoot, from: string, pattern: string): string[] {
  const full = path.posix.resolve(path.posix.dirname(from), pattern);
  const [folder, last] = [path.posix.dirname(full), path.posix.basename(full)];
  const parts = last.split('*');
  return readNamesAt(root.resolve(folder))
    .filter((name) => fits(name, parts))
    .sort()
    .map((name) => path.posix.join(folder, name));
}

function fits(name: string, [first = '', ...others]: readonly string[]): boolean {
  if (others.length === 0) return name === first;
  const last = others.pop() ?? '';
  if (!name.startsWith(first) || !name.endsWith(last) || name.startsWith('.')) return false;
  let at = first.length;
  for (const part of others) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}

interface Place {
  readonly file: string;
  readonly number: number;
  readonly sections: Section[];
  readonly settings: Setting[];
}

function readLine(line: string, { file, number, sections, settings }: Place): void {
  const fail = (what: string, cure: string): never => {
    throw faultAt(file, number, what, cure);
  };
  if (line === '}') {
    if (!sections.pop()) fail("Unexpected '}'", 'remove the }, or open its section above');
    return;
  }
  const [, name = '', value] = /^([^\s={}]+)\s*=\s*(.*)$/s.exec(line) ?? [];
  if (value !== undefined) {
    checkName(name, sections, fail);
    const shownSections = sections.map((section) => section.shown);
    settings.push({ name, value: unquote(value), sections: shownSections, file, line: number });
    return;
  }
  const [, kind = '', argument = ''] = /^(\S+)(?:\s+(\S+))?\s*\{$/.exec(line) ?? [];
  if (kind === '') return void fail("Expecting '{'", 'write NAME = VALUE, or NAME { to open a section');
  const full = [...sections.map((section) => section.kind), kind].join('/');
  if (!sectionSettings.has(full.replace(/^(?:protocol|remote|local|local_name)\//, '')))
    fail(
      `Unknown setting: ${full.replaceAll('/', ' { ')} { ${kind}`,
      `"${kind}" is no section here: check its spelling`,
    );
  sections.push({ kind, shown: argument === '' ? kind : `${kind} ${argument}`, line: number });
}

function checkName(name: string, sections: readonly Section[], fail: (what: string, cure: string) => never): void {
  const kinds = sections.map((section) => section.kind);
  const full = kinds.join('/').replace(/^(?:protocol|remote|local|local_name)\//, '');
  const known = kinds.length === 0 ? topSettings : sectionSettings.get(full);
  if (known === undefined || known.has(name)) return;
  const near = closest(name, [...known]);
  fail(
    `Unknown setting: ${[...(known === topSettings ? [] : kinds), name].join(' { ')}`,
    near === undefined ? 'check the spelling: doveconf -a lists the settings' : `did you mean ${near}?`,
  );
}

/** The known name that differs in the fewest letters, two at most. */
function closest(name: string, known: readonly string[]): string | undefined {
  const near = known
    .map((each) => ({ each, steps: distance(name, each) }))
    .filter(({ steps }) => steps <= 2)
    .sort((first, second) => first.steps - second.steps);
  return near[0]?.each;
}

function distance(first: string, second: string): number {
  if (Math.abs(first.length - second.length) > 2) return 3;
  let row = Array.from({ length: second.length + 1 }, (_, index) => index);
  for (let i = 1; i <= first.length; i++) {
    const next = [i];
    for (let j = 1; j <= second.length; j++) {
      const same = first[i - 1] === second[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same));
    }
    row = next;
  }
  return row[second.length] ?? 3;
}

function unquote(value: string): string {
  const quoted = /^"((?:\\.|[^"\\])*)"$/s.exec(value) ?? /^'([^']*)'$/s.exec(value);
  return quoted ? (quoted[1] ?? '').replace(/\\(.)/gs, '$1') : value;
}
