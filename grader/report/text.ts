/**
 * text - a report for a terminal: first whether the lab itself is fine, then each check with symbol, word, reason, what was expected and seen, what to try; last what
 * to do next. Pure.
 *
 * Everything that came from a host is made printable. Lines are wrapped to the terminal's width; conversations are not, so that they can be copied.
 *
 * Limits: a character is taken to be one column wide.
 */
import { styleText } from 'node:util';
import { printable } from '#util/terminal-text.ts';
import type { GraderText } from '../grader-text.ts';
import type { VerdictKind } from '../lab.ts';
import { fillText } from '../lab-text.ts';
import { symbols } from './marks.ts';
import { circumstances, isDone, type CheckReport, type LabReport, type ReportedEvidence } from './report.ts';

const tints: Readonly<Record<VerdictKind, 'green' | 'red' | 'yellow' | 'blue' | 'gray' | 'magenta'>> = {
  pass: 'green',
  fail: 'red',
  warning: 'yellow',
  'not-run': 'gray',
  waiting: 'blue',
  inconclusive: 'yellow',
  error: 'magenta',
};

export interface TextOptions {
  readonly words: GraderText;
  readonly colour: boolean;
  /** The whole recorded evidence of checks that do not hold. */
  readonly evidence: boolean;
  /** Width of the terminal; default 100. */
  readonly columns?: number;
}

export function textReport(report: LabReport, options: TextOptions): string {
  const lines = [
    styled(
      'bold',
      printable(
        `Lab ${report.lab}: ${report.title} (${report.person === '' ? report.seat : `${report.seat}, ${report.person}`})`,
      ),
      options,
    ),
  ];
  const { fine } = report.infrastructure;
  const state = printable(circumstances(report, options.words));
  lines.push(fine ? styled('gray', state, options) : styled('magenta', state, options));
  let step = '';
  for (const check of report.checks) {
    if (check.step !== step) lines.push('', styled('bold', printable(check.stepTitle), options));
    step = check.step;
    lines.push(...describe(check, options));
  }
  return [...lines, '', ...summary(report, options), ''].join('\n');
}

/** Points, and the one thing to do next. */
function summary(report: LabReport, options: TextOptions): string[] {
  const { points, of, lost } = report.score;
  const rest = [
    ...(lost > 0 ? [fill(options, 'lost', { lost })] : []),
    ...(of - points - lost > 0 ? [fill(options, 'open', { open: of - points - lost })] : []),
  ].join(', ');
  const score = `${fill(options, report.target === null ? 'points' : 'points-outside', { points, of })}${rest === '' ? '' : ` (${rest})`}`;
  return [styled('bold', score, options), ...wrap(nextStep(report, options), widthOf(options), '')];
}

function nextStep(report: LabReport, options: TextOptions): string {
  const open = report.checks.filter((check) => !isDone(check));
  const lab = report.lab.slice(0, 2);
  const failed =
    open.find(({ verdict }) => verdict === 'fail') ??
    open.find(({ verdict }) => verdict === 'not-run' || verdict === 'inconclusive');
  const waiting = open.find(({ verdict }) => verdict === 'waiting');
  if (report.target !== null)
    return fill(options, open[0] ? 'next-outside' : report.score.of > 0 ? 'nothing-outside' : 'none-outside', {
      title: (failed ?? open[0])?.title ?? '',
    });
  if (open.length === 0) return fill(options, 'all-done', {});
  if (failed && (failed.verdict === 'fail' || !waiting)) return fill(options, 'next', { title: failed.title, lab });
  if (waiting) return fill(options, 'next-waiting', { title: waiting.title, neighbour: waiting.waitingFor ?? '', lab });
  return fill(options, 'next-error', { title: open[0]?.title ?? '', lab });
}

function describe(check: CheckReport, options: TextOptions): string[] {
  const label = `${symbols[check.verdict]} ${(options.words.verdicts[check.verdict] ?? check.verdict).padEnd(12)}`;
  const line = `  ${styled(tints[check.verdict], label, options)} ${printable(check.title)}`;
  if (check.verdict === 'pass') return [line];
  const shown = new Set<string>();
  const labelled = (key: string, text: string): string[] => labelledLines(key, text, options);
  return [
    line,
    ...wrapped(check.rationale, options),
    ...labelled('expected', check.expected ?? ''),
    ...labelled('seen', check.actual ?? ''),
    ...standingLines(check, options),
    ...labelled('try', check.verdict === 'not-run' ? '' : check.help),
    ...labelled('read', check.verdict === 'fail' || check.verdict === 'warning' ? check.manual : ''),
    ...(options.evidence ? check.evidence.flatMap((item) => evidenceLines(item, shown, options)) : []),
  ];
}

const margin = ' '.repeat(6);

function wrapped(text: string, options: TextOptions): string[] {
  return wrap(printable(text), widthOf(options) - margin.length, '').map((line) => `${margin}${line}`);
}

/** Text below a check's line, its first line with a label; hostile text made printable. */
function labelledLines(key: string, text: string, options: TextOptions): string[] {
  if (text === '') return [];
  const label = (key === '' ? '' : (options.words.report[key] ?? key)).padEnd(10);
  const lines = printable(text, { multiline: true })
    .split('\n')
    .flatMap((line) => wrap(line, widthOf(options) - margin.length - label.length, ''));
  return lines.map(
    (line, index) => `${margin}${index === 0 ? styled('dim', label, options) : ' '.repeat(label.length)}${line}`,
  );
}

function standingLines({ standing, verdict }: CheckReport, options: TextOptions): string[] {
  if (verdict !== 'fail' || standing.heldLast === null) return [];
  const { heldLast: at, brokenSince: since } = standing;
  return [
    ...labelledLines(
      'held',
      fill(options, since === null ? 'held-at' : 'held-until', { at, since: since ?? '' }),
      options,
    ),
    ...standing.changed.flatMap((each) => labelledLines('changed', each, options)),
  ];
}

/** What was seen; below a line of a conversation the setting behind it. A note, and the same answer to EHLO, is shown once a check. */
function evidenceLines(item: ReportedEvidence, shown: Set<string>, options: TextOptions): string[] {
  const lines = [styled('dim', `${margin}[${item.kind}] ${printable(item.where)}`, options)];
  const isKnown = (text: string): boolean => shown.has(text) || !shown.add(text);
  for (const [index, line] of item.lines.entries()) {
    const isKeyword = item.kind === 'smtp' && /^<- 250[ -][A-Z0-9]+( |$)/.test(line) && !/^<- 250 \d/.test(line);
    if (isKeyword && isKnown(line)) continue;
    lines.push(`${margin}  ${printable(line)}`);
    const note = item.notes[index] ?? '';
    if (note === '' || isKnown(note)) continue;
    for (const [row, each] of wrap(printable(note), widthOf(options) - margin.length - 7, '').entries())
      lines.push(styled('cyan', `${margin}     ${row === 0 ? '^ ' : '  '}${each}`, options));
  }
  return lines;
}

function fill({ words }: TextOptions, key: string, values: Readonly<Record<string, string | number>>): string {
  return printable(fillText(words.report[key] ?? key, values));
}

function widthOf({ columns = 100 }: TextOptions): number {
  return Math.min(Math.max(columns, 50), 120);
}

/** Breaks at spaces; a word that is too long stays whole. */
function wrap(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent + word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function styled(style: Parameters<typeof styleText>[0], text: string, { colour }: TextOptions): string {
  return colour ? styleText(style, text, { validateStream: false }) : text;
}
