/**
 * text - a report for a terminal: symbol and word, the reason, what was expected and seen, what to try. Pure.
 *
 * Everything that came from a host is made printable.
 */
import { styleText } from 'node:util';
import { printable } from '#util/terminal-text.ts';
import type { EvidenceItem } from '../evidence.ts';
import type { VerdictKind } from '../lab.ts';
import type { CheckReport, LabReport } from './report.ts';

const marks: Readonly<
  Record<VerdictKind, readonly [symbol: string, colour: 'green' | 'red' | 'yellow' | 'blue' | 'gray' | 'magenta']>
> = {
  pass: ['✓', 'green'],
  fail: ['✗', 'red'],
  warning: ['!', 'yellow'],
  'not-run': ['-', 'gray'],
  waiting: ['…', 'blue'],
  inconclusive: ['?', 'yellow'],
  error: ['E', 'magenta'],
};

export interface TextOptions {
  readonly colour: boolean;
  /** The whole recorded evidence of checks that do not hold. */
  readonly evidence: boolean;
}

export function textReport(report: LabReport, options: TextOptions): string {
  const head = printable(`Lab ${report.lab}: ${report.title} (${report.seat})`);
  const checks = report.checks.flatMap((check) => describe(check, options));
  const { points, of } = report.score;
  return [head, '', ...checks, '', `${points} of ${of} points`, ''].join('\n');
}

function describe(check: CheckReport, { colour, evidence }: TextOptions): string[] {
  const [symbol, tint] = marks[check.verdict];
  const label = `${symbol} ${check.verdict.padEnd(12)}`;
  const line = `${colour ? styleText(tint, label) : label} ${printable(check.title)}`;
  if (check.verdict === 'pass') return [line];
  return [
    line,
    ...labelled('', check.rationale),
    ...labelled('expected', check.expected ?? ''),
    ...labelled('seen', check.actual ?? ''),
    ...standingLines(check),
    ...labelled('try', check.help),
    ...labelled('read', check.verdict === 'fail' ? check.manual : ''),
    ...(evidence ? check.evidence.flatMap(evidenceLines) : []),
  ];
}

/** Text below a check's line, its first line with a label; hostile text made printable. */
function labelled(label: string, text: string): string[] {
  if (text === '') return [];
  return printable(text, { multiline: true })
    .split('\n')
    .map((each, index) => `      ${(index === 0 ? label : '').padEnd(10)}${each}`);
}

function standingLines({ standing, verdict }: CheckReport): string[] {
  if (verdict !== 'fail' || standing.heldLast === null) return [];
  const since = standing.brokenSince === null ? '' : `, not since ${standing.brokenSince}`;
  return [
    ...labelled('held', `at ${standing.heldLast}${since}`),
    ...standing.changed.flatMap((each) => labelled('changed', each)),
  ];
}

function evidenceLines(item: EvidenceItem): string[] {
  return [`      [${item.kind}] ${printable(item.where)}`, ...item.lines.map((each) => `        ${printable(each)}`)];
}
