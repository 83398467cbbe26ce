/**
 * standalone - a mail system's dependencies when it is a process of its own: the machine's clock, its addresses, its resolv.conf.
 *
 * GATEHOUSE_WIRE chooses the wire, GATEHOUSE_DNS a name server; without them the addresses are the machine's own and the name servers those of the root's /etc/resolv.conf.
 */
import { readFile } from 'node:fs/promises';
import { systemClock } from '#util/clock.ts';
import { createResolver } from '#util/resolver.ts';
import { parseWire } from '#util/wire.ts';
import { createAccounts } from '../accounts.ts';
import { loadPostfixConfig } from '../config/postfix-config.ts';
import { createMailLogFile } from '../log/mail-log-file.ts';
import type { MtaDeps } from '../mta-deps.ts';
import { interfaces, mailLogOf, type Surroundings } from './tool.ts';

/** Everything that startMta needs. @throws FatalConfigError when main.cf cannot be read. */
export async function createStandaloneDeps(surroundings: Surroundings): Promise<MtaDeps> {
  const { root, directory, hostname } = surroundings;
  const own = interfaces();
  const config = await loadPostfixConfig(directory, { root, hostname, interfaces: own });
  return {
    root,
    clock: systemClock,
    wire: parseWire(process.env['GATEHOUSE_WIRE']),
    resolver: createResolver({ servers: await nameServers(root.resolve('/etc/resolv.conf')) }),
    log: createMailLogFile(mailLogOf(surroundings, config), config.text('myhostname'), systemClock),
    hostname,
    interfaces: own,
    pid: process.pid,
    programs: new Map(),
    ...createAccounts(root),
  };
}

async function nameServers(file: string): Promise<string[]> {
  const given = process.env['GATEHOUSE_DNS'];
  if (given) return [given];
  const text = await readFile(file, 'utf8').catch(() => '');
  const servers = [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map((match) => match[1] ?? '');
  return servers.length > 0 ? servers : ['127.0.0.1'];
}
