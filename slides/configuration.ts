/**
 * configuration - the configuration that a slide shows: read from a lab's `solution/` (or from a host's base files), never retyped.
 *
 * A slide names the file and the parameters or lines it wants; what is no longer there is an error that names the slide's file and the solution's.
 * The files are rendered with the seat's parameters, as they are when a solution is laid onto a seat.
 *
 * Limits: a logical line of main.cf is its first line and the indented lines below it.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Parameters } from '../range/parameters.ts';
import { renderText } from '../range/render-tree.ts';

export interface Selection {
  /** Path below the tree: `mailbox/etc/postfix/main.cf`; the first part is the host. */
  readonly file: string;
  /** Names of parameters (`name = value`), in the order in which they are to be shown. */
  readonly parameters?: readonly string[];
  /** Lines that match, in the file's order. */
  readonly lines?: RegExp;
}

export interface Excerpt {
  readonly host: string;
  /** `/etc/postfix/main.cf`. */
  readonly path: string;
  readonly text: string;
}

/** Where excerpts come from, and in which slide's name errors are told. */
export interface Source {
  /** `slides/en/01-first-mail.ejs`. */
  readonly slide: string;
  readonly folder: string;
  /** The folder as people know it: `labs/01-first-mail/solution`. */
  readonly title: string;
  readonly values: Parameters;
}

/** The whole file, or the selected parameters or lines of it. @throws Error naming the slide's file, the solution's, and what is not there. */
export function readExcerpt(source: Source, selection: Selection): Excerpt {
  const [host = '', ...rest] = selection.file.split('/');
  const place = `/${rest.join('/')}`
    .replace('[domain]', source.values.domain)
    .replace('[number]', String(source.values.number));
  const text = readTreeFile(source, selection.file, host);
  const missing = (what: string): Error =>
    new Error(
      `${source.slide}: ${what} is not in ${source.title}/${selection.file}; cure: show what the solution says now`,
    );
  // A zone file's records begin with a blank where the owner is the one above; elsewhere such a line belongs to the one above.
  const logical = text.split(/\/db\./.test(selection.file) ? '\n' : /\n(?![ \t])/);
  if (selection.parameters) {
    const picked = selection.parameters.map((name) => {
      const line = logical.find((each) => nameOf(each) === name.toLowerCase());
      if (line === undefined) throw missing(`the parameter "${name}"`);
      return line;
    });
    return { host, path: place, text: picked.join('\n') };
  }
  if (!selection.lines) return { host, path: place, text: text.trimEnd() };
  const { lines } = selection;
  const picked = logical.filter((line) => lines.test(line));
  if (picked.length === 0) throw missing(`a line like ${String(lines)}`);
  return { host, path: place, text: picked.join('\n').trimEnd() };
}

/** The name before `=` in lower case; undefined for comments and anything else. */
function nameOf(line: string): string | undefined {
  return /^([^#\s=][^=\n]*?)\s*=/.exec(line)?.[1]?.toLowerCase();
}

function readTreeFile({ slide, folder, title, values }: Source, file: string, host: string): string {
  const local = host === 'gateway' || host === 'mailbox' ? values[host] : values.dns;
  for (const ending of ['', '.ejs']) {
    const found = path.join(folder, file + ending);
    if (!existsSync(found)) continue;
    const text = readFileSync(found, 'utf8');
    return ending === '' ? text : renderText(text, { ...values, local }, found);
  }
  throw new Error(`${slide}: there is no ${title}/${file}; cure: name a file of that folder`);
}
