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

export interface Texts {
  /** @throws Error (when called) for a key that is not there. */
  readonly say: Say;
  /** The text as it stands; undefined for a key that is not there. */
  find(key: string): string | undefined;
}

/** All texts of `<language>.yaml` beside this file. */
export function openTexts(language = 'en'): Texts {
  const texts = parse(readFileSync(path.join(import.meta.dirname, `${language}.yaml`), 'utf8')) as Record<
    string,
    Record<string, string>
  >;
  const find = (key: string): string | undefined => {
    const dot = key.indexOf('.');
    return texts[key.slice(0, dot)]?.[key.slice(dot + 1)]?.trimEnd();
  };
  return {
    find,
    say(key, values = {}) {
      const text = find(key);
      if (text === undefined) throw new Error(`no text "${key}" in ${language}.yaml`);
      return text.replace(/\{(\w+)\}/g, (whole, placeholder: string) =>
        placeholder in values ? printable(String(values[placeholder]), { multiline: true }) : whole,
      );
    },
  };
}

/** The texts of the language, to say. */
export function loadTexts(language = 'en'): Say {
  return openTexts(language).say;
}
