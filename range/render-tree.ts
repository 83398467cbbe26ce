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

/** All files below `folder`; none when there is no such folder. @throws Error naming the template that does not render. */
export function renderTree(folder: string, values: TemplateValues): OverlayFile[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  return files.map((file) => renderFile(folder, file, values));
}

function renderFile(folder: string, file: string, values: TemplateValues): OverlayFile {
  const [content, { mode }] = [readFileSync(file), statSync(file)];
  const hostPath = `/${path.relative(folder, file).split(path.sep).join('/')}`
    .replace('[domain]', values.domain)
    .replace('[number]', String(values.number));
  if (!hostPath.endsWith('.ejs')) return { path: hostPath, content, mode: mode & 0o777 };
  return {
    path: hostPath.slice(0, -'.ejs'.length),
    content: Buffer.from(renderText(content.toString('utf8'), values, file)),
    mode: mode & 0o777,
  };
}

/** Renders one template. @throws Error naming `file`. */
export function renderText(text: string, values: object, file: string): string {
  try {
    return ejs.render(text, { ...values }, { escape: (each: unknown) => String(each), filename: file });
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
