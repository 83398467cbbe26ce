/**
 * postmap - postmap(1), and postalias(1) under that name: compiles tables, and looks keys up.
 *
 * `postmap [-c dir] [type:]file ...`, `-q key type:name ...` (`-q -` reads keys), `-s type:file`. Exit status 1 when a key is not there.
 */
import path from 'node:path';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { compileTable, readCompiled } from '../config/tables/hash.ts';
import { openTable } from '../config/tables/open-table.ts';
import { findSurroundings, print, readFlags, runTool, ToolError, type Surroundings } from './tool.ts';

const isAlias = process.argv[2] === '--aliases';
const name = isAlias ? 'postalias' : 'postmap';

await runTool(name, async (args) => {
  const { flags, rest } = readFlags(
    args.filter((word) => word !== '--aliases'),
    'cqd',
  );
  const surroundings = findSurroundings(flags.get('c')?.[0]);
  if (rest.length === 0) throw new ToolError(`usage: ${name} [-q key] [type:]file ...`);
  const key = flags.get('q')?.[0];
  if (key !== undefined) return query(surroundings, key, rest);
  if (flags.has('s')) return dump(surroundings, rest[0] ?? '');
  for (const table of rest) await compile(surroundings, table);
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

async function compile(surroundings: Surroundings, table: string): Promise<void> {
  const { type, file } = split(table);
  if (type !== 'hash' && type !== 'btree')
    throw new ToolError(
      `${type}:${file} map type does not support bulk update: only hash and btree tables are compiled`,
    );
  const hostPath = toHostPath(surroundings, file);
  try {
    const { problems } = await compileTable(surroundings.root, hostPath, isAlias ? 'aliases' : 'map');
    for (const problem of problems)
      process.stderr.write(`${name}: warning: ${problem.text}\n${name}: cure: ${problem.cure}\n`);
  } catch (error) {
    throw new ToolError(
      `open ${file}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'No such file or directory' : String(error)}`,
    );
  }
}

async function query(surroundings: Surroundings, key: string, tables: readonly string[]): Promise<number> {
  const keys = key === '-' ? (await text(process.stdin)).split('\n').filter(Boolean) : [key];
  let found = false;
  for (const each of keys) {
    for (const table of tables) {
      const { type, file } = split(table);
      const isFile = /^(hash|btree|texthash|regexp|pcre|cidr)$/.test(type);
      const opened = await openTable(`${type}:${isFile ? toHostPath(surroundings, file) : file}`, surroundings.root);
      for (const { severity, text } of opened.problems) process.stderr.write(`${name}: ${severity}: ${text}\n`);
      const result = await opened.lookup(each);
      if (result.kind === 'error') throw new ToolError(result.reason);
      if (result.kind === 'absent') continue;
      found = true;
      print(key === '-' ? `${each}\t${result.value}\n` : `${result.value}\n`);
      break;
    }
  }
  return found ? 0 : 1;
}

async function dump(surroundings: Surroundings, table: string): Promise<number> {
  const { file } = split(table);
  const entries = readCompiled(
    await readFile(surroundings.root.resolve(`${toHostPath(surroundings, file)}.db`), 'utf8').catch(() => ''),
  );
  if (!entries) throw new ToolError(`open database ${file}.db: No such file or directory`);
  for (const [key, value] of entries) print(`${key}${isAlias ? ': ' : '\t'}${value}\n`);
  return 0;
}
