/**
 * bench - `npm run bench [-- NAME...] [--runs N]`: measures and prints a table; RESULTS.md keeps what was measured where.
 *
 * Names: up check grade mail-path, all of them without a name; and docker. Figures are never asserted.
 */
import os from 'node:os';
import { parseArgs } from 'node:util';
import { benchCheck } from './check.ts';
import { benchDocker } from './docker.ts';
import { tableOf, type Figure } from './figure.ts';
import { benchGrade } from './grade.ts';
import { benchMailPath } from './mail-path.ts';
import { benchUp } from './up.ts';

const benches: Readonly<Record<string, (runs: number) => Promise<Figure[]>>> = {
  up: benchUp,
  check: benchCheck,
  grade: benchGrade,
  'mail-path': benchMailPath,
};
/** Only by name: it needs an engine and the images. */
const named: typeof benches = { ...benches, docker: benchDocker };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '5' } },
});
const unknown = positionals.filter((name) => !(name in named));
if (unknown.length > 0 || !/^[1-9]\d*$/.test(values.runs)) {
  process.stderr.write(`bench: usage: npm run bench -- [${Object.keys(named).join('] [')}] [--runs N]\n`);
  process.exit(2);
}
const [cpu] = os.cpus();
process.stdout.write(
  `${os.cpus().length} x ${cpu?.model ?? 'unknown processor'}, ${Math.round(os.totalmem() / 2 ** 30)} GiB, ${os.type()} ${os.release()}, Node ${process.version}\n\n`,
);
const figures: Figure[] = [];
for (const name of positionals.length > 0 ? positionals : Object.keys(benches)) {
  process.stderr.write(`bench: ${name} ...\n`);
  figures.push(...((await named[name]?.(Number(values.runs))) ?? []));
}
process.stdout.write(`${tableOf(figures)}\n`);
