/**
 * postmap - postmap(1), and postalias(1) under that name: compiles tables, looks keys up, lists and changes them.
 *
 * `postmap [type:]file ...` compiles; `-q key type:name ...` looks up (`-q -` reads keys, with -h or -b the lines of a message); `-s` lists; `-d key` deletes; `-i` adds lines of
 * standard input; `-r` lets the later of two equal keys win, `-w` says nothing of them. Exit status 1 when a key is not there.
 */
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { readHeaders } from '#mail/header.ts';
import { compileTable, loadCompiled, storeCompiled } from '../config/tables/hash.ts';
import { openTable } from '../config/tables/open-table.ts';
import type { LookupTable } from '../config/tables/table.ts';
import { readOptions, type Options } from './options.ts';
import { findSurroundings, print, runTool, ToolError, warn, type Surroundings } from './tool.ts';

const isAlias = process.argv[2] === '--aliases';
const tool = isAlias ? 'postalias' : 'postmap';
const usage = isAlias
  ? 'postalias [-Nfinoprsuvw] [-c config_dir] [-d key] [-q key] [map_type:]file...'
  : 'postmap [-bfFhimnNoprsuUvw] [-c config_dir] [-d key] [-q key] [map_type:]file...';
const letters = isAlias ? 'Nfinoprsuvwc:d:q:' : 'bfFhimnNoprsuUvwc:d:q:';

const textTypes = ['texthash', 'regexp', 'pcre', 'cidr', 'static', 'inline', 'unix', 'fail'];

await runTool(tool, async (args) => {
  const options = readOptions(
    args.filter((word) => word !== '--aliases'),
    { tool, letters, usage },
  );
  const { flags, rest } = options;
  const surroundings = findSurroundings(flags.get('c')?.[0]);
  const [key, ...others] = flags.get('q') ?? [];
  const [gone, ...moreGone] = flags.get('d') ?? [];
  if (
    others.length + moreGone.length > 0 ||
    [key !== undefined, gone !== undefined, flags.has('s')].filter(Boolean).length > 1
  )
    throw new ToolError('specify only one of -s -q or -d');
  if (rest.length === 0) throw new ToolError(`usage: ${usage}`);
  if (key !== undefined) return query(surroundings, key, rest, options);
  if (gone !== undefined) return remove(surroundings, gone, rest);
  if (flags.has('s')) return dump(surroundings, rest[0] ?? '');
  const added = flags.has('i') ? await text(process.stdin) : undefined;
  for (const table of rest) await compile(surroundings, table, options, added);
  return 0;
});

/** A path without leading slash is relative to where the command was given. */
function toHostPath({ root }: Surroundings, file: string): string {
  return root.display(path.isAbsolute(file) && !file.startsWith(root.path) ? root.resolve(file) : path.resolve(file));
}

function split(table: string): { type: string; file: string } {
  const [, type, file = ''] = /^(?:([a-z]+):)?(.*)$/s.exec(table) ?? [];
  return { type: type ?? 'hash', file };
}

/** The host path of an indexed table's text. @throws ToolError for types that are not compiled. */
function indexedFile(surroundings: Surroundings, table: string): string {
  const { type, file } = split(table);
  if (type === 'hash' || type === 'btree') return toHostPath(surroundings, file);
  throw new ToolError(
    textTypes.includes(type)
      ? `unsupported dictionary type: ${type} does not support bulk-mode creation.`
      : `unsupported dictionary type: ${type}. Is the postfix-${type} package installed?`,
  );
}

async function compile(
  surroundings: Surroundings,
  table: string,
  { flags }: Options,
  added: string | undefined,
): Promise<void> {
  const file = indexedFile(surroundings, table);
  const duplicates = flags.has('r') ? 'replace' : flags.has('w') ? 'ignore' : 'warn';
  try {
    const { problems } = await compileTable(surroundings.root, file, isAlias ? 'aliases' : 'map', {
      duplicates,
      ...(added === undefined ? {} : { added }),
    });
    for (const problem of problems) warn(tool, problem);
  } catch (error) {
    throw new ToolError(`open ${split(table).file}: ${systemWords(error)}`);
  }
}

function systemWords(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const words: Record<string, string> = {
    ENOENT: 'No such file or directory',
    EACCES: 'Permission denied',
    EISDIR: 'Is a directory',
    ENOTDIR: 'Not a directory',
  };
  return words[code ?? ''] ?? message;
}

async function query(
  surroundings: Surroundings,
  key: string,
  names: readonly string[],
  { flags }: Options,
): Promise<number> {
  const keys = key === '-' ? keysOf(await text(process.stdin), flags.has('h'), flags.has('b')) : [key];
  const tables = await Promise.all(names.map((name) => open(surroundings, name)));
  let found = false;
  for (const each of keys)
    for (const table of tables) {
      const result = await table.lookup(each);
      if (result.kind === 'error') throw new ToolError(result.reason.replace(`${table.name} is unavailable. `, ''));
      if (result.kind === 'absent') continue;
      found = true;
      print(key === '-' ? `${each}\t${result.value}\n` : `${result.value}\n`);
      break;
    }
  return found ? 0 : 1;
}

/** Lines; or a message's header fields (-h) and body lines (-b). */
function keysOf(input: string, headers: boolean, body: boolean): string[] {
  if (!headers && !body) return input.split('\n').filter(Boolean);
  const content = Buffer.from(input);
  const { fields, bodyStart } = readHeaders(content);
  return [
    ...(headers ? fields.map((field) => `${field.name}: ${field.value}`) : []),
    ...(body ? content.toString('utf8', bodyStart).split('\n').filter(Boolean) : []),
  ];
}

async function open(surroundings: Surroundings, name: string): Promise<LookupTable> {
  const { type, file } = split(name);
  const isFile = /^(hash|btree|texthash|regexp|pcre|cidr)$/.test(type);
  const table = await openTable(`${type}:${isFile ? toHostPath(surroundings, file) : file}`, surroundings.root);
  for (const problem of table.problems) if (problem.severity === 'warning') warn(tool, problem);
  return table;
}

async function remove(surroundings: Surroundings, key: string, tables: readonly string[]): Promise<number> {
  const keys = key === '-' ? (await text(process.stdin)).split('\n').filter(Boolean) : [key];
  let found = false;
  for (const table of tables) {
    const file = indexedFile(surroundings, table);
    const entries = await loadCompiled(surroundings.root, file);
    if (!entries) throw new ToolError(`open database ${split(table).file}.db: No such file or directory`);
    for (const each of keys) found = entries.delete(each.toLowerCase()) || found;
    await storeCompiled(surroundings.root, file, entries);
  }
  return found ? 0 : 1;
}

async function dump(surroundings: Surroundings, table: string): Promise<number> {
  const { type, file } = split(table);
  if (textTypes.includes(type)) {
    await open(surroundings, table);
    throw new ToolError(`table ${table}: sequence operation is not supported`);
  }
  const entries = await loadCompiled(surroundings.root, indexedFile(surroundings, table));
  if (!entries) throw new ToolError(`open database ${file}.db: No such file or directory`);
  for (const [key, value] of entries) print(`${key}${isAlias ? ':' : ''}\t${value}\n`);
  return 0;
}
