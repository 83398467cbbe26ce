/**
 * hash - indexed tables: the text that people edit, and the compiled FILE.db that is looked up (postmap(1), postalias(1), DATABASE_README).
 *
 * A lookup reads FILE.db and never the text: who forgets postmap works with the old table, as with Postfix. The .db file is ours: a header line, then one JSON pair a line. Its
 * changes are noticed at the next lookup.
 */
import { statSync, type Stats } from 'node:fs';
import { replaceFile } from '#util/atomic-file.ts';
import type { HostRoot } from '#util/host-root.ts';
import { readTextAt } from '#util/host-text.ts';
import { parseAliases, parseMap, type MapProblem } from './map-text.ts';
import type { LookupResult, LookupTable, TableProblem } from './table.ts';

const header = 'gatehouse-db 1';

export interface Compiled {
  readonly entries: number;
  readonly problems: readonly MapProblem[];
}

export interface CompileOptions {
  /** Source text instead of the file's own (postmap -i reads standard input), added to what FILE.db holds. */
  readonly added?: string;
  /** What happens when a key is there already: a warning (the first entry stays), silence (-w), or the new entry replaces it (-r). */
  readonly duplicates?: 'warn' | 'ignore' | 'replace';
}

/** Compiles `file` (host path) into FILE.db. `kind` is the text's format. @throws the system's error when the text cannot be read. */
export async function compileTable(
  root: HostRoot,
  file: string,
  kind: 'map' | 'aliases',
  { added, duplicates = 'warn' }: CompileOptions = {},
): Promise<Compiled> {
  const text = added ?? (await readTextAt(root.resolve(file)));
  const read = kind === 'map' ? parseMap(text, file) : parseAliases(text, file);
  const entries = added === undefined ? new Map<string, string>() : ((await loadCompiled(root, file)) ?? new Map());
  const problems = read.problems.filter((problem) => !problem.isDuplicate || duplicates === 'warn');
  for (const [key, value] of read.entries) {
    if (!entries.has(key) || duplicates === 'replace') entries.set(key, value);
    else if (duplicates === 'warn')
      problems.push({
        line: 0,
        text: `${file}.db: duplicate entry: "${key}"`,
        cure: 'with -r the new entry replaces it',
      });
  }
  if (duplicates === 'replace')
    for (const { isDuplicate, key, value } of read.problems)
      if (isDuplicate && key !== undefined && value !== undefined) entries.set(key, value);
  await storeCompiled(root, file, entries);
  return { entries: entries.size, problems };
}

/** Writes FILE.db. */
export async function storeCompiled(root: HostRoot, file: string, entries: ReadonlyMap<string, string>): Promise<void> {
  const lines = [header, ...[...entries].map((pair) => JSON.stringify(pair)), ''];
  await replaceFile(root.resolve(`${file}.db`), lines.join('\n'));
}

/** What FILE.db holds; undefined when there is none of ours. */
export async function loadCompiled(root: HostRoot, file: string): Promise<Map<string, string> | undefined> {
  const text = await readTextAt(root.resolve(`${file}.db`)).catch(() => undefined);
  return text === undefined ? undefined : readCompiled(text);
}

/** Opens FILE.db for lookups. A missing one is an error of each lookup, in Postfix's words. */
export async function openHash(type: string, file: string, root: HostRoot): Promise<LookupTable> {
  let loaded: { version: string; entries: ReadonlyMap<string, string> } | undefined;
  const name = `${type}:${file}`;
  const load = async (): Promise<ReadonlyMap<string, string> | string> => {
    const database = root.resolve(`${file}.db`);
    const found = statOf(database);
    if (!found) return `${name} is unavailable. open database ${file}.db: No such file or directory`;
    const version = `${found.mtimeMs} ${found.size} ${found.ino}`;
    if (loaded?.version === version) return loaded.entries;
    const entries = readCompiled(await readTextAt(database));
    if (!entries) return `${name} is unavailable. open database ${file}.db: Invalid argument`;
    loaded = { version, entries };
    return entries;
  };
  const atFirst = await load();
  return {
    name,
    type,
    isPattern: false,
    problems: typeof atFirst === 'string' ? [missing(file, atFirst)] : [],
    async lookup(key): Promise<LookupResult> {
      const entries = await load();
      if (typeof entries === 'string') return { kind: 'error', reason: entries };
      const value = entries.get(key.toLowerCase());
      return value === undefined ? { kind: 'absent' } : { kind: 'found', value };
    },
  };
}

/** All pairs of a compiled table (postmap -s); undefined when it is none of ours. */
export function readCompiled(text: string): Map<string, string> | undefined {
  const [first, ...lines] = text.split('\n');
  if (first !== header) return undefined;
  try {
    return new Map(lines.filter(Boolean).map((line) => JSON.parse(line) as [string, string]));
  } catch {
    return undefined;
  }
}

function statOf(file: string): Stats | undefined {
  try {
    return statSync(file);
  } catch {
    return undefined;
  }
}

function missing(file: string, reason: string): TableProblem {
  const text = reason.replace(/^.* is unavailable\. /, '');
  return { severity: 'error', file, line: 0, text, cure: `run postmap hash:${file} (postalias for aliases)` };
}
