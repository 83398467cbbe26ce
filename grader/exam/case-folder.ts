/**
 * case-folder - a case for the grader's own exam: files to lay, and the verdicts that are expected (labs/README.md).
 */
import { readdir, readFile } from 'node:fs/promises';
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
  /** False: services are not restarted after the case was laid, as when a student forgot to. */
  restart: z.boolean().default(true),
});

export type ExpectedCase = z.infer<typeof schema>;

/** What a case folder may hold. */
const known = new Set(['gateway', 'mailbox', 'dns', 'run.sh', 'expect.json']);

/** Reads `expect.json`. @throws Error with file, what is wrong and the cure. */
export async function loadCase(lab: Lab, folder: string): Promise<ExpectedCase> {
  const file = path.join(folder, 'expect.json');
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${folder}: ${error.code === 'ENOENT' ? 'there is no such folder' : error.message}; cure: ${form}`);
  });
  for (const name of names)
    if (!known.has(name) && !name.startsWith('.') && !/\.md$/i.test(name))
      throw new Error(
        `${path.join(folder, name)}: a case has trees gateway, mailbox and dns, run.sh and expect.json, and nothing called "${name}"; cure: ${form}`,
      );
  if (!names.includes('expect.json'))
    throw new Error(
      `${file}: is missing; cure: write { "on": "solution", "about": "...", "checks": { "CHECK": "fail" } } (${form})`,
    );
  const expected = parseExpected(file, await readFile(file, 'utf8'));
  const ids = lab.checks.map((check) => check.id);
  for (const id of Object.keys(expected.checks))
    if (!ids.includes(id))
      throw new Error(`${file}: lab ${lab.id} has no check "${id}"; cure: it has ${ids.join(', ')}`);
  return expected;
}

const form = 'see labs/README.md for the form of a case';

function parseExpected(file: string, text: string): ExpectedCase {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file}: is no JSON: ${error instanceof Error ? error.message : String(error)}; cure: ${form}`);
  }
  const read = schema.safeParse(value);
  if (!read.success) throw new Error(`${file}: ${z.prettifyError(read.error)}; cure: ${form}`);
  return read.data;
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
