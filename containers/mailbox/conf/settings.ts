/**
 * settings - what this mailbox host does with dovecot.conf: its protocols, ports, certificate, passwords and mail folders.
 *
 * Acted on: `protocols`, `mail_location`, `ssl`, `ssl_cert`, `ssl_key`, `ssl_min_protocol`, `disable_plaintext_auth`, `login_greeting`, `passdb { driver args }`,
 * `service NAME { inet_listener imap|imaps|pop3|pop3s { port } }`. Every other setting of Dovecot is accepted and has no effect; `ineffective` names those that were set.
 */
import type { HostRoot } from '#util/host-root.ts';
import { DovecotConfError, faultAt } from './conf-error.ts';
import { readConf, type Setting } from './read-conf.ts';

export type ListenerName = 'imap' | 'imaps' | 'pop3' | 'pop3s';
export const listenerNames: readonly ListenerName[] = ['imap', 'imaps', 'pop3', 'pop3s'];
export const defaultConfFile = '/etc/dovecot/dovecot.conf';

export interface DovecotSettings {
  readonly protocols: readonly string[];
  /** `~/Maildir`. */
  readonly mailPath: string;
  readonly ssl: 'yes' | 'no' | 'required';
  /** Host paths; undefined when not set. */
  readonly certificateFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly minTlsVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly disablePlaintextAuth: boolean;
  readonly loginGreeting: string;
  /** Host path of the passwd-file. */
  readonly passwordFile: string;
  /** `imap` -> port, 0 turns it off (service imap-login { inet_listener imap { port = 0 } }). */
  readonly ports: Readonly<Record<ListenerName, number>>;
  /** `FILE line N: NAME`: set, but without effect on this host. */
  readonly ineffective: readonly string[];
}

/** Names that have an effect, and those that change nothing a student could see. `service/inet_listener` is any listener of any service. */
export const effectiveSettings: ReadonlySet<string> = new Set([
  'protocols', 'mail_location', 'ssl', 'ssl_cert', 'ssl_key', 'ssl_min_protocol', 'disable_plaintext_auth', 'login_greeting',
  'passdb/driver', 'passdb/args', 'userdb/driver', 'service/inet_listener/port', 'service/inet_listener/ssl',
]); // prettier-ignore

const defaultPorts: Readonly<Record<ListenerName, number>> = { imap: 143, imaps: 993, pop3: 110, pop3s: 995 };

/** Reads the file (host path) and all it includes. @throws DovecotConfError. */
export async function loadDovecotConf(root: HostRoot, file = defaultConfFile): Promise<DovecotSettings> {
  return interpret(await readConf(root, file), file);
}

/** @throws DovecotConfError. */
export function interpret(settings: readonly Setting[], file: string): DovecotSettings {
  const kindsOf = ({ sections, name }: Setting): string =>
    [...sections.map((section) => section.split(' ')[0] ?? ''), name].join('/');
  const last = (name: string): Setting | undefined => settings.findLast((setting) => kindsOf(setting) === name);
  const listener = (name: ListenerName): Setting | undefined =>
    settings.findLast(
      (each) => kindsOf(each) === 'service/inet_listener/port' && each.sections[1] === `inet_listener ${name}`,
    );
  checkProtocols(last('protocols'), file);
  return {
    protocols: (last('protocols')?.value ?? 'imap pop3').split(/\s+/).filter(Boolean),
    mailPath: mailPathOf(last('mail_location')),
    ssl: choiceOf(last('ssl'), ['yes', 'no', 'required'] as const, 'yes'),
    certificateFile: fileOf(last('ssl_cert')),
    keyFile: fileOf(last('ssl_key')),
    minTlsVersion: last('ssl_min_protocol')?.value === 'TLSv1.3' ? 'TLSv1.3' : 'TLSv1.2',
    disablePlaintextAuth: choiceOf(last('disable_plaintext_auth'), ['yes', 'no'] as const, 'yes') === 'yes',
    loginGreeting: last('login_greeting')?.value ?? 'Dovecot ready.',
    ports: {
      imap: portOf(listener('imap'), defaultPorts.imap),
      imaps: portOf(listener('imaps'), defaultPorts.imaps),
      pop3: portOf(listener('pop3'), defaultPorts.pop3),
      pop3s: portOf(listener('pop3s'), defaultPorts.pop3s),
    },
    passwordFile: passwordFileOf(last('passdb/driver'), last('passdb/args')),
    ineffective: settings
      .filter((each) => !effectiveSettings.has(kindsOf(each)))
      .map((each) => `${each.file} line ${each.line}: ${[...each.sections, each.name].join(' { ')}`),
  };
}

