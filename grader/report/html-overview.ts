/**
 * html-overview - the table at the head of a class's report: a line a seat, a column a lab, each cell a link to what was judged. Pure.
 */
import type { GraderText } from '../grader-text.ts';
import { fillText } from '../lab-text.ts';
import { escapeMarkup as escape } from './escape-markup.ts';
import { seatOf, type LabReport } from './report.ts';

/** Where in the page a lab of a seat is told. */
export const anchorOf = ({ seat, lab }: LabReport): string => `${seat}-${lab}`;

/** Empty for a single report, which is its own overview. */
export function overview(reports: readonly LabReport[], words: GraderText): string {
  if (reports.length < 2) return '';
  const say = (key: string, values = {}): string => escape(fillText(words.report[key] ?? '', values));
  const labs = [...new Map(reports.map(({ lab, title }) => [lab, title]))];
  const seats = [...Map.groupBy(reports, ({ seat }) => seat).values()];
  const head = labs
    .map(([lab, title]) => `<th scope="col" title="${escape(title)}">${escape(/^\d+/.exec(lab)?.[0] ?? lab)}</th>`)
    .join('');
  const line = (own: readonly LabReport[]): string => {
    const cells = labs.map(([lab]) => cell(own.find((report) => report.lab === lab)));
    return `<tr><th scope="row">${own[0] ? escape(seatOf(own[0])) : ''}</th>${cells.join('')}<td>${sum(own)}</td></tr>`;
  };
  return `<section><h2>${say('html-overview')}</h2><div class="wide" role="region" aria-label="${say('html-overview')}" tabindex="0"><table>
<thead><tr><th scope="col">${say('html-seat')}</th>${head}<th scope="col">${say('html-sum')}</th></tr></thead>
<tbody>${seats.map(line).join('\n')}</tbody></table></div></section>`;
}

function cell(report: LabReport | undefined): string {
  return report
    ? `<td><a href="#${escape(anchorOf(report))}">${report.score.points}/${report.score.of}</a></td>`
    : '<td></td>';
}

function sum(reports: readonly LabReport[]): string {
  const total = (what: 'points' | 'of'): number => reports.reduce((all, { score }) => all + score[what], 0);
  return `<strong>${total('points')}/${total('of')}</strong>`;
}
