/**
 * standards-page - docs/reference/standards.md: each standard that the project refers to, how far it is kept, and what is left out.
 *
 * The judgement is written by hand in `standards.yaml`; which rooms refer to a standard is found in the sources.
 */
import { parse } from 'yaml';
import { findFiles, readSource } from './sources.ts';
import { markdownTable } from './table.ts';

export const standardsTable = 'docs/generate/standards.yaml';

type Row = readonly [title: string, kept: 'yes' | 'partial' | 'no', note: string];

export function readStandards(): ReadonlyMap<number, Row> {
  return new Map(
    Object.entries(parse(readSource(standardsTable)) as Record<string, Row>).map(([number, row]) => [
      Number(number),
      row,
    ]),
  );
}

/** RFC number to the rooms whose files speak of it. */
export function findReferences(): ReadonlyMap<number, ReadonlySet<string>> {
  const found = new Map<number, Set<string>>();
  for (const file of findFiles('{util,mail,mta,containers,range,grader,labs,slides,cli}/**/*')) {
    if (!/\.(ts|md|ejs|yaml|yml)$/.test(file) || /\.test\.ts$/.test(file)) continue;
    for (const [, digits] of readSource(file).matchAll(/\bRFC\s?(\d{3,5})\b/g)) {
      const number = Number(digits);
      found.set(number, (found.get(number) ?? new Set()).add(file.split('/')[0] ?? ''));
    }
  }
  return found;
}

export function standardsPage(): string {
  const references = findReferences();
  const rows = [...readStandards()]
    .sort(([one], [other]) => one - other)
    .map(([number, [title, kept, note]]) => [
      `[RFC ${number}](https://www.rfc-editor.org/rfc/rfc${number})`,
      title,
      kept,
      note,
      [...(references.get(number) ?? [])].sort().join(', '),
    ]);
  return `# Standards

Each standard that the code or the labs refer to. \`yes\`: what it asks of a program in this role is done. \`partial\`: the remark says what is left out, or which part is meant.
\`no\`: known, not done.

${markdownTable(['standard', 'title', 'kept', 'remark', 'rooms'], rows)}
`;
}
