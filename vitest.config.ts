/**
 * vitest.config - how `npm test` finds and runs the tests.
 *
 * Tests lie beside their source as `*.test.ts`; whole-range tests lie in `test/`.
 * They open sockets and start processes, so they get a generous deadline each; what they
 * wait for has its own, shorter, named deadline.
 */
import { availableParallelism } from 'node:os';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { defineConfig } from 'vitest/config';

/** What takes longest mostly waits: begun first, it runs beside all others. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean =>
      /\/(exam|kill)\.test\.ts$|\/test\/docker\//.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    include: ['{util,mail,mta,containers,range,grader,labs,slides,cli,bench,docs,test}/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Its reaper is an image of a registry; tests end what they begin.
    env: { TESTCONTAINERS_RYUK_DISABLED: 'true' },
    // One file at a time has the Docker engine; the next one waits for its turn, and should keep no other from running.
    ...(process.env['GATEHOUSE_DOCKER'] === 'required' ? { maxWorkers: availableParallelism() + 1 } : {}),
    sequence: { sequencer: LongestFirst },
    reporters: ['default'],
  },
});
