/**
 * journal - what was achieved when, one file a seat, one event a line, appended and never rewritten.
 *
 *     WORKSPACE/grades/pc1.jsonl
 *
 * Each line carries the code (HMAC-SHA-256, by a key of the workshop) of itself and of the line it was written after, so a line that was changed, or taken out
 * of the middle, is noticed: it is named as a problem, and it does not count. Two programs may append at the same time: both lines then follow the same one.
 *
 * Limits: lines cut off at the end of the file are not noticed.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { journalKey } from '#range';

const verdictKind = z.enum(['pass', 'fail', 'warning', 'not-run', 'waiting', 'inconclusive', 'error']);

const runEvent = z.object({
  kind: z.literal('run'),
  at: z.iso.datetime(),
  lab: z.string(),
  version: z.string(),
  points: z.number(),
  of: z.number(),
  checks: z.record(z.string(), verdictKind),
  /** The seat's settings at that time: `gateway mynetworks` to its value. */
  settings: z.record(z.string(), z.string()),
});

const hintEvent = z.object({
  kind: z.literal('hint'),
  at: z.iso.datetime(),
  lab: z.string(),
  step: z.string(),
  key: z.string(),
});

const event = z.discriminatedUnion('kind', [runEvent, hintEvent]);
const line = z.object({ event, previous: z.string(), code: z.string() });

export type RunEvent = z.infer<typeof runEvent>;
export type HintEvent = z.infer<typeof hintEvent>;
export type JournalEvent = z.infer<typeof event>;

export interface JournalContent {
  /** In order of writing; only lines whose code is right. */
  readonly events: readonly JournalEvent[];
  /** Lines that do not count, one sentence each, with file and line. */
  readonly problems: readonly string[];
}

export interface Journal {
  read(seat: string): Promise<JournalContent>;
  append(seat: string, event: JournalEvent): Promise<void>;
}

/** The journals in `folder`. @param seed the workshop's secret */
export function openJournal(folder: string, seed: string): Journal {
  return openJournalByKey(folder, journalKey(seed));
}

/** The same, for whoever holds the journals' key and not the workshop's secret. */
export function openJournalByKey(folder: string, key: Buffer): Journal {
  const file = (seat: string): string => path.join(folder, `${seat}.jsonl`);
  const codeOf = (seat: string, previous: string, written: JournalEvent): string =>
    createHmac('sha256', key)
      .update(`${seat}\n${previous}\n${JSON.stringify(written)}`)
      .digest('base64url');
  const read = async (seat: string): Promise<JournalContent & { last: string }> => {
    const text = await readFile(file(seat), 'utf8').catch(() => '');
    const known = new Set(['']);
    const events: JournalEvent[] = [];
    const problems: string[] = [];
    let last = '';
    for (const [index, each] of text.split('\n').entries()) {
      if (each === '') continue;
      const entry = parseLine(each);
      if (!entry || !known.has(entry.previous) || !isSame(entry.code, codeOf(seat, entry.previous, entry.event))) {
        problems.push(
          `${file(seat)}, line ${index + 1}: not written by the grader, or a line before it is gone; it does not count`,
        );
        continue;
      }
      known.add(entry.code);
      last = entry.code;
      events.push(entry.event);
    }
    return { events, problems, last };
  };
  return {
    read,
    async append(seat, given) {
      await mkdir(folder, { recursive: true });
      const { last } = await read(seat);
      const written = event.parse(given); // the code is over the text, so properties must stand in the order in which they are read again
      const entry = { event: written, previous: last, code: codeOf(seat, last, written) };
      await appendFile(file(seat), `${JSON.stringify(entry)}\n`, { mode: 0o600, flush: true });
    },
  };
}

function parseLine(text: string): z.infer<typeof line> | undefined {
  try {
    return line.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function isSame(first: string, second: string): boolean {
  const [a, b] = [Buffer.from(first), Buffer.from(second)];
  return a.length === b.length && timingSafeEqual(a, b);
}
