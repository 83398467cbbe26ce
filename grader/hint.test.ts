/**
 * Hints fit what was seen, cheapest first.
 */
import { expect, test } from 'vitest';
import { nextHint } from './hint.ts';
import type { HintEvent } from './journal.ts';
import { defineLab } from './lab.ts';
import { makeReport } from './report/report.ts';

const lab = defineLab({
  id: '99-toy',
  version: '1.0.0',
  minutes: 1,
  after: [],
  steps: [
    {
      id: 'one',
      hints: [
        { key: 'general' },
        { key: 'fits', when: { check: 'a', tag: 'CLOSED' } },
        { key: 'other', when: { check: 'a', tag: 'OPEN' } },
      ],
    },
  ],
  checks: [
    {
      id: 'a',
      step: 'one',
      subject: 'dns',
      kind: 'state',
      level: 'required',
      persists: 'now',
      deadlineMs: 1,
      tags: ['CLOSED', 'OPEN'],
      manual: '',
      run: () => Promise.reject(new Error('not run here')),
    },
  ],
  rubric: { a: 1 },
  reload: [],
});

const text = { title: '', summary: '', steps: {}, checks: {}, tags: {}, hints: {} };

const reportWith = (kind: 'fail' | 'pass') =>
  makeReport(
    {
      lab,
      seat: 'pc1',
      startedMs: 0,
      finishedMs: 0,
      results: lab.checks.map((check) => ({
        check,
        verdict: { kind, tag: 'CLOSED', args: {}, fault: 'none' as const },
        evidence: [],
      })),
    },
    { text, words: { tags: {}, report: {}, verdicts: {}, outside: {}, notes: {} } },
  );

const given = (...keys: string[]): HintEvent[] =>
  keys.map((key) => ({ kind: 'hint', at: '2026-01-01T00:00:00.000Z', lab: lab.id, step: 'one', key }));

test('what fits the observed mistake comes first, then the ladder, each once; hints for other mistakes never', () => {
  const report = reportWith('fail');
  expect(nextHint(lab, report, [])).toEqual({ kind: 'hint', step: 'one', key: 'fits', left: 1 });
  expect(nextHint(lab, report, given('fits'))).toEqual({ kind: 'hint', step: 'one', key: 'general', left: 0 });
  expect(nextHint(lab, report, given('fits', 'general'))).toEqual({ kind: 'no-more', step: 'one', key: 'general' });
});

test('nothing open, no hint', () => {
  expect(nextHint(lab, reportWith('pass'), [])).toEqual({ kind: 'nothing-open' });
});
