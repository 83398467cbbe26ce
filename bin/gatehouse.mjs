#!/usr/bin/env node
/**
 * gatehouse - the command: see to it that everything is installed, then run cli/main.ts on Node 24.
 */
import path from 'node:path';
import { ensureReady, home, run } from './ready.mjs';

run(await ensureReady(), [
  '--disable-warning=ExperimentalWarning',
  path.join(home, 'cli', 'main.ts'),
  ...process.argv.slice(2),
]);
