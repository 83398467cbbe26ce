/**
 * check-words - the documents' gate: doubled words and dead relative links in every page a person reads.
 *
 * Looks at *.md, *.ejs and *.yaml outside node_modules. Exits 1 with `file:line: what` for each finding.
 * Limits: no dictionary; code blocks and inline code are not looked at.
 */
import { existsSync, readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import path from 'node:path';

const home = path.dirname(import.meta.dirname);
const rightTwice = new Set(['had', 'that', 'is']);

/** Findings of one text, as `line: what`. */
export function findWordProblems(text: string, linkExists: (target: string) => boolean): string[] {
  const findings: string[] = [];
  let inCode = false;
  text.split('\n').forEach((raw, index) => {
    if (/^\s*```/.test(raw)) inCode = !inCode;
    if (inCode) return;
    const line = raw.replace(/`[^`]*`/g, '``');
    const doubled = /\b([a-z]{2,}) \1\b/i.exec(line)?.[1];
    if (doubled && !rightTwice.has(doubled.toLowerCase())) findings.push(`${index + 1}: doubled word "${doubled}"`);
    for (const [, target = ''] of line.matchAll(/\]\(([^)#\s]+)[^)]*\)/g))
      if (!/^[a-z]+:|^\/|<%/.test(target) && !linkExists(target)) findings.push(`${index + 1}: dead link ${target}`);
  });
  return findings;
}

if (import.meta.main) {
  const exclude = (name: string): boolean => /(^|\/)(node_modules|workshop|tmp|\.git)(\/|$)/.test(name);
  for await (const file of glob('**/*.{md,ejs,yaml}', { cwd: home, exclude })) {
    const folder = path.dirname(path.join(home, file));
    const text = readFileSync(path.join(home, file), 'utf8');
    for (const finding of findWordProblems(text, (target) => existsSync(path.join(folder, target)))) {
      process.stdout.write(`${file}:${finding}\n`);
      process.exitCode = 1;
    }
  }
}
