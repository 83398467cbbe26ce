/**
 * exports - reports for other programs: JSON, JUnit XML, CSV, and a page of HTML. Pure.
 *
 * Hostile text cannot break out: XML and HTML are escaped, characters that XML forbids are replaced, and CSV cells never begin a formula.
 */
import type { GraderText } from '../grader-text.ts';
import { escapeMarkup } from './escape-markup.ts';
import { htmlReport } from './html.ts';
import { seatOf, type LabReport } from './report.ts';

export type ReportForm = 'json' | 'junit' | 'csv' | 'html';

export function exportReports(reports: readonly LabReport[], form: ReportForm, words: GraderText): string {
  switch (form) {
    case 'json':
      return `${JSON.stringify(reports.length === 1 ? reports[0] : { schema: 'gatehouse-reports/1', reports }, null, 2)}\n`;
    case 'junit':
      return junit(reports);
    case 'csv':
      return csv(reports);
    case 'html':
      return htmlReport(reports, words);
  }
}

function junit(reports: readonly LabReport[]): string {
  const suites = reports.map((report) => {
    const cases = report.checks.map((check) => {
      const inside =
        {
          pass: '',
          warning: '',
          fail: `<failure message="${escapeMarkup(check.rationale)}">${escapeMarkup(check.actual ?? '')}</failure>`,
          error: `<error message="${escapeMarkup(check.rationale)}"/>`,
        }[check.verdict as string] ?? '<skipped/>';
      return `    <testcase classname="${escapeMarkup(report.lab)}" name="${escapeMarkup(check.id)}">${inside}</testcase>`;
    });
    const count = (verdict: string): number => report.checks.filter((check) => check.verdict === verdict).length;
    return `  <testsuite name="${escapeMarkup(`${seatOf(report)} ${report.lab}`)}" tests="${report.checks.length}" failures="${count('fail')}" errors="${count('error')}">\n${cases.join('\n')}\n  </testsuite>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('\n')}\n</testsuites>\n`;
}

function csv(reports: readonly LabReport[]): string {
  const rows = reports.flatMap((report) =>
    report.checks.map((check) => [
      report.seat,
      report.person,
      report.lab,
      check.id,
      check.verdict,
      check.tag,
      check.points,
      check.of,
      check.fault,
      check.rationale,
    ]),
  );
  return [['seat', 'person', 'lab', 'check', 'verdict', 'tag', 'points', 'of', 'fault', 'rationale'], ...rows]
    .map((row) => `${row.map((cell) => csvCell(String(cell))).join(',')}\r\n`)
    .join('');
}

/** RFC 4180; a cell that a spreadsheet would take for a formula gets an apostrophe. */
function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
