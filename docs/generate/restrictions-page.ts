/**
 * restrictions-page - docs/reference/restrictions.md: SMTP access restrictions, actions of access tables, table types (access(5), DATABASE_README).
 *
 * The names are those of the registry; the sentence is that of the file which the registry takes the restriction from.
 */
import ts from 'typescript';
import { tableTypes } from '#mta/config/tables/open-table.ts';
import { restrictions, restrictionsWithArgument } from '#mta/restrictions/registry.ts';
import { nodesOf, oneSentence, parseSource } from './sources.ts';
import { code, markdownTable } from './table.ts';

const registry = 'mta/restrictions/registry.ts';

/** The built-in ones have no file of their own. */
const builtIn: Readonly<Record<string, string>> = {
  permit: 'accept, and ask no more of this list.',
  reject: 'refuse, with reject_code.',
  defer: 'refuse for now, with defer_code.',
  defer_if_permit: 'refuse for now, unless a later restriction refuses for good.',
  defer_if_reject: 'refuse for now where a later restriction would refuse for good.',
  permit_tls_clientcerts: 'known; client certificates are not asked for here.',
  permit_tls_all_clientcerts: 'known; client certificates are not asked for here.',
};

/** What each table type is; a type without a sentence fails the test. */
export const tableTypeTexts: Readonly<Record<string, string>> = {
  btree: 'as hash; `postmap` writes a .db file that only this mail system reads',
  cidr: 'address patterns, first match counts: `198.18.0.0/15 OK` (cidr_table(5))',
  fail: 'every lookup fails for now; for trying out what happens then',
  hash: 'exact keys, made by `postmap` or `postalias`; a change of the text counts only after that',
  inline: 'the table in main.cf itself: `inline:{ key=value, { key = words } }`',
  lmdb: 'as hash, in a .lmdb file that only this mail system reads',
  pcre: 'Perl patterns, first match counts (pcre_table(5))',
  regexp: 'POSIX patterns, first match counts (regexp_table(5))',
  static: 'one value for every key: `static:OK`',
  texthash: 'as hash, read from the text itself; no `postmap` needed',
  unix: '`unix:passwd.byname`: the users of the host',
  proxy: 'prefix: the same table through proxymap(8); here it makes no difference',
  pipemap: 'several tables one behind the other',
  randmap: 'one of several values',
  unionmap: 'the values of several tables together',
};

/** Flags of patterns. A flag turns its default over. */
export const patternFlags: Readonly<Record<string, string>> = {
  i: 'upper and lower case differ (they do not without it)',
  m: '^ and $ match at every line of the key (without it, only at its ends)',
  s: 'pcre: the dot does not match a line end (it does without it)',
};

/** What each action does; an action of the code without a sentence fails the test, and the other way round. */
export const actionTexts: Readonly<Record<string, string>> = {
  BCC: 'one more copy, to the address behind it',
  DEFER: 'refuse for now, with access_map_defer_code and the text behind it',
  DEFER_IF_PERMIT: 'refuse for now, unless a later restriction refuses for good',
  DEFER_IF_REJECT: 'refuse for now where a later restriction would refuse for good',
  DISCARD: 'answer as if all were well, and throw the message away',
  DUNNO: 'no answer here; go on',
  FILTER: 'send the message through `transport:nexthop`',
  HOLD: 'keep the message in the hold queue, where MailScanner takes it from',
  IGNORE: 'leave the line out',
  INFO: 'write the text behind it into the log',
  OK: 'accept, and ask no more of this list (in header_checks: go on)',
  PASS: 'no answer here, and say so in the log',
  PERMIT: 'as OK',
  PREPEND: 'put the text behind it before the line, or as a header field before the message',
  REDIRECT: 'to the address behind it, and nobody else',
  REJECT: 'refuse, with access_map_reject_code (header_checks: 550) and the text behind it',
  REPLACE: 'put the text behind it in place of the line',
  STRIP: 'leave the line out, and say so in the log',
  WARN: 'write the text behind it into the log as a warning',
};

