/**
 * roster - who sits where: a CSV file with a header line, one person a seat.
 *
 * Columns: `person` (or `name`), optional `seat` (pc1...). Fields are parted by commas or semicolons, lines that begin with # are remarks. UTF-8, with or without
 * a byte order mark. Faults name file, line and cure.
 */
import { readFile } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse/sync';
import type { Workshop } from '../range/workspace.ts';

const mostSeats = 250;

/** Seats in order; a seat that nobody has becomes a stand-in's. @throws Error with file, line and cure. */
export async function readRoster(file: string): Promise<Workshop['seats']> {
  const seats: Workshop['seats'] = [];
  for (const { record, info } of parseRows(file, await readText(file))) {
    const person = record['person'] ?? record['name'] ?? '';
    const fail = (what: string, cure: string): never => {
      throw new Error(`${file}, line ${info.lines}: ${what}; cure: ${cure}`);
    };
    if (person === '') return fail('a person has no name', 'fill the column "person", or remove the line');
    const index = readIndex(record['seat'] ?? '', seats.length, fail);
    if (seats[index]) fail(`seat pc${index + 1} is given twice`, 'give every person a seat of their own');
    seats[index] = { person, kind: 'student' };
  }
  if (seats.length === 0)
    throw new Error(`${file}: no persons; cure: write a header line "person" and one name a line`);
  return Array.from(seats, (seat) => seat ?? { person: '', kind: 'stand-in' as const });
}

/** 0 for pc1; the next seat when none is named. */
function readIndex(seat: string, next: number, fail: (what: string, cure: string) => never): number {
  const number = seat === '' ? String(next + 1) : /^pc([1-9]\d*)$/i.exec(seat)?.[1];
  if (number === undefined) return fail(`seat "${seat}" is no seat`, 'write pc1, pc2, ..., or leave the column out');
  if (Number(number) > mostSeats) fail(`seat pc${number} is out of range`, `there are pc1 to pc${mostSeats}`);
  return Number(number) - 1;
}

/** @throws Error when the file cannot be read or is not UTF-8 */
async function readText(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    const what = { ENOENT: 'no such file', EISDIR: 'a folder' }[error.code ?? ''] ?? error.message;
    throw new Error(`${file}: ${what}; cure: name a CSV file with a header line, such as "person,seat"`);
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const broken = bytes.subarray(0, firstBrokenByte(bytes));
    const line = broken.toString('latin1').split('\n').length;
    throw new Error(`${file}, line ${line}: not UTF-8 text; cure: save the file as "CSV UTF-8"`);
  }
}

/** Where reading as UTF-8 first fails. */
function firstBrokenByte(bytes: Buffer): number {
  const decoded = bytes.toString('utf8');
  const at = decoded.indexOf('\ufffd');
  return Buffer.byteLength(decoded.slice(0, at));
}

type Row = { record: Record<string, string | undefined>; info: { lines: number } };

function parseRows(file: string, text: string): Row[] {
  try {
    return parse(text, {
      columns: (names: string[]) => readHeader(file, names),
      delimiter: [',', ';'], // spreadsheets of many countries write semicolons
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      trim: true,
      bom: true,
      info: true,
      comment: '#',
      comment_no_infix: true, // a name may hold one
    }) as unknown as Row[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines = '?' } = error as unknown as { lines?: number };
    const cure =
      error.code === 'CSV_QUOTE_NOT_CLOSED'
        ? 'close the quotation mark'
        : 'give every line as many fields as the header, and quote a name that holds a comma or a semicolon';
    throw new Error(`${file}, line ${lines}: ${error.message}; cure: ${cure}`);
  }
}

function readHeader(file: string, names: readonly string[]): string[] {
  const header = names.map((name) => name.trim().toLowerCase());
  if (!header.includes('person') && !header.includes('name'))
    throw new Error(
      `${file}, line 1: no column "person" among ${header.join(', ')}; cure: begin the file with a header line, such as "person,seat"`,
    );
  return header;
}
