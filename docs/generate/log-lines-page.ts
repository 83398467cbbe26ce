/**
 * log-lines-page - docs/reference/log-lines.md: an example of every line shape, made by calling the function that makes the line.
 *
 * The functions are the members of the exported `...Lines` objects in files named `log-lines.ts` or `*-lines.ts`.
 */
import path from 'node:path';
import ts from 'typescript';
import { logSamples, logSamplesOfLine } from './log-samples.ts';
import { findCode, home, nodesOf, oneSentence, parseSource } from './sources.ts';
import { code } from './table.ts';

interface LineFunction {
  /** `smtpdLines.connect`. */
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly type: string; readonly optional: boolean }[];
}

/** Files with log line tables. */
export function logLineFiles(): string[] {
  return findCode(['mta', 'containers']).filter((file) => /(^|[/-])lines\.ts$/.test(file));
}

/** The line functions of a file, in its order. */
export function lineFunctions(file: string): LineFunction[] {
  const found: LineFunction[] = [];
  for (const node of nodesOf(parseSource(file))) {
    if (!ts.isVariableDeclaration(node) || !ts.isIdentifier(node.name) || !node.name.text.endsWith('Lines')) continue;
    const table = node.initializer && ts.isAsExpression(node.initializer) ? node.initializer.expression : undefined;
    if (!table || !ts.isObjectLiteralExpression(table)) continue;
    for (const property of table.properties)
      if (ts.isPropertyAssignment(property) && ts.isArrowFunction(property.initializer))
        found.push({
          name: `${node.name.text}.${property.name.getText()}`,
          parameters: property.initializer.parameters.map((each) => ({
            name: ts.isIdentifier(each.name) ? each.name.text : '{',
            type: each.type?.getText() ?? '',
            optional: each.questionToken !== undefined,
          })),
        });
  }
  return found;
}

/** One line, made by the code. @throws Error naming the parameter that needs a sample. */
async function exampleOf(file: string, { name, parameters }: LineFunction): Promise<string> {
  const [table = '', member = ''] = name.split('.');
  const module = (await import(path.join(home, file))) as Record<
    string,
    Record<string, (...given: unknown[]) => string>
  >;
  const samples = { ...logSamples, ...logSamplesOfLine[name] };
  const given = parameters
    .filter((each) => !each.optional)
    .map((each) => {
      if (each.name in samples) return samples[each.name];
      if (each.type === 'number') return 2;
      if (each.type === 'boolean') return false;
      if (/string\[\]$/.test(each.type)) return [`<${each.name}>`];
      if (/^('|string)/.test(each.type)) return `<${each.name}>`;
      throw new Error(
        `${file}: ${name}: no sample for the parameter "${each.name}"; cure: add one to docs/generate/log-samples.ts`,
      );
    });
  return String(module[table]?.[member]?.(...given));
}

export async function logLinesPage(): Promise<string> {
  const sections: string[] = [];
  for (const file of logLineFiles()) {
    const lines: string[] = [];
    for (const each of lineFunctions(file)) lines.push(`* ${code(each.name)}\n\n      ${await exampleOf(file, each)}`);
    sections.push(`## ${path.posix.basename(file)}\n\n\`${file}\`: ${oneSentence(file)}\n\n${lines.join('\n')}`);
  }
  return `# Log lines

The lines of \`/var/log/mail.log\`. Before each stand time, host and program: \`Nov 24 03:54:55 gw postfix/smtpd[231]: \`. A line above \`info\` has its severity next: \`warning: \`,
\`error: \`, \`fatal: \`. Each example was made by the function that is named above it.

${sections.join('\n\n')}
`;
}
