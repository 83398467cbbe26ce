/**
 * The pages of docs/reference say what the code does: each is made anew and compared, and what is written by hand is compared with the code both ways.
 */
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createPatternTable } from '#mta/config/tables/pattern.ts';
import { tableTypes } from '#mta/config/tables/open-table.ts';
import { restrictions, restrictionsWithArgument } from '#mta/restrictions/registry.ts';
import { defaultValues, machineParameters } from '#mta/config/parameters.ts';
import { scannerOptions } from '../../containers/gateway/scan/options.ts';
import { loadLabs } from '../../grader/load-labs.ts';
import { hostCommands, registerFunctions } from './commands-page.ts';
import { actedOnDovecotSettings, dovecotTexts } from './dovecot-page.ts';
import { lineFunctions, logLineFiles } from './log-lines-page.ts';
import { logSamplesOfLine } from './log-samples.ts';
import { madeFiles, referencePages } from './pages.ts';
import { actedOnParameters, parameterTexts, readParameterTexts } from './parameters-page.ts';
import { accessActions, actionTexts, contentActions, tableTypeTexts } from './restrictions-page.ts';
import { loadOtherOptions, partOptions } from './scanner-options-page.ts';
import { findFiles, findCode, home, openingComment, readSource } from './sources.ts';
import { findReferences, readStandards, standardsTable } from './standards-page.ts';
import { labFiles, loadOwnTags, verdictsOfTags } from './verdict-tags-page.ts';

/** What is in one list and not in the other. */
function missing(wanted: Iterable<string>, there: Iterable<string>): string[] {
  const have = new Set(there);
  return [...new Set(wanted)].filter((each) => !have.has(each)).sort();
}

test.each(referencePages)('docs/reference/$file is as the code has it', async ({ file, make }) => {
  expect(await make(), `docs/reference/${file} is out of date; cure: npm run references`).toBe(
    readSource(`docs/reference/${file}`),
  );
});

test.each(madeFiles)('$file is as the code makes it', async ({ file, make }) => {
  expect(await make(), `${file} is out of date; cure: npm run references`).toBe(readSource(file));
});

test('every page that the generator does not write is written by hand on purpose', () => {
  const byHand = ['README.md'];
  expect(
    missing(
      findFiles('docs/reference/*.md').map((file) => file.replace('docs/reference/', '')),
      [...referencePages.map(({ file }) => file), ...byHand],
    ),
  ).toEqual([]);
});

describe('parameters', () => {
  test('the code that reads main.cf is seen', () => {
    const acted = new Map(actedOnParameters().map((each) => [each.name, each]));
    expect(acted.size).toBeGreaterThan(150);
    expect([...(acted.get('smtpd_helo_required')?.readAs ?? [])]).toEqual(['bool']);
    expect([...(acted.get('mynetworks')?.files ?? [])]).toContain('mta/restrictions/permit-mynetworks.ts');
  });

  test('every parameter that is acted on has its sentence', () => {
    expect(
      missing(
        actedOnParameters().map(({ name }) => name),
        readParameterTexts().keys(),
      ),
      `write a sentence for them in ${parameterTexts}`,
    ).toEqual([]);
  });

  test('every sentence is about a parameter of Postfix, in alphabetical order, and is one sentence', () => {
    const texts = readParameterTexts();
    expect(missing(texts.keys(), [...defaultValues.keys(), ...machineParameters]), 'no such parameter').toEqual([]);
    for (const [name, text] of texts) expect(text, name).toMatch(/^[A-Za-z0-9].*\.$/);
  });
});

