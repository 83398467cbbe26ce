/**
 * sources - the project's own files, as text and as syntax trees, for what compares documents with code.
 *
 * The compiler's parser is used, not its checker: a tree a file, no types. Limits: a name that is put together at run time is not seen.
 */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** The project's folder. */
export const home = path.dirname(path.dirname(import.meta.dirname));

const notOurs = /(^|\/)(node_modules|workshop|tmp|coverage|\.git|\.claude)(\/|$)/;

/** Files of the project by glob, as paths from its folder, sorted. */
export function findFiles(pattern: string): string[] {
  return globSync(pattern, { cwd: home, exclude: (name) => notOurs.test(name) })
    .filter((file) => !notOurs.test(file))
    .sort();
}

export function readSource(file: string): string {
  return readFileSync(path.join(home, file), 'utf8');
}

/** TypeScript files of some rooms that are no tests. */
export function findCode(rooms: readonly string[]): string[] {
  return rooms.flatMap((room) => findFiles(`${room}/**/*.ts`)).filter((file) => !/\.test\.ts$|(^|\/)test-/.test(file));
}

export function parseSource(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readSource(file), ts.ScriptTarget.Latest, true);
}

/** Every node of a tree, parents first. */
export function* nodesOf(root: ts.Node): Generator<ts.Node> {
  yield root;
  const children: ts.Node[] = [];
  ts.forEachChild(root, (child) => void children.push(child));
  for (const child of children) yield* nodesOf(child);
}

/** The lines of the comment that a file opens with, without its stars; undefined when it opens with none. */
export function openingComment(text: string): string[] | undefined {
  const [, inner] = /^(?:#!.*\n)?\/\*\*\n([\s\S]*?)\n ?\*\//.exec(text) ?? [];
  return inner?.split('\n').map((line) => line.replace(/^ ?\* ?/, ''));
}

/** The sentence after `name - ` in a file's opening comment. */
export function oneSentence(file: string): string {
  const first = openingComment(readSource(file))?.[0] ?? '';
  return first.replace(/^[\w.()-]+(?:, [\w-]+)* - /, '');
}
