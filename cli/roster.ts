/**
 * roster - who sits where: a CSV file with a header line, one person a seat.
 *
 * Columns: `person` (or `name`), optional `seat` (pc1...). Faults name file, line and cure.
 */
import { readFile } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse/sync';
import type { Workshop } from '../range/workspace.ts';

const mostSeats = 250;

/** Seats in order. @throws Error with file, line and cure. */
export async function readRoster(file: string): Promise<Workshop['seats']> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(`${file}: no such file; cure: name a CSV file with a header line, such as "person"`);
  });
  const rows = parseRows(file, text);
  const seats: Workshop['seats'] = [];
  for (const { record, info } of rows) {
    const person = record['person'] ?? record['name'];
    const fail = (what: string, cure: string): never => {
      throw new Error(`${file}, line ${info.lines}: ${what}; cure: ${cure}`);
    };
    if (person === undefined || person.trim() === '') return fail('a person has no name', 'fill the column "person"');
    const seat = record['seat']?.trim() ?? '';
    const [, number = String(seats.length + 1)] =
      /^(?:pc(\d+))?$/.exec(seat) ?? fail(`seat "${seat}" is no seat`, 'write pc1, pc2, ..., or leave the column out');
    const index = Number(number) - 1;
    if (index < 0 || index >= mostSeats) fail(`seat pc${number} is out of range`, `there are pc1 to pc${mostSeats}`);
    if (seats[index]) fail(`seat pc${number} is given twice`, 'give every person a seat of their own');
    seats[index] = { person: person.trim(), kind: 'student' };
  }
  if (seats.length === 0)
    throw new Error(`${file}: no persons; cure: write a header line "person" and one name a line`);
  return Array.from(seats, (seat) => seat ?? { person: '', kind: 'stand-in' as const });
}

type Row = { record: Record<string, string | undefined>; info: { lines: number } };

function parseRows(file: string, text: string): Row[] {
  try {
    return parse(text, {
      columns: (names: string[]) => names.map((name) => name.trim().toLowerCase()),
      skip_empty_lines: true,
      trim: true,
      bom: true,
      info: true,
      comment: '#',
    }) as unknown as Row[];
  } catch (error) {
    if (error instanceof CsvError)
      throw new Error(
        `${file}, line ${String((error as unknown as { lines?: number }).lines ?? '?')}: ${error.message}; cure: give every line as many fields as the header`,
      );
    throw error;
  }
}
