/**
 * dovecot-conf - dovecot.conf: the settings that this mailbox host knows, with faults named as doveconf(1) names them.
 *
 * Format: `name = value`, `section [name] { ... }`, `#` comments, `!include_try` lines (read over). `<file` as a value means the file's content, for certificates.
 */
import { readFile } from 'node:fs/promises';
import type { HostRoot } from '#util/host-root.ts';

export interface DovecotSettings {
  readonly protocols: readonly string[];
  /** `~/Maildir`. */
  readonly mailPath: string;
  readonly ssl: 'yes' | 'no' | 'required';
  /** Host paths; undefined when not set. */
  readonly certificateFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly disablePlaintextAuth: boolean;
  /** `imap` -> port, 0 turns it off (service imap-login { inet_listener imap { port = 0 } }). */
  readonly ports: Readonly<Record<ListenerName, number>>;
}

export type ListenerName = 'imap' | 'imaps' | 'pop3' | 'pop3s';

/** `message` is what doveconf prints after `doveconf: Fatal: `. */
export class DovecotConfError extends Error {
  override readonly name = 'DovecotConfError';
  readonly cure: string;
  constructor(message: string, cure: string) {
    super(message);
    this.cure = cure;
  }
}

/** The settings that are read, by their path; others are answered as doveconf answers a wrong word. */
export const knownSettings: readonly RegExp[] = [
  /^(protocols|listen|mail_location|ssl|ssl_cert|ssl_key|ssl_min_protocol|disable_plaintext_auth|auth_mechanisms|log_path|info_log_path|mail_privileged_group|login_greeting)$/,
  /^(passdb|userdb)\/(driver|args|default_fields|override_fields)$/,
  /^service\/[\w-]+\/inet_listener\/(imap|imaps|pop3|pop3s)\/(port|ssl|address)$/,
  /^service\/[\w-]+\/(process_limit|process_min_avail|service_count|user|vsz_limit)$/,
  /^namespace\/\w+\/(inbox|separator|prefix|location)$/,
  /^protocol\/(imap|pop3)\/\w+$/,
];

/** Reads the file (host path). @throws DovecotConfError. */
export async function loadDovecotConf(root: HostRoot, file = '/etc/dovecot/dovecot.conf'): Promise<DovecotSettings> {
  const text = await readFile(root.resolve(file), 'utf8').catch(() => {
    throw new DovecotConfError(
      `open(${file}) failed: No such file or directory`,
      'create the file, or take it from a reset',
    );
  });
  return interpret(readLines(text, file), file);
}

type Lines = Map<string, { value: string; line: number }>;

function readLines(text: string, file: string): Lines {
  const settings: Lines = new Map();
  const sections: string[] = [];
  text.split('\n').forEach((raw, index) => {
    const line = raw.replace(/(^|\s)#.*$/, '').trim();
    const fail = (what: string, cure: string): never => {
      throw new DovecotConfError(`Error in configuration file ${file} line ${index + 1}: ${what}`, cure);
    };
    if (line === '' || /^!include(_try)?\s/.test(line)) return;
    const section = /^(\w+)(?:\s+([\w-]+))?\s*\{$/.exec(line);
    if (section)
      return void sections.push(section[2] === undefined ? (section[1] ?? '') : `${section[1]}/${section[2]}`);
    if (line === '}') return void (sections.pop() ?? fail('Unexpected }', 'remove the }, or open its section'));
    const [, name, value = ''] = /^([\w/]+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (name === undefined) return fail(`Expecting '=' or '{' after "${line.split(/\s/)[0]}"`, 'write: name = value');
    const full = [...sections, name].join('/');
    if (!knownSettings.some((pattern) => pattern.test(full)))
      fail(`Unknown setting: ${full.replaceAll('/', ' { ')}`, 'check the spelling: doveconf(1) lists the settings');
    settings.set(full, { value, line: index + 1 });
  });
  if (sections.length > 0)
    throw new DovecotConfError(
      `Error in configuration file ${file}: Missing '}' (section ${sections.at(-1)})`,
      'close the section',
    );
  return settings;
}

function interpret(settings: Lines, file: string): DovecotSettings {
  const value = (name: string, fallback: string): string => settings.get(name)?.value ?? fallback;
  const fail = (name: string, what: string, cure: string): never => {
    throw new DovecotConfError(
      `Error in configuration file ${file} line ${settings.get(name)?.line ?? 0}: ${what}`,
      cure,
    );
  };
  const yesNo = (name: string, fallback: string): boolean => {
    const text = value(name, fallback);
    return (
      text === 'yes' ||
      (text === 'no' ? false : fail(name, `Invalid boolean value: ${text} (use yes or no)`, `set ${name} to yes or no`))
    );
  };
  const fileOf = (name: string): string | undefined => {
    const text = value(name, '');
    if (text === '') return undefined;
    return text.startsWith('<')
      ? text.slice(1).trim()
      : fail(name, `${name}: expects <file`, `put < before the path: ${name} = </etc/ssl/...`);
  };
  const ssl = value('ssl', 'yes');
  if (ssl !== 'yes' && ssl !== 'no' && ssl !== 'required')
    fail('ssl', `ssl: Invalid value: ${ssl}`, 'ssl is yes, no or required');
  const location = /^maildir:([^:]+)/.exec(value('mail_location', 'maildir:~/Maildir'))?.[1];
  const port = (service: string, name: ListenerName, fallback: number): number => {
    const key = `service/${service}/inet_listener/${name}/port`;
    const text = value(key, String(fallback));
    return /^\d{1,5}$/.test(text)
      ? Number(text)
      : fail(key, `Invalid number: ${text}`, 'a port is a number; 0 turns the listener off');
  };
  return {
    protocols: value('protocols', 'imap pop3').split(/\s+/).filter(Boolean),
    mailPath:
      location ??
      fail('mail_location', 'mail_location: only maildir: is supported here', 'mail_location = maildir:~/Maildir'),
    ssl: ssl as DovecotSettings['ssl'],
    certificateFile: fileOf('ssl_cert'),
    keyFile: fileOf('ssl_key'),
    disablePlaintextAuth: yesNo('disable_plaintext_auth', 'yes'),
    ports: {
      imap: port('imap-login', 'imap', 143),
      imaps: port('imap-login', 'imaps', 993),
      pop3: port('pop3-login', 'pop3', 110),
      pop3s: port('pop3-login', 'pop3s', 995),
    },
  };
}
