/**
 * show-conf - settings as `doveconf -n` prints them: sorted, sections nested, keys hidden.
 */
import type { Setting } from './read-conf.ts';

export interface ShowOptions {
  /** Only these; all when empty. */
  readonly names: readonly string[];
  /** Values without `name = `. */
  readonly bare: boolean;
  readonly secrets: boolean;
}

const defaultValues: Readonly<Record<string, string>> = {
  disable_plaintext_auth: 'yes',
  login_greeting: 'Dovecot ready.',
  mail_location: 'maildir:~/Maildir',
  protocols: 'imap pop3',
  ssl: 'yes',
  ssl_cert: '',
  ssl_key: '',
  ssl_min_protocol: 'TLSv1.2',
};

/** The settings that this host acts on and that `settings` does not set. */
export function defaults(settings: readonly Setting[]): Setting[] {
  const set = new Set(settings.filter(({ sections }) => sections.length === 0).map(({ name }) => name));
  return Object.entries(defaultValues)
    .filter(([name]) => !set.has(name))
    .map(([name, value]) => ({ name, value, sections: [], file: '', line: 0 }));
}

export function showSettings(settings: readonly Setting[], options: ShowOptions): string {
  const wanted = settings.filter(({ name }) => options.names.length === 0 || options.names.includes(name));
  return showLevel(wanted, 0, options);
}

function showLevel(settings: readonly Setting[], depth: number, options: ShowOptions): string {
  const indent = '  '.repeat(options.bare ? 0 : depth);
  const blocks = new Map<string, string>();
  const sections = new Map<string, Setting[]>();
  for (const setting of settings) {
    const section = setting.sections[depth];
    if (section !== undefined) sections.set(section, [...(sections.get(section) ?? []), setting]);
    else blocks.set(setting.name, `${indent}${options.bare ? '' : `${setting.name} = `}${valueOf(setting, options)}\n`);
  }
  for (const [section, inner] of sections) {
    const body = showLevel(inner, depth + 1, options);
    blocks.set(section, options.bare ? body : `${indent}${section} {\n${body}${indent}}\n`);
  }
  return [...blocks.entries()]
    .sort(([first], [second]) => (first < second ? -1 : 1))
    .map(([, text]) => text)
    .join('');
}

function valueOf({ name, value }: Setting, { secrets }: ShowOptions): string {
  return /_key$|password/.test(name) && !secrets && value !== '' ? '# hidden, use -P to show it' : value;
}
