/**
 * A roster becomes seats; a faulty one is refused with file, line and cure.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readRoster } from './roster.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-roster-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function roster(content: string | Buffer) {
  const file = path.join(folder, 'roster.csv');
  await writeFile(file, content);
  return readRoster(file);
}

test.each([
  ['a header and names', 'person\nAda\nJoe\n', ['Ada', 'Joe']],
  ['a byte order mark, CRLF and empty lines', '\ufeffperson\r\n\r\nAda\r\n\r\nJoe\r\n', ['Ada', 'Joe']],
  ['quoted names with commas', 'person\n"Lovelace, Ada"\n', ['Lovelace, Ada']],
  ['semicolons', 'seat;person\npc2;Ada\npc1;Joe\n', ['Joe', 'Ada']],
  ['a number sign in a name', 'person\nAda #2\n#Joe\n', ['Ada #2']],
  ['remarks and accents', '# the class of Tuesday\nName\nZoé Ñandú\n', ['Zoé Ñandú']],
  ['a gap, which a stand-in fills', 'person,seat\nAda,pc1\nJoe,pc3\n', ['Ada', '', 'Joe']],
  ['empty rows of a spreadsheet', 'person,seat\nAda,\n,\n,\n', ['Ada']],
])('reads %s', async (_what, text, persons) => {
  const seats = await roster(text);
  expect(seats.map(({ person }) => person)).toEqual(persons);
  expect(seats.map(({ kind }) => kind)).toEqual(persons.map((person) => (person === '' ? 'stand-in' : 'student')));
});

test.each([
  ['no file content', '', /no persons; cure: /],
  ['a header alone', 'person\n', /no persons; cure: /],
  ['no header', 'Ada\nJoe\n', /roster\.csv, line 1: no column "person" among ada; cure: begin the file with a header/],
  ['a person without a name', 'person,seat\nAda,pc1\n,pc2\n', /line 3: a person has no name; cure: /],
  ['a seat given twice', 'person,seat\nAda,pc1\nJoe,pc1\n', /line 3: seat pc1 is given twice; cure: /],
  ['a seat that is none', 'person,seat\nAda,host7\n', /line 2: seat "host7" is no seat; cure: write pc1/],
  ['seat zero', 'person,seat\nAda,pc0\n', /line 2: seat "pc0" is no seat/],
  ['seat 251', 'person,seat\nAda,pc251\n', /line 2: seat pc251 is out of range; cure: there are pc1 to pc250/],
  ['too many persons', `person\n${'Ada\n'.repeat(251)}`, /line 252: seat pc251 is out of range/],
  ['a field too many', 'person\nAda\nLovelace, Ada\n', /line 3: .*; cure: .*quote a name that holds a comma/],
  ['a semicolon in a name', 'person,seat\nAda;B,pc1\n', /line 2: .*; cure: .*or a semicolon/],
  ['an open quotation mark', 'person\nAda\n"Joe\n', /line \d: .*; cure: close the quotation mark/],
  [
    'Latin-1',
    Buffer.from('person\nAda\nZo\xe9\n', 'latin1'),
    /line 3: not UTF-8 text; cure: save the file as "CSV UTF-8"/,
  ],
  ['UTF-16', Buffer.from('\ufeffperson\nAda\n', 'utf16le'), /line 1: not UTF-8 text/],
])('refuses %s', async (_what, content, words) => {
  await expect(roster(content)).rejects.toThrow(words);
});

test('says so when there is no such file, or it is a folder', async () => {
  await expect(readRoster(path.join(folder, 'absent.csv'))).rejects.toThrow(/absent\.csv: no such file; cure: /);
  await expect(readRoster(folder)).rejects.toThrow(/; cure: name a CSV file/);
});