describe('scanner options', () => {
  test('none is both in the table and known by name only, and none is there twice', async () => {
    const otherOptions = await loadOtherOptions();
    const names = scannerOptions.map(({ name }) => name);
    expect(names.filter((name) => otherOptions.includes(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  test('the code that asks for options is seen', () => {
    const { acted } = partOptions();
    expect(acted.map(({ name }) => name)).toContain('Required SpamAssassin Score');
    expect(acted.length).toBeGreaterThan(scannerOptions.length / 2);
  });
});

describe('restrictions and tables', () => {
  test('every table type says what it is', () => {
    expect(missing(tableTypes, Object.keys(tableTypeTexts)), 'write a sentence in restrictions-page.ts').toEqual([]);
  });

  test('every action says what it does, and no other', () => {
    const actions = [...accessActions(), ...contentActions()];
    expect(actions).toEqual(expect.arrayContaining(['REJECT', 'HOLD', 'DUNNO']));
    expect(missing(actions, Object.keys(actionTexts)), 'write a sentence in restrictions-page.ts').toEqual([]);
    expect(missing(Object.keys(actionTexts), actions), 'nothing does it').toEqual([]);
  });

  test.each([
    ['pcre', '/ABC/ yes', 'abc', true],
    ['pcre', '/ABC/i yes', 'abc', false],
    ['regexp', '/^b/ yes', 'a\nb', false],
    ['regexp', '/^b/m yes', 'a\nb', true],
    ['regexp', '/a.b/ yes', 'a\nb', true],
    ['pcre', '/^b/ yes', 'a\nb', false],
    ['pcre', '/^b/m yes', 'a\nb', true],
    ['pcre', '/a.b/ yes', 'a\nb', true],
    ['pcre', '/a.b/s yes', 'a\nb', false],
  ] as const)('flags do what the page says: %s %s on %j', async (type, rule, key, isFound) => {
    expect((await createPatternTable(type, 'table', rule).lookup(key)).kind).toBe(isFound ? 'found' : 'absent');
  });

  test('every restriction has a sentence', () => {
    const page = readSource('docs/reference/restrictions.md');
    for (const name of [...restrictions.keys(), ...restrictionsWithArgument.keys()])
      expect(page).toMatch(new RegExp(`^\\| \`${name}( …)?\` \\| \\S.+ \\|$`, 'm'));
  });
});

describe('dovecot.conf', () => {
  test('every setting that is acted on has a sentence, and no other', () => {
    expect(missing(actedOnDovecotSettings(), Object.keys(dovecotTexts)), 'write it in dovecot-page.ts').toEqual([]);
    expect(missing(Object.keys(dovecotTexts), actedOnDovecotSettings()), 'nothing acts on it').toEqual([]);
  });
});

describe('log lines', () => {
  test('every table of lines is found, and every member of it', async () => {
    expect(logLineFiles()).toContain('mta/log/smtpd-lines.ts');
    for (const file of logLineFiles()) {
      const module = (await import(path.join(home, file))) as Record<string, unknown>;
      const members = Object.entries(module)
        .filter(([name]) => name.endsWith('Lines'))
        .flatMap(([table, lines]) => Object.keys(lines as object).map((member) => `${table}.${member}`));
      expect(
        lineFunctions(file).map(({ name }) => name),
        file,
      ).toEqual(members);
    }
  });

  test('no sample is left over', () => {
    const lines = logLineFiles().flatMap((file) => lineFunctions(file).map(({ name }) => name));
    expect(missing(Object.keys(logSamplesOfLine), lines)).toEqual([]);
  });
});

describe('verdict tags', () => {
  test('every tag of a lab leads to a verdict that its code gives', async () => {
    for (const lab of await loadLabs()) {
      const verdicts = verdictsOfTags(labFiles(lab));
      const tags = lab.lab.checks.flatMap((check) => check.tags);
      expect(missing(tags, verdicts.keys()), `${lab.lab.id}: declared, never given`).toEqual([]);
    }
  });

  test('every tag that the grader gives has its text, and every text its tag', async () => {
    const ownTags = await loadOwnTags();
    const given = [...verdictsOfTags(findCode(['grader'])).keys()];
    expect(missing(given, Object.keys(ownTags)), 'write a text for it').toEqual([]);
    expect(missing(Object.keys(ownTags), given), 'nothing gives it').toEqual([]);
  });
});

describe('standards', () => {
  const asText = (numbers: Iterable<number>): string[] => [...numbers].map((number) => `RFC ${number}`);

  test('every RFC that is referred to is in the table', () => {
    expect(
      missing(asText(findReferences().keys()), asText(readStandards().keys())),
      `add a row to ${standardsTable}`,
    ).toEqual([]);
  });

  test('every row of the table is referred to', () => {
    expect(missing(asText(readStandards().keys()), asText(findReferences().keys())), 'nothing refers to it').toEqual(
      [],
    );
  });

  test('what is not wholly kept says what is left out', () => {
    for (const [number, [title, kept, note]] of readStandards()) {
      expect(['yes', 'partial', 'no'], title).toContain(kept);
      if (kept !== 'yes') expect(note, `RFC ${number}`).not.toBe('');
    }
  });
});

describe('commands', () => {
  test('gatehouse registers every command file', async () => {
    const table = readSource('cli/command-table.ts');
    const registers = [...(await registerFunctions()).keys()];
    expect(registers.length).toBeGreaterThan(4);
    expect(
      registers.filter((name) => !new RegExp(`\\)\\.${name}\\b`).test(table)),
      'name its module in cli/command-table.ts',
    ).toEqual([]);
  });

  test("every flag that a host's command looks at stands in its file's opening comment", () => {
    for (const { name, file } of hostCommands()) {
      const comment = (openingComment(readSource(file)) ?? []).join('\n');
      const letters = [...readSource(file).matchAll(/flags\.(?:has|get)\('(.)'\)/g)].map(([, letter = '']) => letter);
      const said = (letter: string): boolean => new RegExp(`-[a-zA-Z]*${letter.replace(/\W/g, '\\$&')}`).test(comment);
      expect(
        letters.filter((letter) => letter !== 'c' && !said(letter)).map((letter) => `${name} -${letter}`),
        `say what it does in ${file}`,
      ).toEqual([]);
    }
  });
});
