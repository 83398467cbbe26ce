/**
 * The habits of the code are rules that bite: the linter refuses one example of each, the compiler is as strict as the code assumes.
 */
import path from 'node:path';
import { ESLint } from 'eslint';
import ts from 'typescript';
import { beforeAll, describe, expect, test } from 'vitest';
import { home } from '../../docs/generate/sources.ts';

const lines = (count: number): string => Array.from({ length: count }, (_, index) => `  use(${index});`).join('\n');

/** Rule, what is refused, and the file it would stand in. */
const offences: readonly [rule: string, what: string, text: string, file?: string][] = [
  ['no-restricted-globals', 'process', 'export const home = process.env;\n'],
  ['no-restricted-globals', 'console', "console.log('hello');\n"],
  ['no-restricted-globals', 'setTimeout', 'setTimeout(() => undefined, 10);\n'],
  ['no-restricted-globals', 'setInterval', 'setInterval(() => undefined, 10);\n'],
  ['no-restricted-syntax', 'the time of day', 'export const now = new Date();\n'],
  ['no-restricted-syntax', 'the time of day', 'export const now = Date.now();\n'],
  ['no-restricted-syntax', 'a default export', 'export default 1;\n'],
  ['@typescript-eslint/no-explicit-any', 'any', 'export const anything: any = 1;\n'],
  [
    '@typescript-eslint/consistent-type-imports',
    'a type import that runs',
    "import { Clock } from './clock.ts';\nexport type C = Clock;\n",
  ],
  ['@typescript-eslint/no-unused-vars', 'a name that nobody uses', 'const unused = 1;\n'],
  [
    'max-lines-per-function',
    'a long function',
    `export function long(use: (n: number) => void): void {\n${lines(70)}\n}\n`,
  ],
  ['max-lines', 'a long file', `const use = (n: number): number => n;\n${lines(310)}\n`],
  ['max-lines', 'a long test', `const use = (n: number): number => n;\n${lines(510)}\n`, 'util/example.test.ts'],
];

let eslint: ESLint;
beforeAll(() => {
  eslint = new ESLint({ cwd: home });
});

async function brokenRules(text: string, file: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(text, { filePath: path.join(home, file) });
  return (result?.messages ?? []).map((message) => message.ruleId);
}

describe('the linter refuses', () => {
  test.each(offences)('%s: %s', async (rule, _what, text, file = 'util/example.ts') => {
    expect(await brokenRules(text, file)).toContain(rule);
  });

  test('nothing in code as it is written here', async () => {
    const good =
      "import type { Clock } from './clock.ts';\n\nexport const seconds = (clock: Clock): number => clock.now() / 1000;\n";
    expect(await brokenRules(good, 'util/example.ts')).toEqual([]);
  });

  test('a process in a room, but not in a main program', async () => {
    const text = 'export const home = process.env;\n';
    expect(await brokenRules(text, 'mta/accept/example.ts')).toContain('no-restricted-globals');
    expect(await brokenRules(text, 'containers/dns/main.ts')).toEqual([]);
  });
});

describe('the compiler', () => {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(path.join(home, 'tsconfig.json'), ts.sys.readFile).config,
    ts.sys,
    home,
  );

  test.each([
    ['strict', 'export function f(x) { return x; }'],
    ['noUncheckedIndexedAccess', 'export const first: string = ([] as string[])[0];'],
    ['exactOptionalPropertyTypes', 'export const x: { a?: string } = { a: undefined };'],
    ['noImplicitOverride', 'class A { f(): void {} }\nexport class B extends A { f(): void {} }'],
    ['noFallthroughCasesInSwitch', 'export function f(x: number): void { switch (x) { case 1: f(2); case 2: f(3); } }'],
    ['erasableSyntaxOnly', 'export enum Colour { Red }'],
    [
      'erasableSyntaxOnly',
      'export class A { constructor(private readonly x: number) {} get y(): number { return this.x; } }',
    ],
    ['verbatimModuleSyntax', "import { B } from './b.ts';\nexport type C = B;"],
  ])('with %s on refuses %s', (option, text) => {
    expect(options[option]).toBe(true);
    // Nothing but the file itself and what it imports is looked at; the library would take seconds.
    const files = new Map([
      ['/a.ts', text],
      ['/b.ts', 'export interface B { readonly b: number }'],
      [
        '/lib.d.ts',
        'interface Array<T> { [index: number]: T; length: number }\ninterface Boolean {}\ninterface Function {}\ninterface CallableFunction extends Function {}\ninterface NewableFunction extends Function {}\ninterface IArguments {}\ninterface Number {}\ninterface Object {}\ninterface RegExp {}\ninterface String {}\n',
      ],
    ]);
    const host: ts.CompilerHost = {
      ...ts.createCompilerHost(options),
      fileExists: (file) => files.has(file),
      readFile: (file) => files.get(file),
      getSourceFile: (file, target) => {
        const found = files.get(file);
        return found === undefined ? undefined : ts.createSourceFile(file, found, target);
      },
      getDefaultLibFileName: () => '/lib.d.ts',
    };
    const given: ts.CompilerOptions = {
      ...options,
      types: [],
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
    };
    delete given.lib;
    // exactOptionalPropertyTypes alone is an error of its own.
    const lax = { ...given, ...(option === 'strict' ? { exactOptionalPropertyTypes: false } : {}), [option]: false };
    const errors = (settings: ts.CompilerOptions): number =>
      ts.getPreEmitDiagnostics(ts.createProgram(['/a.ts'], settings, host)).length;
    expect(errors(given)).toBeGreaterThan(0);
    expect(errors(lax)).toBe(0);
  });
});
