/**
 * named-checkzone - named-checkzone(1): is this zone file fit to be served?
 *
 * `named-checkzone [-q] ZONE FILE`. Prints what the server would log, with a cure under each fault; exits 0 when the zone loads, 1 when not, 2 for wrong usage.
 */
import path from 'node:path';
import { createHostRoot } from '#util/host-root.ts';
import { printable } from '#util/terminal-text.ts';
import { loadZone } from '../zone/load-zone.ts';

const [quiet, args] = process.argv[2] === '-q' ? [true, process.argv.slice(3)] : [false, process.argv.slice(2)];
const [origin, file, ...more] = args;
if (!origin || !file || more.length > 0) {
  process.stderr.write('usage: named-checkzone [-q] zonename filename\n');
  process.exitCode = 2;
} else {
  const loaded = await loadZone(origin, { root: createHostRoot('/'), file: path.resolve(file), shownAs: file });
  if (!quiet) for (const line of loaded.lines) process.stdout.write(`${printable(line)}\n`);
  if (loaded.kind === 'loaded' && !quiet) process.stdout.write('OK\n');
  process.exitCode = loaded.kind === 'loaded' ? 0 : 1;
}
