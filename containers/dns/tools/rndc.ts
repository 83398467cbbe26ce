/**
 * rndc - rndc(8)'s `reload`, `reload ZONE` and `status`, run in a seat's DNS root.
 *
 * The server reads a changed zone by itself within a second; `reload` says whether it will: it checks each zone file of etc/bind as the server does.
 * Exits 0 when all zones load, 1 when one does not.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { printable } from '#util/terminal-text.ts';
import { loadZone } from '../zone/load-zone.ts';
import { zoneOfFile } from '../zone/zone-file-name.ts';

const folder = path.join('etc', 'bind');
const [command, only] = process.argv.slice(2);
if (command !== 'reload' && command !== 'status') {
  process.stderr.write('usage: rndc reload [zone] | status\n');
  process.exitCode = 2;
} else {
  const files = (await readdir(folder).catch(() => [])).filter((name) => zoneOfFile(name) !== undefined).sort();
  for (const file of files) {
    const origin = zoneOfFile(file) ?? '';
    if (only !== undefined && only.replace(/\.$/, '') !== origin) continue;
    const loaded = await loadZone(origin, path.join(folder, file), path.join(folder, file));
    const lines = command === 'status' && loaded.kind === 'loaded' ? loaded.lines.slice(-1) : loaded.lines;
    for (const line of lines) process.stdout.write(`${printable(line)}\n`);
    if (loaded.kind === 'refused') process.exitCode = 1;
  }
  if (!process.exitCode)
    process.stdout.write(command === 'reload' ? 'server reload successful\n' : 'server is up and running\n');
  else process.stderr.write("rndc: 'reload' failed: the last good zone stays in service\n");
}
