#!/usr/bin/env node
/**
 * gatehouse - the command: see to it that everything is installed, then run cli/main.ts on Node 24.
 */
import path from 'node:path';
import { ensureReady, home, runProgram } from './ready.mjs';

await runProgram(await ensureReady(), [path.join(home, 'cli', 'main.ts'), ...process.argv.slice(2)]);
