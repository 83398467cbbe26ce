/**
 * rndc - rndc(8)'s `reload`, `reload ZONE` and `status`, run in a seat's DNS root.
 *
 * Each zone file of etc/bind is checked as the server does it; then the server is asked for the zone's SOA, before whose answer it looks at the file anew.
 * GATEHOUSE_DNS says where the server is. Exits 0 when all zones load and the server answers, 1 otherwise.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { createResolver } from '#util/resolver.ts';
import { createHostRoot } from '#util/host-root.ts';
import { printable } from '#util/terminal-text.ts';
import { loadZone } from '../zone/load-zone.ts';
import { zoneOfFile } from '../zone/zone-file-name.ts';

const folder = path.join('etc', 'bind');
const noServer = new Set(['ECONNREFUSED', 'ETIMEOUT', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Prints what the files say. True when all of them load. */
async function checkFiles(files: readonly string[], isBrief: boolean): Promise<boolean> {
  let isGood = true;
  for (const file of files) {
    const loaded = await loadZone(zoneOfFile(file) ?? '', {
      root: createHostRoot('/'),
      file: path.resolve(folder, file),
      shownAs: path.join(folder, file),
    });
    const lines = isBrief && loaded.kind === 'loaded' ? loaded.lines.slice(-1) : loaded.lines;
    for (const line of lines) process.stdout.write(`${printable(line)}\n`);
    isGood &&= loaded.kind === 'loaded';
  }
  return isGood;
}

/** Has the server look at the zones. @returns why it cannot, '' when it did */
async function askServer(server: string, zones: readonly string[]): Promise<string> {
  const resolver = createResolver({ servers: [server] });
  for (const zone of zones) {
    const answer = await resolver.soa(zone);
    if (answer.kind === 'tempfail' && noServer.has(answer.reason)) return answer.reason;
  }
  return '';
}

const [command, only] = process.argv.slice(2);
if (command !== 'reload' && command !== 'status') {
  process.stderr.write('usage: rndc reload [zone] | status\n');
  process.exitCode = 2;
} else {
  const server = process.env['GATEHOUSE_DNS'] ?? '127.0.0.1:53';
  const files = (await readdir(folder).catch(() => [])).filter((name) => zoneOfFile(name) !== undefined).sort();
  const wanted = files.filter((name) => only === undefined || zoneOfFile(name) === only.replace(/\.$/, ''));
  const isGood = await checkFiles(wanted, command === 'status');
  const problem = await askServer(
    server,
    wanted.map((name) => zoneOfFile(name) ?? ''),
  );
  process.exitCode = isGood && problem === '' ? 0 : 1;
  if (problem !== '') process.stderr.write(`rndc: connect failed: ${server.replace(':', '#')}: ${problem}\n`);
  else if (isGood)
    process.stdout.write(command === 'reload' ? 'server reload successful\n' : 'server is up and running\n');
  else process.stderr.write("rndc: 'reload' failed: the last good zone stays in service\n");
}
