/**
 * report-schema - the documented report as a schema: what `check --json` and `grade --report json` print (docs/reference/report.schema.json).
 */
import { z } from 'zod';
import type { LabReport } from './report.ts';

const evidence = z.strictObject({
  kind: z.enum(['smtp', 'dns', 'imap', 'log', 'file', 'command', 'outside', 'note']),
  at: z.iso.datetime(),
  where: z.string().describe('what was looked at'),
  lines: z.array(z.string()).describe('what was seen, verbatim; untrusted text'),
  notes: z.array(z.string().nullable()).describe('for each line the setting that produced it, where it is known'),
});

const standing = z
  .strictObject({
    heldFirst: z.iso.datetime().nullable(),
    heldLast: z.iso.datetime().nullable(),
    brokenSince: z.iso.datetime().nullable(),
    changed: z.array(z.string()).describe('settings that differ from when it last held'),
  })
  .describe('what the journal knows of earlier runs');

const check = z.strictObject({
  id: z.string(),
  step: z.string(),
  stepTitle: z.string(),
  title: z.string(),
  verdict: z.enum(['pass', 'fail', 'warning', 'not-run', 'waiting', 'inconclusive', 'error']),
  tag: z.string().regex(/^[A-Z0-9_]+$/),
  points: z.number().min(0),
  of: z.number().min(0),
  rationale: z.string(),
  help: z.string(),
  expected: z.string().nullable(),
  actual: z.string().nullable().describe('untrusted text'),
  fault: z.string().regex(/^(self|neighbour:[a-z0-9]+|class-service|grader|none)$/),
  waitingFor: z.string().nullable().describe('the neighbour that is waited for'),
  blockedBy: z.string().nullable().describe('the check that stands in the way'),
  manual: z.string(),
  persists: z.enum(['once', 'now', 'survives']),
  standing,
  evidence: z.array(evidence),
});

export const reportSchema = z
  .strictObject({
    schema: z.literal('gatehouse-report/1'),
    lab: z.string(),
    title: z.string(),
    seat: z.string(),
    person: z.string().describe('who sits there, from the roster; empty when unknown'),
    target: z
      .string()
      .nullable()
      .describe('the host that was judged from outside (grade --target); null for a seat of a workshop'),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime(),
    score: z.strictObject({
      points: z.number().min(0),
      of: z.number().min(0),
      lost: z.number().min(0).describe('points of failed checks; the rest of what is missing was not judged'),
    }),
    infrastructure: z
      .strictObject({ fine: z.boolean(), reason: z.string().nullable() })
      .describe("do the lab's own services answer"),
    checks: z.array(check),
  })
  .describe('A lab judged for one seat') satisfies z.ZodType<LabReport>;

/** Several reports in one document. */
export const reportsSchema = z.strictObject({
  schema: z.literal('gatehouse-reports/1'),
  reports: z.array(reportSchema),
});

/** The JSON Schema (draft 2020-12) of one report, as published. */
export function reportJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(reportSchema), null, 2)}\n`;
}
