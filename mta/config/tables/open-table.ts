/**
 * open-table - `type:name` to a table (DATABASE_README; `postconf -m` lists the types).
 *
 * An unknown type or a text table that is not there gives a table whose every lookup is an error, as Postfix's dict_surrogate does.
 */
import type { HostRoot } from '#util/host-root.ts';
import { readTextAt } from '#util/host-text.ts';
import { splitList } from '../typed-values.ts';
import { openHash } from './hash.ts';
import { parseMap } from './map-text.ts';
import { createPatternTable } from './pattern.ts';
import type { LookupTable, TableProblem } from './table.ts';

/** The types there are, as `postconf -m` prints them. */
export const tableTypes: readonly string[] = [
  'btree',
  'cidr',
  'fail',
  'hash',
  'inline',
  'pcre',
  'pipemap',
  'regexp',
  'static',
  'texthash',
  'unionmap',
  'unix',
];

/** Opens a table; never rejects. */
export async function openTable(typeAndName: string, root: HostRoot): Promise<LookupTable> {
  const [, type = '', name = ''] = /^(?:proxy:)?([a-z-]+):(.*)$/s.exec(typeAndName) ?? [];
  const text = (): Promise<string | undefined> => readTextAt(root.resolve(name)).catch(() => undefined);
  switch (type) {
    case 'hash':
    case 'btree':
      return openHash(type, name, root);
    case 'texthash': {
      const source = await text();
      return source === undefined
        ? unavailable(typeAndName, type, `open database ${name}: No such file or directory`)
        : openTextHash(typeAndName, name, source);
    }
    case 'regexp':
    case 'pcre':
    case 'cidr': {
      // Rules may stand in main.cf itself: `cidr:{ {192.0.2.0/24 REJECT} }` (cidr_table(5)).
      const source = name.startsWith('{') ? splitList(name.slice(1, -1)).join('\n') : await text();
      return source === undefined
        ? unavailable(typeAndName, type, `open ${name}: No such file or directory`)
        : createPatternTable(type, name, source);
    }
    case 'inline':
      return openInline(typeAndName, name);
    case 'static':
      return always(typeAndName, name.replace(/^\{\s*|\s*\}$/g, ''));
    case 'unionmap':
    case 'pipemap': {
      const members = splitList(name.replace(/^\{|\}$/g, ''));
      const tables = await Promise.all(members.map((member) => openTable(member, root)));
      return type === 'unionmap' ? union(typeAndName, tables) : pipe(typeAndName, tables);
    }
    case 'unix':
      return openPasswd(typeAndName, name, root);
    case 'fail':
      return unavailable(typeAndName, type, `${typeAndName} lookup error`);
    default:
      return unavailable(
        typeAndName,
        type,
        type === '' ? `"${typeAndName}" is not a table: need type:name` : `unsupported dictionary type: ${type}`,
      );
  }
}

function fixed(
  name: string,
  type: string,
  entries: ReadonlyMap<string, string>,
  problems: readonly TableProblem[] = [],
): LookupTable {
  return {
    name,
    type,
    isPattern: false,
    problems,
    lookup: (key) => {
      const value = entries.get(key.toLowerCase());
      return Promise.resolve(value === undefined ? { kind: 'absent' } : { kind: 'found', value });
    },
  };
}

function always(name: string, value: string): LookupTable {
  return {
    name,
    type: 'static',
    isPattern: true,
    problems: [],
    lookup: () => Promise.resolve({ kind: 'found', value }),
  };
}

/** A table that answers nothing but its fault, as Postfix's surrogate does. */
export function unavailable(name: string, type: string, reason: string): LookupTable {
  const [, file = name] = /^[a-z]+:(.*)$/s.exec(name) ?? [];
  return {
    name,
    type,
    isPattern: true,
    problems: [{ severity: 'error', file, line: 0, text: reason, cure: 'name a table that is there' }],
    lookup: () => Promise.resolve({ kind: 'error', reason: `${name} is unavailable. ${reason}` }),
  };
}

/** A key twice makes the whole table useless: which of the two counts? */
function openTextHash(name: string, file: string, source: string): LookupTable {
  const { entries, problems } = parseMap(source, file);
  const duplicate = problems.find(({ isDuplicate }) => isDuplicate);
  const told = problems
    .filter(({ isDuplicate, line }) => !isDuplicate && (!duplicate || line < duplicate.line))
    .map(({ line, text, cure }) => ({
      severity: 'warning' as const,
      file,
      line,
      text: text.endsWith('key whitespace value') ? `${text} -- ignoring this line` : text,
      cure,
    }));
  if (!duplicate) return fixed(name, 'texthash', entries, told);
  const reason = `${file}, line ${duplicate.line}: ${duplicate.text.replace(/^\S+: /, '')}`;
  const table = unavailable(name, 'texthash', reason);
  return { ...table, problems: [...told, ...table.problems] };
}

/** All tables are asked; what they answer is joined with commas. */
function union(name: string, tables: readonly LookupTable[]): LookupTable {
  return {
    name,
    type: 'unionmap',
    isPattern: tables.some((table) => table.isPattern),
    problems: tables.flatMap((table) => table.problems),
    async lookup(key) {
      const values: string[] = [];
      for (const table of tables) {
        const found = await table.lookup(key);
        if (found.kind === 'error') return found;
        if (found.kind === 'found') values.push(found.value);
      }
      return values.length === 0 ? { kind: 'absent' } : { kind: 'found', value: values.join(',') };
    },
  };
}

/** Each table is asked for what the one before it answered. */
function pipe(name: string, tables: readonly LookupTable[]): LookupTable {
  return {
    name,
    type: 'pipemap',
    isPattern: tables.some((table) => table.isPattern),
    problems: tables.flatMap((table) => table.problems),
    async lookup(key) {
      let value = key;
      for (const table of tables) {
        const found = await table.lookup(value);
        if (found.kind !== 'found') return found;
        value = found.value;
      }
      return { kind: 'found', value };
    },
  };
}

/** `inline:{ key=value, { key = text with blanks } }`. */
function openInline(name: string, written: string): LookupTable {
  const entries = new Map<string, string>();
  for (const element of splitList(written.replace(/^\{|\}$/g, ''))) {
    const [, key, value] = /^([^=]*?)\s*=\s*(.*)$/s.exec(element) ?? [];
    if (key === undefined || value === undefined)
      return unavailable(name, 'inline', `missing '=' after attribute name: "${name}"; need "inline:{name=value...}"`);
    entries.set(key.toLowerCase(), value);
  }
  return fixed(name, 'inline', entries);
}

/** `unix:passwd.byname`: the host's /etc/passwd. */
function openPasswd(name: string, map: string, root: HostRoot): LookupTable {
  if (map !== 'passwd.byname') return unavailable(name, 'unix', `unknown map: unix:${map}`);
  return {
    name,
    type: 'unix',
    isPattern: false,
    problems: [],
    async lookup(key) {
      const text = await readTextAt(root.resolve('/etc/passwd')).catch(() => undefined);
      if (text === undefined) return { kind: 'error', reason: 'open /etc/passwd: No such file or directory' };
      const line = text.split('\n').find((each) => each.startsWith(`${key.toLowerCase()}:`));
      return line === undefined ? { kind: 'absent' } : { kind: 'found', value: line };
    },
  };
}
