/**
 * case-folder - a case for the grader's own exam: files to lay, and the verdicts that are expected (labs/README.md).
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Lab, VerdictKind } from '../lab.ts';
import type { CheckResult } from '../run.ts';
import type { Verdict } from '../verdict.ts';

const verdicts = ['pass', 'fail', 'warning', 'not-run', 'waiting', 'inconclusive', 'error'] as const;
const verdict = z.enum(verdicts);

const schema = z.strictObject({
  on: z.enum(['start', 'solution']),
  about: z.string(),
  checks: z.record(z.string(), z.union([verdict, z.array(verdict)])),
  others: z.union([verdict, z.array(verdict), z.literal('any')]).default('pass'),
});

export type ExpectedCase = z.infer<typeof schema>;

/** Reads `expect.json`. @throws Error with file, what is wrong and the cure. */
export async function loadCase(lab: Lab, folder: string): Promise<ExpectedCase> {
  const file = path.join(folder, 'expect.json');
  let expected: ExpectedCase;
  try {
    expected = schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new Error(
      `${file}: ${error instanceof z.ZodError ? z.prettifyError(error) : String(error)}; cure: see labs/README.md for the form`,
    );
  }
  for (const id of Object.keys(expected.checks))
    if (!lab.checks.some((check) => check.id === id)) throw new Error(`${file}: lab ${lab.id} has no check "${id}"`);
  return expected;
}

/** What differs from the expectation, one sentence each. A check that is blocked by a failed one may be `not-run` or `inconclusive`. */
export function compareCase(expected: ExpectedCase, results: readonly CheckResult[]): string[] {
  return results.flatMap(({ check, verdict: actual }) => {
    const named = expected.checks[check.id];
    const wanted: readonly VerdictKind[] | 'any' =
      named === undefined ? (expected.others === 'any' ? 'any' : [expected.others].flat()) : [named].flat();
    if (wanted === 'any' || wanted.includes(actual.kind)) return [];
    const isBlocked = named === undefined && rootOf(actual, results) in expected.checks;
    return isBlocked
      ? []
      : [
          `${check.id}: expected ${wanted.join(' or ')}, got ${actual.kind} (${actual.tag}${actual.actual === undefined ? '' : `: ${actual.actual}`})`,
        ];
  });
}

/** The check at the bottom of a chain of blocked ones; '' for a verdict that nothing blocked. */
function rootOf(verdict: Verdict, results: readonly CheckResult[]): string {
  let root = '';
  for (let current: Verdict | undefined = verdict; current?.blockedBy !== undefined;) {
    root = current.blockedBy;
    const blocking: CheckResult | undefined = results.find((result) => result.check.id === root);
    current = blocking?.verdict;
  }
  return root;
}
