/**
 * texts - what people read, from the file of their language.
 *
 * `say('up.ready', {seconds: 2})` fills the placeholders; values are made printable. Limits: English only, so far.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { printable } from '#util/terminal-text.ts';

export type Say = (key: string, values?: Readonly<Record<string, string | number>>) => string;

/** Loads `<language>.yaml` beside this file. @throws Error (when called) for a key that is not there. */
export function loadTexts(language = 'en'): Say {
  const texts = parse(readFileSync(path.join(import.meta.dirname, `${language}.yaml`), 'utf8')) as Record<
    string,
    Record<string, string>
  >;
  return (key, values = {}) => {
    const [group = '', name = ''] = key.split('.');
    const text = texts[group]?.[name];
    if (text === undefined) throw new Error(`no text "${key}" in ${language}.yaml`);
    return text
      .trimEnd()
      .replace(/\{(\w+)\}/g, (whole, placeholder: string) =>
        placeholder in values ? printable(String(values[placeholder]), { multiline: true }) : whole,
      );
  };
}
