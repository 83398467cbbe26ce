/**
 * The house in order: documents, folders and packages are what ARCHITECTURE.md and package.json say.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { findWordProblems, readPages } from '../../docs/check-words.ts';
import { findFiles, home, openingComment, readSource } from '../../docs/generate/sources.ts';

const manifest = JSON.parse(readSource('package.json')) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  engines: { node: string };
};
const packages = { ...manifest.dependencies, ...manifest.devDependencies };
const sources = findFiles('**/*.{ts,mjs,cjs}');

describe('rooms', () => {
  const named = [...readSource('ARCHITECTURE.md').matchAll(/^\| ((?:`[\w.]+\/`(?:, )?)+) \|/gm)].flatMap(
    ([, cell = '']) => [...cell.matchAll(/`([\w.]+)\/`/g)].map(([, room = '']) => room),
  );
  const there = readdirSync(home, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^(\.|node_modules$|workshop$|tmp$|coverage$)/.test(entry.name))
    .map(({ name }) => name);

  test('ARCHITECTURE.md names every top-level folder, once', () => {
    expect(
      there.filter((room) => !named.includes(room)),
      'add a row to the table of rooms',
    ).toEqual([]);
    expect(new Set(named).size).toBe(named.length);
  });

  test('ARCHITECTURE.md names no folder that is not there', () => {
    // The decks and the benchmarks are rooms of their own once their first file is there.
    const notYet = ['slides', 'bench'].filter((room) => !existsSync(path.join(home, room)));
    expect(named.filter((room) => !there.includes(room) && !notYet.includes(room))).toEqual([]);
  });
});

describe('sources', () => {
  test('are found', () => {
    expect(sources.length).toBeGreaterThan(250);
  });

  test('open with a comment that names the file and says what it is', () => {
    const wrong = sources.filter((file) => {
      const [first = ''] = openingComment(readSource(file)) ?? [];
      // A test says what it shows; every other file begins with its name.
      return file.endsWith('.test.ts') ? !/^\S.{10}/.test(first) : !/^\S.* - \S/.test(first);
    });
    expect(wrong, 'begin with /** name - what it is. */').toEqual([]);
  });

  test('begin their comment with the name of the file, its folder, or (main programs) the program', () => {
    const misnamed = sources.filter((file) => {
      const [, name = ''] = /^([\w-]+)(?:\.test)? - /.exec(openingComment(readSource(file))?.[0] ?? '') ?? [];
      const base = path.basename(file).replace(/(\.test)?\.(ts|mjs|cjs)$/, '');
      return ![base, path.basename(path.dirname(file)), ''].includes(name) && base !== 'main';
    });
    expect(misnamed, 'the name before the hyphen is that of the file').toEqual([]);
  });

  test('and documents know no folder of the machine they were written on', () => {
    const texts = [...sources, ...findFiles('**/*.{md,ejs,yaml,json,sh}'), ...findFiles('{bin,.ci}/*'), '.ci/run'];
    const ours = new RegExp(['work', 'Users', 'root', 'mnt'].map((name) => `(?<![\\w.)}])/${name}/`).join('|'));
    expect(texts.filter((file) => ours.test(readSource(file)))).toEqual([]);
  });
});

