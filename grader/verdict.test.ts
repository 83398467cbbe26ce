/**
 * From finding to verdict: needs, controls, silent subjects, restarts.
 */
import { describe, expect, test } from 'vitest';
import type { Check, Finding, VerdictKind } from './lab.ts';
import { blockedVerdict, judgeFinding, verdictAfterRestart, type Verdict } from './verdict.ts';

const check: Check = {
  id: 'it',
  step: 'only',
  subject: 'gateway',
  kind: 'must-refuse',
  control: 'twin',
  needs: ['ground'],
  level: 'required',
  persists: 'now',
  deadlineMs: 1,
  tags: [],
  manual: '',
  run: () => Promise.reject(new Error('not run here')),
};

const verdict = (kind: VerdictKind, more: Partial<Verdict> = {}): Verdict => ({
  kind,
  tag: kind.toUpperCase(),
  args: {},
  fault: 'none',
  ...more,
});

const earlier = (ground: VerdictKind, twin: VerdictKind) =>
  new Map([
    ['ground', verdict(ground, { fault: ground === 'error' ? 'class-service' : 'none', waitingFor: 'pc2' })],
    ['twin', verdict(twin, { waitingFor: 'pc3' })],
  ]);

describe('a check may run', () => {
  test.each([
    ['pass', 'pass'],
    ['warning', 'warning'],
  ] as const)('when its need is %s and its control %s', (ground, twin) =>
    expect(blockedVerdict(check, earlier(ground, twin))).toBeUndefined(),
  );
});

describe('without running', () => {
  test.each([
    ['fail', 'pass', { kind: 'not-run', blockedBy: 'ground', fault: 'none' }],
    ['not-run', 'pass', { kind: 'not-run', blockedBy: 'ground' }],
    ['error', 'pass', { kind: 'not-run', blockedBy: 'ground', fault: 'class-service' }],
    ['waiting', 'pass', { kind: 'waiting', blockedBy: 'ground', waitingFor: 'pc2' }],
    ['pass', 'fail', { kind: 'inconclusive', blockedBy: 'twin', fault: 'none' }],
    ['pass', 'not-run', { kind: 'inconclusive', blockedBy: 'twin' }],
    ['pass', 'error', { kind: 'inconclusive', blockedBy: 'twin' }],
    ['pass', 'waiting', { kind: 'waiting', blockedBy: 'twin', waitingFor: 'pc3' }],
  ] as const)('need %s, control %s', (ground, twin, wanted) =>
    expect(blockedVerdict(check, earlier(ground, twin))).toMatchObject(wanted),
  );
});

describe('a finding', () => {
  const found = (finding: Finding, answers = true) => judgeFinding(check, finding, answers);

  test('that passes on a host that does not answer is a fail of that host', () =>
    expect(found({ kind: 'pass', tag: 'GOOD' }, false)).toMatchObject({
      kind: 'fail',
      tag: 'SUBJECT_DOWN',
      fault: 'self',
    }));

  test("that fails is the student's, one that waits the named neighbour's, an error ours", () => {
    expect(found({ kind: 'fail', tag: 'BAD', expected: 'a', actual: 'b' })).toMatchObject({
      fault: 'self',
      actual: 'b',
    });
    expect(found({ kind: 'waiting', tag: 'W', neighbour: 'pc7' })).toMatchObject({
      fault: 'neighbour:pc7',
      waitingFor: 'pc7',
      args: { neighbour: 'pc7' },
    });
    expect(found({ kind: 'error', tag: 'E', fault: 'grader', reason: 'r' })).toMatchObject({ fault: 'grader' });
  });
});

describe('after a restart', () => {
  test.each([
    ['pass', 'pass', 'pass'],
    ['pass', 'warning', 'pass'],
    ['pass', 'fail', 'fail'],
    ['pass', 'inconclusive', 'fail'],
    ['pass', 'not-run', 'fail'],
    ['pass', 'waiting', 'waiting'],
    ['pass', 'error', 'error'],
  ] as const)('%s, then %s, is %s', (before, after, wanted) =>
    expect(verdictAfterRestart(verdict(before), verdict(after)).kind).toBe(wanted),
  );
});
