/**
 * dovecot-page - docs/reference/dovecot-settings.md: the settings of dovecot.conf that the mailbox host acts on (`containers/mailbox/conf/settings.ts`).
 */
import { effectiveSettings } from '../../containers/mailbox/conf/settings.ts';
import { code, markdownTable } from './table.ts';

/** What each setting that is acted on does; one without a sentence fails the test. */
export const dovecotTexts: Readonly<Record<string, string>> = {
  protocols: 'Which of imap and pop3 are served.',
  mail_location: 'Where mail is: `maildir:~/Maildir`.',
  ssl: 'no, yes (STARTTLS and the TLS ports are offered) or required (no login without TLS).',
  ssl_cert: 'The certificate, as `<file`.',
  ssl_key: 'The private key, as `<file`.',
  ssl_min_protocol: 'The oldest TLS version that is spoken: TLSv1.2 or TLSv1.3.',
  disable_plaintext_auth: 'Refuse to log in without TLS.',
  login_greeting: 'What the server says first.',
  'passdb/driver': 'Where passwords are: `passwd-file` is the one there is.',
  'passdb/args': 'The file of users and passwords.',
  'userdb/driver': 'Where accounts are: /etc/passwd, whatever is written.',
  'service/inet_listener/port': 'The port of `imap`, `imaps`, `pop3` or `pop3s`; 0 turns it off.',
  'service/inet_listener/ssl': 'TLS from the start: it is so for `imaps` and `pop3s`, whatever is written.',
};

export const actedOnDovecotSettings = (): string[] => [...effectiveSettings];

export function dovecotPage(): string {
  const written = (name: string): string => code(name.replaceAll('/', ' { '));
  return `# dovecot.conf settings

The settings of the mailbox host that are acted on; \`service NAME { inet_listener imap { port = 143 } }\` is written here as \`service { inet_listener { port\`.

${markdownTable(
  ['setting', 'what it does'],
  actedOnDovecotSettings().map((name) => [written(name), dovecotTexts[name] ?? '']),
)}

Every other setting of Dovecot 2.3 is accepted and has no effect here; the log names those that were set. Any other name is refused as Dovecot refuses it, with file and line.
`;
}
