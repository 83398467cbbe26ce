/**
 * exports - reports for other programs: JSON, JUnit XML, CSV, and a page of HTML. Pure.
 *
 * Hostile text cannot break out: XML and HTML are escaped, characters that XML forbids are replaced, and CSV cells never begin a formula.
 */
import type { LabReport } from './report.ts';

export type ReportForm = 'json' | 'junit' | 'csv' | 'html';

export function exportReports(reports: readonly LabReport[], form: ReportForm): string {
  switch (form) {
    case 'json':
      return `${JSON.stringify(reports.length === 1 ? reports[0] : { schema: 'gatehouse-reports/1', reports }, null, 2)}\n`;
    case 'junit':
      return junit(reports);
    case 'csv':
      return csv(reports);
    case 'html':
      return html(reports);
  }
}

function junit(reports: readonly LabReport[]): string {
  const suites = reports.map((report) => {
    const cases = report.checks.map((check) => {
      const inside =
        {
          pass: '',
          warning: '',
          fail: `<failure message="${escape(check.rationale)}">${escape(check.actual ?? '')}</failure>`,
          error: `<error message="${escape(check.rationale)}"/>`,
        }[check.verdict as string] ?? '<skipped/>';
      return `    <testcase classname="${escape(report.lab)}" name="${escape(check.id)}">${inside}</testcase>`;
    });
    const count = (verdict: string): number => report.checks.filter((check) => check.verdict === verdict).length;
    return `  <testsuite name="${escape(`${report.seat} ${report.lab}`)}" tests="${report.checks.length}" failures="${count('fail')}" errors="${count('error')}">\n${cases.join('\n')}\n  </testsuite>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('\n')}\n</testsuites>\n`;
}

function csv(reports: readonly LabReport[]): string {
  const rows = reports.flatMap((report) =>
    report.checks.map((check) => [
      report.seat,
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
  return [['seat', 'lab', 'check', 'verdict', 'tag', 'points', 'of', 'fault', 'rationale'], ...rows]
    .map((row) => `${row.map((cell) => csvCell(String(cell))).join(',')}\r\n`)
    .join('');
}

/** RFC 4180; a cell that a spreadsheet would take for a formula gets an apostrophe. */
function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function html(reports: readonly LabReport[]): string {
  const sections = reports.map((report) => {
    const rows = report.checks.map(
      (check) =>
        `<tr class="${check.verdict}"><td>${check.verdict}</td><td>${escape(check.title)}</td><td>${check.points}/${check.of}</td><td>${escape(check.rationale)}${check.actual === null ? '' : `<br><code>${escape(check.actual)}</code>`}</td></tr>`,
    );
    return `<h2>${escape(`${report.seat}: ${report.title}`)}</h2>\n<p>${report.score.points} of ${report.score.of} points</p>\n<table><thead><tr><th>Verdict</th><th>Check</th><th>Points</th><th>Why</th></tr></thead>\n<tbody>${rows.join('\n')}</tbody></table>`;
  });
  const style =
    'body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ccc;padding:.4rem;text-align:left;vertical-align:top}.fail td:first-child{color:#b00020;font-weight:bold}.pass td:first-child{color:#176b2c}';
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>Gatehouse report</title><style>${style}</style></head>\n<body><h1>Report</h1>\n${sections.join('\n')}\n</body></html>\n`;
}

/** For XML and HTML text and attributes; what XML 1.0 section 2.2 forbids is replaced. */
function escape(text: string): string {
  return [...text]
    .map((character) => (isAllowedInXml(character) ? character : '\ufffd'))
    .join('')
    .replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}

function isAllowedInXml(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return (
    code === 9 ||
    code === 10 ||
    code === 13 ||
    (code >= 0x20 && code < 0xd800) ||
    (code > 0xdfff && code !== 0xfffe && code !== 0xffff)
  );
}