/** The action words that a file tells apart. */
export function actionsIn(file: string): string[] {
  const found = new Set<string>();
  for (const node of nodesOf(parseSource(file))) {
    if (!ts.isStringLiteral(node) || !/^[A-Z_]{2,}$/.test(node.text)) continue;
    if (ts.isCaseClause(node.parent) || ts.isBinaryExpression(node.parent)) found.add(node.text);
  }
  return [...found].sort();
}

export const accessActions = (): string[] => actionsIn('mta/restrictions/access-action.ts');
export const contentActions = (): string[] => actionsIn('mta/cleanup/content-checks.ts');

export function restrictionsPage(): string {
  const files = implementingFiles();
  const rows = (names: Iterable<string>, suffix: string): string[][] =>
    [...names].map((name) => [
      code(`${name}${suffix}`),
      builtIn[name] ?? sentenceOf(files.get(name) ?? files.get('...')),
    ]);
  return `# Restrictions and tables

## SMTP access restrictions

May stand in every \`smtpd_*_restrictions\` list; the first one that answers decides. One that cannot know its answer yet (the sender before MAIL FROM) waits, with \`smtpd_delay_reject = yes\`.
Other names are answered as Postfix answers them: \`unknown smtpd restriction\`.

${markdownTable(['restriction', 'what it asks'], [...rows(restrictions.keys(), ''), ...rows(restrictionsWithArgument.keys(), ' …')])}

\`warn_if_reject\` before one of them only logs what it would do. Names in \`smtpd_restriction_classes\` stand for lists of their own. A \`type:table\` alone is read as the
\`check_…_access\` of its list.

## Actions

The right-hand side of access tables, of a policy service's answer, and of header_checks and body_checks. A number (\`450 text\`) is a reply of its own in access tables.

${markdownTable(
  ['action', 'access tables', 'header_checks', 'what it does'],
  [...new Set([...accessActions(), ...contentActions()])]
    .sort()
    .map((name) => [
      code(name),
      accessActions().includes(name) ? 'yes' : '',
      contentActions().includes(name) ? 'yes' : '',
      actionTexts[name] ?? '',
    ]),
)}

## Table types

${markdownTable(
  ['type', 'what it is'],
  tableTypes.map((type) => [code(type), tableTypeTexts[type] ?? '']),
)}

## Flags behind a pattern

For \`regexp\` and \`pcre\` tables: \`/pattern/flags action\`.

${markdownTable(
  ['flag', 'what it does'],
  Object.entries(patternFlags).map(([flag, text]) => [code(flag), text]),
)}

\`!/pattern/\` matches what the pattern does not. \`if /pattern/\` to \`endif\` looks at the rules between them for such keys only. \`$1\` or \`\${1}\` in the action is the first group.
`;
}

function sentenceOf(file: string | undefined): string {
  if (file === undefined) return '';
  return oneSentence(file).replace(/^[^:]*_[^:]*: /, '');
}

/** Restriction name to the file of the function beside it in the registry; `...` is the file of those that are spread into it. */
function implementingFiles(): Map<string, string> {
  const from = new Map<string, string>();
  const files = new Map<string, string>();
  for (const node of nodesOf(parseSource(registry))) {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier) && node.importClause?.namedBindings)
      for (const each of nodesOf(node.importClause.namedBindings))
        if (ts.isImportSpecifier(each))
          from.set(each.name.text, node.moduleSpecifier.text.replace('./', 'mta/restrictions/'));
    if (ts.isSpreadElement(node) && ts.isIdentifier(node.expression))
      files.set('...', from.get(node.expression.text) ?? '');
    if (!ts.isArrayLiteralExpression(node)) continue;
    const [name, implementation] = node.elements;
    if (name && implementation && ts.isStringLiteral(name) && ts.isIdentifier(implementation))
      files.set(name.text, from.get(implementation.text) ?? '');
  }
  return files;
}
