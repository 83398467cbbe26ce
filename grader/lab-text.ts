/**
 * lab-text - what people read about a lab: `<language>/text.yaml`, checked against the lab both ways; and `genuine/<language>/text.yaml`, which has what is otherwise with a genuine gateway.
 *
 * `{name}` in a text is filled from a verdict's arguments.
 */
import { readFile } from 'node:fs/promises';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import type { Lab, TagArguments } from './lab.ts';

const schema = z.strictObject({
  title: z.string(),
  summary: z.string(),
  steps: z.record(z.string(), z.strictObject({ title: z.string(), goal: z.string() })),
  checks: z.record(z.string(), z.strictObject({ title: z.string() })),
  tags: z.record(z.string(), z.strictObject({ rationale: z.string(), help: z.string() })),
  hints: z.record(z.string(), z.string()),
  /** By check, where it is another page than checks.ts names. */
  manuals: z.record(z.string(), z.string()).optional(),
});

const variantSchema = schema.pick({ steps: true, tags: true, hints: true, manuals: true }).partial();

export type LabText = z.infer<typeof schema>;

/** Reads and checks the file. @throws Error with file, what is wrong and the cure. */
export async function loadLabText(lab: Lab, file: string): Promise<LabText> {
  const text = await readText(schema, file);
  const problems = [...textProblems(lab, text)];
  if (problems.length > 0) throw new Error(`${file}: ${problems.join('; ')}`);
  return text;
}

/** The text with what the file has otherwise. @throws Error as above, also for what the text has not */
export async function loadVariantText(text: LabText, file: string): Promise<LabText> {
  const { steps = {}, tags = {}, hints = {}, manuals = {} } = await readText(variantSchema, file);
  const known = { ...text.steps, ...text.checks, ...text.tags, ...text.hints };
  const strange = Object.keys({ ...steps, ...tags, ...hints, ...manuals }).filter((id) => !(id in known));
  if (strange.length > 0) throw new Error(`${file}: the lab's own text has no ${strange.join(', ')}`);
  return {
    ...text,
    steps: { ...text.steps, ...steps },
    tags: { ...text.tags, ...tags },
    hints: { ...text.hints, ...hints },
    manuals,
  };
}

async function readText<T>(form: z.ZodType<T>, file: string): Promise<T> {
  try {
    return form.parse(parse(await readFile(file, 'utf8')));
  } catch (error) {
    const what =
      error instanceof YAMLParseError
        ? error.message
        : error instanceof z.ZodError
          ? z.prettifyError(error)
          : String(error);
    throw new Error(`${file}: ${what}; cure: see labs/README.md for the form`);
  }
}

function* textProblems(lab: Lab, text: LabText): Generator<string> {
  const tags = lab.checks.flatMap((check) => check.tags);
  yield* compare(
    'step',
    lab.steps.map((step) => step.id),
    Object.keys(text.steps),
  );
  yield* compare(
    'check',
    lab.checks.map((check) => check.id),
    Object.keys(text.checks),
  );
  yield* compare('tag', tags, Object.keys(text.tags));
  yield* compare(
    'hint',
    lab.steps.flatMap((step) => step.hints.map((hint) => hint.key)),
    Object.keys(text.hints),
  );
}

function* compare(what: string, declared: readonly string[], written: readonly string[]): Generator<string> {
  for (const id of new Set(declared)) if (!written.includes(id)) yield `${what} "${id}" has no text`;
  for (const id of written)
    if (!declared.includes(id)) yield `text for ${what} "${id}", which the lab does not declare`;
}

/** Fills `{name}`. */
export function fillText(text: string, args: TagArguments): string {
  return text.trim().replace(/\{(\w+)\}/g, (whole, name: string) => (name in args ? String(args[name]) : whole));
}
