/**
 * vitest.config - how `npm test` finds and runs the tests.
 *
 * Tests lie beside their source as `*.test.ts`; whole-range tests lie in `test/`.
 * They open sockets and start processes, so they get a generous deadline each; what they
 * wait for has its own, shorter, named deadline.
 */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{util,mail,mta,containers,range,grader,labs,slides,cli,bench,docs,test}/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    reporters: ['default'],
  },
});
