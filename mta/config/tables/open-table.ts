/**
 * open-table - `type:name` to a table (DATABASE_README; `postconf -m` lists the types).
 *
 * An unknown type or a text table that is not there gives a table whose every lookup is an error, as Postfix's dict_surrogate does.
 */
import { readFile } from 'node:fs/promises';
import type { HostRoot } from '#util/host-root.ts';
import { splitList } from '../typed-values.ts';
import { openHash } from './hash.ts';
import { parseMap } from './map-text.ts';
import { createPatternTable } from './pattern.ts';
import type { LookupTable } from './table.ts';

/** The types there are, as `postconf -m` prints them. */
export const tableTypes: readonly string[] = [
  'btree',
  'cidr',
  'fail',
  'hash',
  'inline',
  'pcre',
  'regexp',
  'static',
  'texthash',
  'unix',
];

/** Opens a table; never rejects. */
export async function openTable(typeAndName: string, root: HostRoot): Promise<LookupTable> {
  const [, type = '', name = ''] = /^(?:proxy:)?([a-z-]+):(.*)$/s.exec(typeAndName) ?? [];
  const text = (): Promise<string | undefined> => readFile(root.resolve(name), 'utf8').catch(() => undefined);
  switch (type) {
    case 'hash':
    case 'btree':
      return openHash(type, name, root);
    case 'texthash': {
      const source = await text();
      return source === undefined
        ? unavailable(typeAndName, type, `open ${name}: No such file or directory`)
        : openText(typeAndName, name, source);
    }
    case 'regexp':
    case 'pcre':
    case 'cidr': {
      const source = await text();
      return source === undefined
        ? unavailable(typeAndName, type, `open ${name}: No such file or directory`)
        : createPatternTable(type, name, source);
    }
    case 'inline':
      return openInline(typeAndName, name);
    case 'static':
      return always(typeAndName, name.replace(/^\{\s*|\s*\}$/g, ''));
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

/** `texthash:FILE`: the source text itself. */
function openText(typeAndName: string, file: string, source: string): LookupTable {
  const { entries, problems } = parseMap(source, file);
  const warnings = problems.map(({ line, text, cure }) => ({ file, line, text, cure }));
  return { ...fixed(typeAndName, 'texthash', entries), warnings };
}

function fixed(name: string, type: string, entries: ReadonlyMap<string, string>): LookupTable {
  return {
    name,
    type,
    isPattern: false,
    lookup: (key) => {
      const value = entries.get(key.toLowerCase());
      return Promise.resolve(value === undefined ? { kind: 'absent' } : { kind: 'found', value });
    },
  };
}

function always(name: string, value: string): LookupTable {
  return { name, type: 'static', isPattern: true, lookup: () => Promise.resolve({ kind: 'found', value }) };
}

function unavailable(name: string, type: string, reason: string): LookupTable {
  return { name, type, isPattern: true, unavailable: reason, lookup: () => Promise.resolve({ kind: 'error', reason }) };
}

/** `inline:{ key=value, { key = text with blanks } }`. */
function openInline(name: string, written: string): LookupTable {
  const entries = new Map<string, string>();
  for (const element of splitList(written.replace(/^\{|\}$/g, ''))) {
    const [, key, value] = /^([^=]*?)\s*=\s*(.*)$/s.exec(element) ?? [];
    if (key === undefined || value === undefined)
      return unavailable(name, 'inline', `missing '=' after attribute name: "${element}"`);
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
    async lookup(key) {
      const text = await readFile(root.resolve('/etc/passwd'), 'utf8').catch(() => undefined);
      if (text === undefined) return { kind: 'error', reason: 'open /etc/passwd: No such file or directory' };
      const line = text.split('\n').find((each) => each.startsWith(`${key.toLowerCase()}:`));
      return line === undefined ? { kind: 'absent' } : { kind: 'found', value: line };
    },
  };
}
