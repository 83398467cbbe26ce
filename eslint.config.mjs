/**
 * eslint.config - the budgets and habits of the code, as rules that fail.
 */
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const clockRule = {
  'no-restricted-globals': [
    'error',
    { name: 'setTimeout', message: 'ask the Clock (util/clock.ts)' },
    { name: 'setInterval', message: 'ask the Clock (util/clock.ts)' },
    { name: 'console', message: 'programs log through their log; commands write to their output' },
    { name: 'process', message: 'only main programs know the process' },
  ],
  'no-restricted-syntax': [
    'error',
    { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'ask the Clock (util/clock.ts)' },
    { selector: "MemberExpression[object.name='Date'][property.name='now']", message: 'ask the Clock (util/clock.ts)' },
    { selector: 'ExportDefaultDeclaration', message: 'named exports only' },
  ],
};

export default tseslint.config(
  { ignores: ['node_modules/', 'workshop/', 'tmp/', '**/fixtures/', '**/testdata/'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      // Errors here carry a sentence and a cure for a person; what was caught is named in it.
      'preserve-caught-error': 'off',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      ...clockRule,
    },
  },
  {
    files: [
      '**/main.ts',
      'mta/tools/**',
      'containers/*/tools/**',
      'cli/**',
      'bench/**',
      'util/clock.ts',
      'docs/**/*.ts',
      'vitest.config.ts',
    ],
    rules: { 'no-restricted-globals': 'off', 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/*.test.ts', 'test/**'],
    rules: {
      'max-lines': ['error', { max: 500, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': 'off',
      'no-restricted-globals': 'off',
      'no-restricted-syntax': 'off',
    },
  },
  { files: ['labs/*/lab.ts', 'vitest.config.ts', '*.mjs'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: Object.fromEntries(
        ['process', 'console', 'setTimeout', 'setInterval', 'clearInterval'].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: Object.fromEntries(
        ['process', 'require', 'module', '__dirname', '__filename'].map((name) => [name, 'readonly']),
      ),
    },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    files: ['containers/classroom/assets/*.js', 'slides/**/*.js'],
    languageOptions: {
      globals: {
        document: 'readonly',
        navigator: 'readonly',
        BroadcastChannel: 'readonly',
        getComputedStyle: 'readonly',
      },
    },
  },
);
