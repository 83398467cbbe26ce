/**
 * html - a report as one page that needs nothing else: no script, no font, no address outside. Pure.
 *
 * Verdicts are symbol, word and colour. Evidence is folded below each check; beside the lines of a conversation stands the setting behind them.
 */
import type { GraderText } from '../grader-text.ts';
import { fillText } from '../lab-text.ts';
import { escapeMarkup as escape } from './escape-markup.ts';
import { symbols } from './marks.ts';
import { anchorOf, overview } from './html-overview.ts';
import { circumstances, seatOf, type CheckReport, type LabReport, type ReportedEvidence } from './report.ts';

const style = `
:root{color-scheme:light dark;--line:#ccd3da;--soft:#f3f5f7;--dim:#59636e;--good:#17692c;--bad:#b00020;--note:#0b5c8a;--warn:#8a5a00}
@media (prefers-color-scheme:dark){:root{--line:#444c56;--soft:#22272e;--dim:#a3adb8;--good:#6fdd8b;--bad:#ff8a94;--note:#7cc7f2;--warn:#e3b341}}
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
h2{margin:2.5rem 0 .25rem}h3{margin:0;font-size:1rem}.dim{color:var(--dim)}
.score{font-weight:600}.wide{overflow-x:auto}table{border-collapse:collapse}th,td{border-bottom:1px solid var(--line);padding:.3rem .8rem .3rem 0;text-align:right}th:first-child{text-align:left}a{color:inherit}.broken{color:var(--bad)}
article{border-top:1px solid var(--line);padding:.6rem 0;display:grid;grid-template-columns:9rem 1fr 4rem;gap:.2rem 1rem}
.verdict{font-weight:600}.pass .verdict{color:var(--good)}.fail .verdict,.error .verdict{color:var(--bad)}.warning .verdict,.inconclusive .verdict{color:var(--warn)}.waiting .verdict{color:var(--note)}.not-run .verdict{color:var(--dim)}
.points{text-align:right}dl{display:grid;grid-template-columns:6rem 1fr;gap:.1rem .6rem;margin:.3rem 0}dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}
details{grid-column:2/-1}summary{cursor:pointer;color:var(--dim)}pre{background:var(--soft);padding:.6rem;overflow-x:auto;margin:.3rem 0 .8rem;font-size:.85rem}.note{color:var(--note)}
p{margin:.2rem 0}@media (max-width:40rem){article{grid-template-columns:1fr}details{grid-column:1}.points{text-align:left}}
@media print{details{display:none}}`;

/** The page. */
export function htmlReport(reports: readonly LabReport[], words: GraderText): string {
  const title = escape(words.report['html-title'] ?? '');
  const body = [overview(reports, words), ...reports.map((report) => section(report, words))].join('\n');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title><style>${style}</style></head>
<body><h1>${title}</h1>
${body}
</body></html>
`;
}

function section(report: LabReport, words: GraderText): string {
  const { fine } = report.infrastructure;
  const say = (key: string, values = {}): string => escape(fillText(words.report[key] ?? '', values));
  return `<section>
<h2 id="${escape(anchorOf(report))}">${escape(`${seatOf(report)}: ${report.title}`)}</h2>
<p class="score">${say(report.target === null ? 'points' : 'points-outside', report.score)}</p>
<p class="${fine ? 'dim' : 'broken'}">${escape(circumstances(report, words))} <time class="dim">${escape(report.finishedAt)}</time></p>
${report.checks.map((check) => row(check, words)).join('\n')}
</section>`;
}

function row(check: CheckReport, words: GraderText): string {
  const say = (key: string, values = {}): string => escape(fillText(words.report[key] ?? '', values));
  const facts = [
    ['expected', check.expected],
    ['seen', check.actual],
    ['try', check.help],
    ['read', check.verdict === 'pass' ? null : check.manual],
  ]
    .filter(([, text]) => text !== null && text !== '')
    .map(([key, text]) => `<dt>${say(key ?? '')}</dt><dd>${escape(text ?? '')}</dd>`)
    .join('');
  const evidence =
    check.evidence.length === 0
      ? ''
      : `<details><summary>${say('html-evidence', { count: check.evidence.length })}</summary>${check.evidence.map(seen).join('')}</details>`;
  return `<article class="${check.verdict}"><div class="verdict">${symbols[check.verdict]} ${escape(words.verdicts[check.verdict] ?? check.verdict)}</div>
<div><h3>${escape(check.title)}</h3><p>${escape(check.rationale)}</p>${facts === '' ? '' : `<dl>${facts}</dl>`}</div>
<div class="points">${check.points}/${check.of}</div>${evidence}</article>`;
}

function seen({ kind, where, at, lines, notes }: ReportedEvidence): string {
  const text = lines.map((line, index) => {
    const note = notes[index] ?? '';
    return `${escape(line)}${note === '' ? '' : `\n   <span class="note">^ ${escape(note)}</span>`}`;
  });
  return `<p class="dim">[${kind}] ${escape(where)} <time>${escape(at)}</time></p><pre>${text.join('\n')}</pre>`;
}
