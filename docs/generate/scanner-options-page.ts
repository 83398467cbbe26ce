/**
 * scanner-options-page - docs/reference/mailscanner-options.md: the MailScanner.conf options of `containers/gateway/scan/options.ts`.
 *
 * An option is acted on where its name stands as a string in the gateway's code outside of that table.
 */
import path from 'node:path';
import ts from 'typescript';
import { scannerOptions, type ScannerOption } from '../../containers/gateway/scan/options.ts';
import { findCode, findFiles, home, nodesOf, parseSource } from './sources.ts';
import { code, markdownTable } from './table.ts';

const kinds: Readonly<Record<ScannerOption['kind'], string>> = {
  yesno: 'yes or no',
  number: 'number',
  text: 'text',
  words: 'words',
  file: 'file',
  actions: 'actions',
};

const rules: Readonly<Record<ScannerOption['rules'], string>> = {
  first: 'yes, first match',
  all: 'yes, all matches',
  no: 'no',
};

/** Is the option asked for in the code? Families are asked for by their first words: `Spam` for `Spam Modify Subject`. */
function findAskedOptions(): (name: string) => boolean {
  const words = new Set<string>();
  for (const file of findCode(['containers/gateway']).filter((each) => !each.endsWith('/options.ts')))
    for (const node of nodesOf(parseSource(file))) if (ts.isStringLiteralLike(node)) words.add(node.text);
  return (name) => words.has(name) || words.has(name.replace(/ (Modify Subject|Subject Text)$/, ''));
}

/** The table's options, parted by whether the code asks for them. */
export function partOptions(): { acted: readonly ScannerOption[]; checked: readonly ScannerOption[] } {
  const isAsked = findAskedOptions();
  return {
    acted: scannerOptions.filter(({ name }) => isAsked(name)),
    checked: scannerOptions.filter(({ name }) => !isAsked(name)),
  };
}

/** Genuine options that are known by name only, from whichever file of options lists them. */
export async function loadOtherOptions(): Promise<readonly string[]> {
  for (const file of findFiles('containers/gateway/scan/*options.ts')) {
    const { otherOptions } = (await import(path.join(home, file))) as { otherOptions?: readonly string[] };
    if (otherOptions) return otherOptions;
  }
  return [];
}

export async function scannerOptionsPage(): Promise<string> {
  const otherOptions = await loadOtherOptions();
  const { acted, checked } = partOptions();
  return `# MailScanner.conf options

The ${acted.length} options that the scanner acts on, with their shipped values. Names are compared without regard to case, spaces and punctuation. Where \`ruleset\` says yes, the value may be
the name of a file below \`%rules-dir%\` with a value for each sender, recipient or client.

${markdownTable(
  ['option', 'type', 'shipped', 'ruleset'],
  acted.map((each) => [each.name, kinds[each.kind], code(each.shipped) || '(empty)', rules[each.rules]]),
)}

## Without effect here

Their values are checked: ${checked.map(({ name }) => name).join(' · ') || 'none'}.

Known by name only, so that a file from a real gateway is not called wrong: ${otherOptions.join(' · ') || 'none'}.
`;
}
