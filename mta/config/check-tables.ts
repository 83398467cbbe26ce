/**
 * check-tables - what is wrong with the tables that main.cf names: bad lines, missing files, unknown types (DATABASE_README).
 *
 * Postfix says these things when a program opens the table. Here they are said at start, at reload and by `postfix check`, so that nobody has to send mail to learn of them.
 */
import type { ConfigWarning, PostfixConfig } from './config.ts';
import { splitList } from './typed-values.ts';

export interface TableWarning extends ConfigWarning {
  /** The parameter that names the table. */
  readonly parameter: string;
}

/** Of every table named in a setting of main.cf. A value that cannot be expanded is left to the program that needs it. */
export async function checkTables(config: PostfixConfig): Promise<TableWarning[]> {
  const found: TableWarning[] = [];
  for (const parameter of config.entries.keys())
    for (const name of tablesIn(config, parameter)) {
      const table = await config.table(name);
      const { problems } = table;
      const warnings = problems.filter(({ severity }) => severity === 'warning');
      found.push(...warnings.map(({ file, line, text, cure }) => ({ file, line, text, cure, parameter })));
      const isHash = table.type === 'hash' || table.type === 'btree';
      const reason = isHash ? await hashFault(table) : problems.find(({ severity }) => severity === 'error')?.text;
      if (reason !== undefined)
        found.push({
          parameter,
          file: name,
          line: 0,
          text: `${name} is unavailable. ${reason.replace(`${name} is unavailable. `, '')}`,
          cure: cureFor(parameter, name, reason),
        });
    }
  return found;
}

async function hashFault(table: Awaited<ReturnType<PostfixConfig['table']>>): Promise<string | undefined> {
  const result = await table.lookup('');
  return result.kind === 'error' ? result.reason : undefined;
}

function cureFor(parameter: string, name: string, reason: string): string {
  const file = name.slice(name.indexOf(':') + 1);
  if (reason.includes('unsupported dictionary type')) return `${parameter}: the types are those of "postconf -m"`;
  if (/^(hash|btree):/.test(name))
    return parameter.startsWith('alias_')
      ? `write ${file}, then run newaliases`
      : `write ${file}, then run postmap ${name}`;
  return `${parameter} names ${file}: create it, or take it out of ${parameter}`;
}

/** `type:name` elements, also those behind `check_..._access` and inside braces. */
function tablesIn(config: PostfixConfig, parameter: string): string[] {
  try {
    const elements = splitList(config.text(parameter)).flatMap((each) =>
      /^\S+\s/.test(each) ? splitList(each) : [each],
    );
    return elements.filter(
      (each) => /^(hash|btree|texthash|regexp|pcre|cidr):\//.test(each) || isTypo(parameter, each),
    );
  } catch {
    return [];
  }
}

/** In a `..._maps` parameter everything is a table. */
function isTypo(parameter: string, element: string): boolean {
  return (
    /(_maps|_checks|alias_database)$/.test(parameter) &&
    !/^(proxy|inline|static|unix|fail|hash|btree|texthash|regexp|pcre|cidr|environ|nis):/.test(element)
  );
}
