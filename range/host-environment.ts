/**
 * host-environment - what a command sees that runs in a host: the mail commands first on PATH, the host's configuration, nothing of ours.
 *
 * No part of it comes from the host's files, so nothing that a student writes there (a `postconf` of their own, a BASH_ENV) stands before the real commands.
 */
import path from 'node:path';
import type { Range } from './range.ts';
import type { Workspace } from './workspace.ts';
import { findSeat, type HostName } from './world.ts';

const home = path.dirname(import.meta.dirname);

/** Environment of a command in that host's root. */
export function hostEnvironment(
  range: Pick<Range, 'world' | 'wire'>,
  workspace: Workspace,
  seatId: string,
  host: HostName,
): Record<string, string> {
  const seat = findSeat(range.world, seatId);
  const root = workspace.hostRoot(seatId, host);
  const local = host === 'dns' ? range.world.dns : seat[host];
  const dns = range.wire.toSocket(range.world.dns.address, 53);
  const folders = ['mta/tools/bin', `containers/${host}/tools/bin`, 'containers/base/tools/bin'];
  const tools = folders.map((folder) => path.join(home, folder));
  return {
    PATH: [...tools, '/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(
      path.delimiter,
    ),
    MAIL_CONFIG: path.join(root, 'etc', 'postfix'),
    HOME: path.join(root, 'root'),
    TERM: 'xterm',
    SHLVL: '1', // bash takes a first shell whose input is a socket for one of rshd, and would read root/.bashrc
    LANG: 'C.UTF-8',
    GATEHOUSE_ROOT: root,
    GATEHOUSE_WIRE: range.wire.kind === 'direct' ? 'direct' : `loopback:${range.wire.portOffset}`,
    GATEHOUSE_DNS: `${dns.host}:${dns.port}`,
    NODE_COMPILE_CACHE: path.join(home, 'node_modules', '.cache', 'gatehouse'),
    GATEHOUSE_NODE: globalThis.process.execPath,
    GATEHOUSE_HOSTNAME: local.name,
    GATEHOUSE_ADDRESS: local.address,
    GATEHOUSE_PREFIX: String(range.world.prefixLength),
    PS1: `root@${local.name}:\${PWD#$GATEHOUSE_ROOT}# `,
  };
}