describe('packages', () => {
  test('are wanted in one exact version, and that one is installed', () => {
    for (const [name, version] of Object.entries(packages)) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
      const file = path.join(home, 'node_modules', name, 'package.json');
      expect((JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version, name).toBe(version);
    }
  });

  test('are each used by something', () => {
    const text = [...sources.map(readSource), ...findFiles('slides/**/*.ejs').map(readSource)].join('\n');
    // The server of the decks and the mailbox host's search bring these into use.
    const awaited = ['@fastify/static', 'fastify', 'iconv-lite', 'markdown-it', 'playwright-core', 'reveal.js'];
    const later = existsSync(path.join(home, 'slides')) ? [] : awaited;
    const used = (name: string): boolean => text.includes(`'${name}`) || later.includes(name) || name === 'node';
    const typesOf = (name: string): string => name.replace(/^@types\//, '');
    const unused = Object.keys(packages).filter(
      (name) =>
        !used(name) && (!name.startsWith('@types/') || !(typesOf(name) in packages)) && typesOf(name) !== 'node',
    );
    expect(unused, 'npm uninstall them, or use them').toEqual([]);
  });

  test('that the code imports are all in package.json', () => {
    const imported = new Set(
      sources.flatMap((file) =>
        [...readSource(file).matchAll(/^(?:import|export)\b[^'"]*?from '([^'.#/][^']*)';$/gm)].map(
          ([, name = '']) => name,
        ),
      ),
    );
    const missing = [...imported]
      .filter((name) => !name.startsWith('node:'))
      .map((name) =>
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      )
      .filter((name) => !(name in packages));
    expect([...new Set(missing)]).toEqual([]);
  });

  test('run on the Node that strips types without a warning', () => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    expect(major * 100 + minor).toBeGreaterThanOrEqual(2412);
    expect(packages['node']?.startsWith(`${major}.`)).toBe(true);
  });
});

describe('documents', () => {
  test('all are looked at: documents, labs, decks, texts', () => {
    const files = readPages();
    for (const file of [
      'README.md',
      'ARCHITECTURE.md',
      'labs/01-first-mail/en/sheet.md.ejs',
      'labs/01-first-mail/en/text.yaml',
      'docs/a-messages-way.md',
      'cli/en.yaml',
    ])
      expect(files).toContain(file);
  });

  test('hold no doubled word, no known misspelling and no dead link', () => {
    const findings = readPages().flatMap((file) =>
      findWordProblems(readSource(file), (target) => existsSync(path.join(home, path.dirname(file), target))).map(
        (finding) => `${file}:${finding}`,
      ),
    );
    expect(findings).toEqual([]);
  });

  test.each([
    ['The mail mail server.', '1: doubled word "mail"'],
    ['See [there](nowhere.md).', '1: dead link nowhere.md'],
    ['It is recieved.', '1: misspelled "recieved": received'],
    ['One line.\nYou have you have it.', '2: doubled words "you have"'],
  ])('%j is found', (text, finding) => {
    expect(findWordProblems(text, () => false)).toEqual([finding]);
  });

  test.each(['`the the` is code.', '```\nthe the\n```', 'See [there](https://example.com/).', 'What he had had.'])(
    '%j is left alone',
    (text) => {
      expect(findWordProblems(text, () => false)).toEqual([]);
    },
  );

  test('name only files that are there', () => {
    const all = findFiles('**/*.{ts,mjs,cjs,md,yaml,cf,json}');
    const isThere = (name: string): boolean => all.some((file) => file === name || file.endsWith(`/${name}`));
    const missing = [
      ...findFiles('docs/*.md'),
      ...findFiles('docs/decisions/*.md'),
      'ARCHITECTURE.md',
      'CONTRIBUTING.md',
      'README.md',
    ].flatMap((page) =>
      [...readSource(page).matchAll(/(?<![\w*<>/.-])[\w][\w./-]*\.(?:ts|mjs|cjs|md|cf)(?![\w.])/g)]
        .map(([name]) => name)
        .filter((name) => !isThere(name) && !/^(main|master|local)\.cf$/.test(name))
        .map((name) => `${page}: ${name}`),
    );
    expect(missing).toEqual([]);
  });

  test('the README names what a beginner needs', () => {
    const text = readSource('README.md');
    for (const word of [
      'npm start',
      'npm test',
      'gatehouse check',
      'Requirements',
      'ARCHITECTURE.md',
      'CONTRIBUTING.md',
    ])
      expect(text).toContain(word);
    expect(text.split('\n').length).toBeLessThan(130);
  });
});
