/**
 * text - a report for a terminal: symbol and word, the reason, what was expected and seen, what to try. Pure.
 *
 * Everything that came from a host is made printable.
 */
import { styleText } from 'node:util';
import { printable } from '#util/terminal-text.ts';
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
  const head = `Lab ${report.lab}: ${report.title} (${report.seat})`;
  const checks = report.checks.flatMap((check) => describe(check, options));
  const { points, of } = report.score;
  return [head, '', ...checks, '', `${points} of ${of} points`, ''].join('\n');
}

function describe(check: CheckReport, { colour, evidence }: TextOptions): string[] {
  const [symbol, tint] = marks[check.verdict];
  const label = `${symbol} ${check.verdict.padEnd(12)}`;
  const line = `${colour ? styleText(tint, label) : label} ${check.title}`;
  if (check.verdict === 'pass') return [line];
  const indent = (label_: string, text: string): string[] =>
    text === ''
      ? []
      : printable(text, { multiline: true })
          .split('\n')
          .map((each, index) => `      ${(index === 0 ? label_ : '').padEnd(10)}${each}`);
  return [
    line,
    ...indent('', check.rationale),
    ...indent('expected', check.expected ?? ''),
    ...indent('seen', check.actual ?? ''),
    ...indent('try', check.help),
    ...indent('read', check.verdict === 'fail' ? check.manual : ''),
    ...(evidence
      ? check.evidence.flatMap((item) => [
          `      [${item.kind}] ${printable(item.where)}`,
          ...item.lines.map((each) => `        ${printable(each)}`),
        ])
      : []),
  ];
}
