/**
 * verdict-tags-page - docs/reference/verdict-tags.md: what a check may find, with the verdict it leads to and the sentence people read.
 *
 * Tags and texts come from the labs and the report; the verdicts that carry a tag are read from the source: the nearest `kind: '...'` around the tag, or the
 * function that it is given to.
 */
import ts from 'typescript';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { loadLabs, type LoadedLab } from '../../grader/load-labs.ts';
import { findCode, findFiles, home, nodesOf, parseSource, readSource } from './sources.ts';
import { code, markdownTable } from './table.ts';

const kinds = ['pass', 'fail', 'warning', 'not-run', 'waiting', 'inconclusive', 'error'];

/** Tag to the verdicts that the given files give it. */
export function verdictsOfTags(files: readonly string[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const file of files) {
    const source = parseSource(file);
    for (const node of nodesOf(source)) {
      if (!ts.isStringLiteral(node) || !/^[A-Z][A-Z0-9_]{2,}$/.test(node.text)) continue;
      const kind = kindAround(node, source);
      if (kind !== undefined) found.set(node.text, (found.get(node.text) ?? new Set()).add(kind));
    }
  }
  return found;
}

function kindAround(tag: ts.Node, source: ts.SourceFile): string | undefined {
  for (let node = tag.parent; !ts.isSourceFile(node) && !ts.isFunctionLike(node); node = node.parent) {
    if (ts.isObjectLiteralExpression(node)) {
      const kind = kindOf(node);
      if (kind !== undefined) return kind;
    }
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      const kind = kindOfFunction(node.expression.text, source);
      if (kind !== undefined) return kind;
    }
  }
  return undefined;
}

function kindOf(object: ts.ObjectLiteralExpression): string | undefined {
  for (const each of object.properties)
    if (ts.isPropertyAssignment(each) && each.name.getText() === 'kind' && ts.isStringLiteral(each.initializer))
      return kinds.find((kind) => kind === (each.initializer as ts.StringLiteral).text);
  return undefined;
}

/** `pass('TAG')`: by the name, or by what the function of that name makes. */
function kindOfFunction(name: string, source: ts.SourceFile): string | undefined {
  if (kinds.includes(name)) return name;
  return (
    kindMadeIn(name, source) ??
    findings()
      .map((file) => kindMadeIn(name, file))
      .find((kind) => kind !== undefined)
  );
}

/** Files whose functions labs call for their findings. */
function findings(): ts.SourceFile[] {
  return findFiles('grader/findings.ts').map(parseSource);
}

function kindMadeIn(name: string, source: ts.SourceFile): string | undefined {
  for (const node of nodesOf(source)) {
    const named =
      (ts.isFunctionDeclaration(node) && node.name?.text === name) ||
      (ts.isVariableDeclaration(node) && node.name.getText() === name);
    if (!named) continue;
    const made = [...nodesOf(node)].filter(ts.isObjectLiteralExpression).map(kindOf);
    return made.find((kind) => kind !== undefined);
  }
  return undefined;
}

type TagTexts = Readonly<Record<string, { rationale: string; help: string }>>;

/** Texts of the tags that the grader itself gives: `tags` of grader/en.yaml, or a table of the report's. */
export async function loadOwnTags(): Promise<TagTexts> {
  if (existsSync(path.join(home, 'grader', 'en.yaml')))
    return (parse(readSource('grader/en.yaml')) as { tags: TagTexts }).tags;
  const report = (await import(path.join(home, 'grader', 'report', 'report.ts'))) as { ownTags?: TagTexts };
  return report.ownTags ?? {};
}

export function labFiles(lab: LoadedLab): string[] {
  return findCode(['labs']).filter((file) => file.startsWith(`labs/${lab.lab.id}/`));
}

export async function verdictTagsPage(): Promise<string> {
  const ownTags = await loadOwnTags();
  const own = verdictsOfTags(findCode(['grader']));
  const sections = (await loadLabs()).map((lab) => {
    const verdicts = verdictsOfTags(labFiles(lab));
    const rows = lab.lab.checks.flatMap((check) =>
      check.tags.map((tag) => [
        code(check.id),
        code(tag),
        [...(verdicts.get(tag) ?? [])].sort().join(', '),
        lab.text.tags[tag]?.rationale.trim() ?? '',
      ]),
    );
    return `## ${lab.lab.id}\n\n${markdownTable(['check', 'tag', 'verdict', 'what people read'], rows)}`;
  });
  return `# Verdict tags

The stable names of what checks find. Reports carry them beside the sentence, so that other programs need not read prose. \`{name}\` is filled in from what was seen.

## Of the grader itself

Any check may get one of these.

${markdownTable(
  ['tag', 'verdict', 'what people read'],
  Object.entries(ownTags).map(([tag, { rationale }]) => [
    code(tag),
    [...(own.get(tag) ?? [])].sort().join(', '),
    rationale,
  ]),
)}

${sections.join('\n\n')}
`;
}
