/**
 * grader-text - what the grader itself says to people: `<language>.yaml` beside this file, the same for every lab.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const texts = z.record(z.string(), z.string());
const schema = z.strictObject({
  /** Verdict tags of the grader. */
  tags: z.record(z.string(), z.strictObject({ rationale: z.string(), help: z.string() })),
  /** Why something cannot be judged from outside, by range/out-of-reach.ts. */
  outside: texts,
  /** Words of the reports. */
  report: texts,
  /** A word for each verdict. */
  verdicts: texts,
  /** Settings behind SMTP replies (annotate.ts). */
  notes: texts,
});

export type GraderText = z.infer<typeof schema>;

/** @throws Error naming the file and what is wrong in it. */
export async function loadGraderText(language = 'en'): Promise<GraderText> {
  const file = path.join(import.meta.dirname, `${language}.yaml`);
  const read = schema.safeParse(parse(await readFile(file, 'utf8')));
  if (!read.success) throw new Error(`${file}: ${z.prettifyError(read.error)}`);
  return read.data;
}
