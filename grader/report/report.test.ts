/**
 * Reports in every form say the same, and keep to their schema.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { defineLab, type Check, type VerdictKind } from '../lab.ts';
import type { LabRun } from '../run.ts';
import { exportReports } from './exports.ts';
import { loadGraderText } from '../grader-text.ts';
import { exitCodeOf, makeReport } from './report.ts';
import { reportJsonSchema } from './report-schema.ts';
import { textReport } from './text.ts';

const hostile = '=cmd|calc <script>alert(1)</script> "]]>\u001b[2J\u0000\u202e';
const kinds: readonly VerdictKind[] = ['pass', 'fail', 'warning', 'not-run', 'waiting', 'inconclusive', 'error'];

const lab = defineLab({
  id: '99-toy',
  version: '1.0.0',
  minutes: 1,
  after: [],
  steps: [{ id: 'only', hints: [{ key: 'none' }] }],
  checks: kinds.map((id): Check => ({
    id,
    step: 'only',
    subject: 'dns',
    kind: 'state',
    level: 'required',
    persists: id === 'waiting' ? 'once' : 'now',
    deadlineMs: 1,
    tags: [],
    manual: 'RFC 5321',
    run: () => Promise.reject(new Error('not run here')),
  })),
  rubric: Object.fromEntries(kinds.map((kind) => [kind, 2])),
  reload: [],
});

const words = await loadGraderText();

const text = {
  title: hostile,
  summary: '',
  steps: {},
  checks: {},
  tags: { TAG: { rationale: 'Seen: {what}', help: 'Do {what}' } },
  hints: {},
};

function runOf(...some: VerdictKind[]): LabRun {
  return {
    lab,
    seat: 'pc1',
    startedMs: 0,
    finishedMs: 1000,
    results: lab.checks
      .filter((check) => some.includes(check.id as VerdictKind))
      .map((check) => ({
        check,
        verdict: {
          kind: check.id as VerdictKind,
          tag: 'TAG',
          args: { what: hostile },
          fault: 'self',
          expected: 'x',
          actual: hostile,
        },
        evidence: [{ kind: 'smtp', at: '2026-11-24T10:00:00.000Z', where: hostile, lines: [hostile] }],
      })),
  };
}

test('the published JSON Schema is that of the code, and a report with every verdict and hostile text fits it', async () => {
  const published = await readFile(path.join(import.meta.dirname, '../../docs/reference/report.schema.json'), 'utf8');
  expect(JSON.parse(published)).toEqual(JSON.parse(reportJsonSchema()));
  const ajv = new Ajv2020();
  (addFormats as unknown as (target: Ajv2020) => void)(ajv);
  const validate = ajv.compile(JSON.parse(published));
  const printed: unknown = JSON.parse(exportReports([makeReport(runOf(...kinds), { text, words })], 'json', words));
  expect(validate(printed), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...(printed as object), surprise: 1 })).toBe(false);
});

test('of a host that is not ours, only what was judged is counted, and the report says so', () => {
  const run = runOf('pass', 'fail', 'not-run');
  const reason = 'inside';
  const results = run.results.map((result) =>
    result.check.id === 'not-run'
      ? { ...result, verdict: { ...result.verdict, tag: 'NEEDS_MORE_THAN_THE_WIRE', args: { reason } } }
      : result,
  );
  const report = makeReport({ ...run, results, target: { address: '192.0.2.25', port: 25 } }, { text, words });
  expect(report.score).toEqual({ points: 2, of: 4, lost: 2 });
  for (const said of [
    textReport(report, { words, colour: false, evidence: false, columns: 120 }),
    exportReports([report], 'html', words),
  ]) {
    expect(said).toContain('2 of 4 points that can be judged from outside');
    expect(said).toContain('192.0.2.25 port 25');
    expect(said.replace(/\s+/g, ' ')).toContain('Not judged from outside: it needs a look inside the host');
    expect(said).not.toContain('gatehouse hint');
  }
});

test('texts name the port that was knocked at', () => {
  const knocked = { ...text, tags: { TAG: { rationale: 'Nobody answers on port {port}.', help: '' } } };
  const said = (run: LabRun) => makeReport(run, { text: knocked, words }).checks[0]?.rationale;
  expect(said(runOf('fail'))).toBe('Nobody answers on port 25.');
  expect(said({ ...runOf('fail'), target: { address: '192.0.2.25', port: 2525 } })).toBe(
    'Nobody answers on port 2525.',
  );
});

test('only what holds earns points, only a fail loses them', () => {
  expect(makeReport(runOf(...kinds), { text, words }).score).toEqual({ points: 4, of: 14, lost: 2 });
});

test('a check that need hold only once keeps its points', () => {
  const standing = {
    heldFirst: '2026-11-24T09:00:00.000Z',
    heldLast: '2026-11-24T09:00:00.000Z',
    brokenSince: null,
    changed: [],
  };
  const report = makeReport(runOf('waiting', 'not-run'), { text, words }, () => standing);
  expect(report.checks.map(({ points }) => points)).toEqual([0, 2]);
});

test('exit code: 0 all holds, 1 something is open, 2 only we could not look', () => {
  const codeOf = (...some: VerdictKind[]) => exitCodeOf([makeReport(runOf(...some), { text, words })]);
  expect([
    codeOf('pass', 'warning'),
    codeOf('pass', 'fail'),
    codeOf('waiting'),
    codeOf('pass', 'error'),
    codeOf('error', 'fail'),
  ]).toEqual([0, 1, 1, 2, 1]);
});

test('of a class, the persons are named and the page begins with the points of each seat', () => {
  const one = makeReport(runOf('pass', 'fail'), { text: { ...text, title: 'First' }, words, person: 'Ama Mensah' });
  const reports = [one, { ...one, seat: 'pc2', person: '' }];
  const page = exportReports(reports, 'html', words);
  expect(page).toContain('<tr><th scope="row">pc1 (Ama Mensah)</th><td><a href="#pc1-');
  expect(page).toContain('<td><strong>2/4</strong></td>');
  expect(exportReports([one], 'html', words)).not.toContain('<table>');
  expect(exportReports(reports, 'csv', words)).toMatch(/^seat,person,lab,.*\r\npc1,Ama Mensah,/);
  expect(textReport(one, { words, colour: false, evidence: false })).toContain('(pc1, Ama Mensah)');
});

test('hostile text cannot break out of any form', () => {
  const report = makeReport(runOf(...kinds), { text, words, person: hostile });
  expect(textReport(report, { words, colour: false, evidence: true })).not.toMatch(/\p{Cf}|(?!\n)\p{Cc}/u);
  for (const form of ['html', 'junit'] as const) {
    const page = exportReports([report], form, words);
    expect(page).not.toMatch(/<script|(?![\n\r\t])\p{Cc}/u);
  }
  const cells = exportReports([report], 'csv', words)
    .split('\r\n')
    .flatMap((row) => row.split(/,(?=")/));
  for (const cell of cells) expect(cell).not.toMatch(/^"?[=+@]/);
});