function checkProtocols(setting: Setting | undefined, file: string): void {
  const unknown = (setting?.value ?? '')
    .split(/\s+/)
    .find((word) => word !== '' && !['imap', 'pop3', 'lmtp', 'sieve', 'submission', 'none'].includes(word));
  if (unknown !== undefined)
    throw new DovecotConfError(
      `Error in configuration file ${file}: protocols: Unknown protocol: ${unknown}`,
      `${setting?.file} line ${setting?.line}: this host speaks imap and pop3`,
    );
}

function choiceOf<T extends string>(setting: Setting | undefined, choices: readonly T[], fallback: T): T {
  if (!setting) return fallback;
  const chosen = choices.find((choice) => choice === setting.value);
  if (chosen !== undefined) return chosen;
  const what =
    choices.length === 2
      ? `Invalid boolean value: ${setting.value} (use yes or no)`
      : `Invalid value: ${setting.value}`;
  throw faultAt(setting.file, setting.line, what, `${setting.name} is one of ${choices.join(', ')}`);
}

function fileOf(setting: Setting | undefined): string | undefined {
  if (!setting || setting.value === '') return undefined;
  if (setting.value.startsWith('<')) return setting.value.slice(1).trim();
  throw faultAt(
    setting.file,
    setting.line,
    `${setting.name}: There is no valid PEM certificate.`,
    `put < before the file's name: ${setting.name} = <${setting.value}`,
  );
}

function mailPathOf(setting: Setting | undefined): string {
  if (!setting) return '~/Maildir';
  const found = /^maildir:([^:]+)/i.exec(setting.value)?.[1];
  if (found !== undefined) return found;
  throw faultAt(
    setting.file,
    setting.line,
    `Unknown mail storage driver ${setting.value.split(':')[0] ?? ''}`,
    'this host keeps mail in Maildirs: mail_location = maildir:~/Maildir',
  );
}

/** args is `[name=value ...] /path/of/the/file`. */
function passwordFileOf(driver: Setting | undefined, args: Setting | undefined): string {
  if (!driver)
    throw new DovecotConfError(
      'No passdbs specified in configuration file. PLAIN mechanism needs one',
      'add passdb { driver = passwd-file, args = /etc/dovecot/users }, each on a line of its own',
    );
  if (driver.value !== 'passwd-file')
    throw faultAt(
      driver.file,
      driver.line,
      `Unknown passdb driver '${driver.value}'`,
      'passwords here come from a passwd-file: driver = passwd-file',
    );
  const file = args?.value.split(/\s+/).at(-1) ?? '';
  if (file.startsWith('/')) return file;
  throw faultAt(
    args?.file ?? driver.file,
    args?.line ?? driver.line,
    'passdb passwd-file: Missing args',
    'say which file: args = /etc/dovecot/users',
  );
}

function portOf(setting: Setting | undefined, fallback: number): number {
  if (!setting) return fallback;
  if (/^\d{1,5}$/.test(setting.value) && Number(setting.value) < 65536) return Number(setting.value);
  throw faultAt(
    setting.file,
    setting.line,
    `Invalid port number ${setting.value}`,
    'a port is a number up to 65535; 0 turns the listener off',
  );
}
