/**
 * dig - the machine's own dig(1), asking the lab's name server as the resolver of a real host would, unless `@SERVER` is given.
 *
 * The lab's name server may listen at another port than 53: GATEHOUSE_DNS says host and port. All options are dig's.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, realpathSync } from 'node:fs';
import path from 'node:path';

/** The first dig on PATH that is not this command, nor a link to it (an image has one): it would start itself for ever. */
function findDig(): string | undefined {
  const own = path.join(import.meta.dirname, 'bin');
  return (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, 'dig'))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return path.dirname(realpathSync(file)) !== own;
      } catch {
        return false;
      }
    });
}

const program = findDig();
if (program === undefined) {
  process.stderr.write(
    'dig: not installed on this computer; cure: install it (on Debian the package is bind9-dnsutils)\n',
  );
  process.exit(127);
}
const given = process.argv.slice(2);
const [, host, port] = /^(.*):(\d+)$/.exec(process.env['GATEHOUSE_DNS'] ?? '') ?? [];
const server =
  host === undefined || port === undefined || given.some((word) => word.startsWith('@'))
    ? []
    : [`@${host}`, '-p', port];
process.exitCode = spawnSync(program, [...server, ...given], { stdio: 'inherit' }).status ?? 1;
