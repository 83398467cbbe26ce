/**
 * dovecot-page - docs/reference/dovecot-settings.md: the settings that `containers/mailbox/dovecot-conf.ts` knows, and those it acts on.
 *
 * A setting is acted on where its name stands as a string (or the end of one that is put together) outside of the list of known ones.
 */
import ts from 'typescript';
import { knownSettings } from '../../containers/mailbox/dovecot-conf.ts';
import { nodesOf, parseSource } from './sources.ts';
import { code, markdownTable } from './table.ts';

/** What each setting that is acted on does; one without a sentence fails the test. */
export const dovecotTexts: Readonly<Record<string, string>> = {
  protocols: 'Which of imap and pop3 are served.',
  mail_location: 'Where mail is: `maildir:~/Maildir`.',
  ssl: 'no, yes (STARTTLS and the TLS ports are offered) or required (no login without TLS).',
  ssl_cert: 'The certificate, as `<file`.',
  ssl_key: 'The private key, as `<file`.',
  disable_plaintext_auth: 'Refuse to log in without TLS.',
  'service/NAME/inet_listener/imap/port': 'The port of IMAP; 0 turns it off.',
  'service/NAME/inet_listener/imaps/port': 'The port of IMAP over TLS; 0 turns it off.',
  'service/NAME/inet_listener/pop3/port': 'The port of POP3; 0 turns it off.',
  'service/NAME/inet_listener/pop3s/port': 'The port of POP3 over TLS; 0 turns it off.',
};

/** `/^(passdb|userdb)\/(driver|args)$/` to the four names that it matches; what may be any word becomes NAME. */
export function namesOf(pattern: RegExp): string[] {
  const text = pattern.source
    .replace(/^\^|\$$/g, '')
    .replaceAll('\\/', '/')
    .replace(/\[\\w-\]\+|\\w\+/g, 'NAME');
  let names = [''];
  for (const piece of text.split(/(\([^)]*\))/)) {
    const choices = piece.startsWith('(') ? piece.slice(1, -1).split('|') : [piece];
    names = names.flatMap((name) => choices.map((choice) => name + choice));
  }
  return names;
}

export function knownDovecotSettings(): string[] {
  return knownSettings.flatMap(namesOf);
}

/** Known settings whose names stand in the code. */
export function actedOnDovecotSettings(): string[] {
  const written = new Set<string>();
  for (const node of nodesOf(parseSource('containers/mailbox/dovecot-conf.ts'))) {
    if (ts.isStringLiteralLike(node)) written.add(node.text);
    // `service/${service}/inet_listener/${name}/port`
    if (ts.isTemplateExpression(node))
      written.add(
        node.templateSpans.map((span) => span.literal.text).reduce((sum, text) => `${sum}*${text}`, node.head.text),
      );
  }
  const patterns = [...written]
    .filter((text) => /[a-z]/.test(text))
    .map(
      (text) =>
        new RegExp(
          `^${text
            .split('*')
            .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
            .join('\\w+')}$`,
        ),
    );
  return knownDovecotSettings().filter((name) => patterns.some((pattern) => pattern.test(name)));
}

export function dovecotPage(): string {
  const acted = actedOnDovecotSettings();
  const others = knownDovecotSettings().filter((name) => !acted.includes(name));
  const written = (name: string): string => code(name.replaceAll('/', ' { '));
  return `# dovecot.conf settings

The settings of the mailbox host that are acted on; \`service NAME { inet_listener imap { port = 143 } }\` is written here as \`service { NAME { inet_listener { imap { port\`.

${markdownTable(
  ['setting', 'what it does'],
  acted.map((name) => [written(name), dovecotTexts[name] ?? '']),
)}

## Accepted, without effect here

${others.map(written).join(' · ')}

Any other name is refused as Dovecot refuses it, with file and line.
`;
}
