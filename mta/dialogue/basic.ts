/**
 * basic - the mail system that every dialogue begins with: `mail.one.test` at 198.18.1.10, with the users afnog and postmaster, and nothing delivered anywhere.
 *
 * A dialogue's own settings follow these, so that the last one wins.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export const serverAddress = '198.18.1.10';
export const clientPassword = 'secret';

const basicSettings = `compatibility_level = 3.6
myhostname = mail.one.test
mydestination = one.test, localhost
mynetworks = 127.0.0.0/8, 198.18.0.0/24
inet_interfaces = ${serverAddress}
inet_protocols = ipv4
alias_maps =
local_recipient_maps = texthash:/etc/postfix/users
local_transport = discard:
relay_transport = discard:
default_transport = discard:
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_tls_cert_file = /etc/postfix/tls.pem
smtpd_tls_key_file = /etc/postfix/tls.pem
smtpd_tls_security_level = none
notify_classes =
`;

export const dialogueFolder = path.join(import.meta.dirname, '..', 'restrictions', 'testdata');

export const basicFiles: ReadonlyMap<string, string> = new Map([
  ['/etc/postfix/users', 'afnog x\npostmaster x\nabuse x\n'],
  ['/etc/postfix/tls.pem', readFileSync(path.join(dialogueFolder, 'tls.pem'), 'utf8')],
]);

/** The basic settings, but those that are set anew, and then the dialogue's. */
export function withBasicSettings(settings: string): string {
  const own = new Set([...settings.matchAll(/^(\w+) *=/gm)].map(([, name]) => name));
  const kept = basicSettings.split('\n').filter((line) => !own.has(line.split(' ')[0]));
  return kept.join('\n') + settings;
}

/** The files that the settings use as hash tables: to be compiled. */
export function hashTables(settings: string): string[] {
  return [...settings.matchAll(/\bhash:(\/[\w./-]+)/g)].flatMap(([, file]) => file ?? []);
}
