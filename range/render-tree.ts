/**
 * render-tree - a folder of files and templates to the files of a host's root.
 *
 * Read at once, not file by file: a class has thousands of them, all small, and to wait for each takes four times as long as to read it. `NAME.ejs` is rendered with the seat's parameters and loses its ending; `[domain]` and `[number]` in a path are replaced by those parameters. File modes are kept.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import ejs from 'ejs';
import type { Parameters } from './parameters.ts';
import type { OverlayFile } from './range.ts';
import type { HostAddress } from './world.ts';

export type TemplateValues = Parameters & { readonly local: HostAddress };

/** A folder's files and templates, read once for many hosts. */
export type FileTree = readonly TreeFile[];

interface TreeFile {
  /** Below the root of the host, with `[domain]` and `[number]` still in it. */
  readonly path: string;
  readonly mode: number;
  /** The same for every seat. */
  readonly isAlike: boolean;
  /** @throws Error naming the template that does not render. */
  content(values: TemplateValues): Buffer;
}

/** All files below `folder`; none when there is no such folder. @throws Error naming the template that cannot be read. */
export function readTree(folder: string): FileTree {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  return files.map((file) => readTreeFile(folder, file));
}

/** The files of one host. @throws Error naming the template that does not render. */
export function renderFiles(tree: FileTree, values: TemplateValues): OverlayFile[] {
  return tree.map(({ path: name, mode, content }) => ({
    path: name.replace('[domain]', values.domain).replace('[number]', String(values.number)),
    content: content(values),
    mode,
  }));
}

/** Both for one host. @throws Error naming the template that does not render. */
export function renderTree(folder: string, values: TemplateValues): OverlayFile[] {
  return renderFiles(readTree(folder), values);
}

function readTreeFile(folder: string, file: string): TreeFile {
  const [content, mode] = [readFileSync(file), statSync(file).mode & 0o777];
  const name = `/${path.relative(folder, file).split(path.sep).join('/')}`;
  if (!name.endsWith('.ejs')) return { path: name, mode, isAlike: !name.includes('['), content: () => content };
  const render = compileText(content.toString('utf8'), file);
  const rendered = (values: TemplateValues): Buffer => Buffer.from(render(values));
  return { path: name.slice(0, -'.ejs'.length), mode, isAlike: false, content: rendered };
}

/** Renders one template. @throws Error naming `file`. */
export function renderText(text: string, values: object, file: string): string {
  return compileText(text, file)(values);
}

/** @throws Error naming `file`, as what it gives does. */
function compileText(text: string, file: string): (values: object) => string {
  const render = named(file, () => ejs.compile(text, { escape: (each: unknown) => String(each), filename: file }));
  return (values) => named(file, () => render({ ...values }));
}

function named<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
