/**
 * docker-door - the SSH server's door to a workshop on Docker: passwords and keys from the workspace, programs in the hosts' containers.
 *
 * Everything is read at each login, so seats that were added, and new keys, need no restart.
 * Keys of a seat: `WORKSPACE/keys/pc1.pub`, and what the host's own root put into `~/.ssh/authorized_keys` (ssh-copy-id does).
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '#util/clock.ts';
import { attachRange } from '../../range/attach.ts';
import { commandPlace } from '../../range/docker/docker-door.ts';
import { openTerminal } from '../../range/docker/open-terminal.ts';
import { loadWorkshop, worldOf, type Workspace } from '../../range/workspace.ts';
import { findSeat, type World } from '../../range/world.ts';
import { shellGreeting } from '../run-in-container.ts';
import type { Say } from '../texts.ts';
import { readAuthorizedKeys } from './authorized-keys.ts';
import { readPlaceName, type SeatPlace } from './place-name.ts';
import type { ShellDoor, ShellWish } from './shell-door.ts';

const mostKeyBytes = 65_536;
const ownKeyFile = path.posix.join('/root', '.ssh', 'authorized_keys');

export function createDockerDoor(workspace: Workspace, clock: Clock, say: Say): ShellDoor {
  const world = async (): Promise<World> => {
    const workshop = await loadWorkshop(workspace);
    if (!workshop) throw new Error(`${workspace.folder} holds no workshop any more`);
    return worldOf(workshop);
  };
  return {
    findPlace: async (login) => readPlaceName(await world(), login),
    password: async ({ seat }) => findSeat(await world(), seat).password,
    async keys({ seat, host }) {
      const given = await readFile(keyFile(workspace, seat), 'utf8').catch(() => '');
      return readAuthorizedKeys(`${given}\n${await ownKeys(workspace, { seat, host }, clock)}`);
    },
    async greeting({ seat, host }) {
      const here = await world();
      return `${shellGreeting(here, findSeat(here, seat), host, say)}\n`;
    },
    async open({ seat, host }, wish) {
      const { env, ...place } = commandPlace(await world(), seat, host);
      return openTerminal({
        ...place,
        command: programOf(wish),
        env: { ...env, ...wish.env, TERM: wish.terminal?.name ?? 'dumb' },
        terminal: wish.terminal,
      });
    },
  };
}

/** Where an instructor puts a seat's public keys (authorized_keys form). */
export function keyFile({ folder }: Workspace, seat: string): string {
  return path.join(folder, 'keys', `${seat}.pub`);
}

/** A student's file: untrusted, and it opens the student's own host only. */
async function ownKeys(workspace: Workspace, { seat, host }: SeatPlace, clock: Clock): Promise<string> {
  try {
    const range = await attachRange(workspace.folder, clock);
    const place = host === 'dns' ? 'gateway' : host; // a seat's zone files lie in its gateway's container
    const read = await range.readFile(seat, place, ownKeyFile, mostKeyBytes);
    return read.kind === 'file' ? read.text : '';
  } catch {
    return '';
  }
}

/** bash, as `gatehouse shell` has it; a command is the shell's to read (RFC 4254 section 6.5). */
function programOf({ command, terminal }: ShellWish): string[] {
  if (command !== undefined) return ['bash', '-c', command];
  return terminal ? ['bash', '--norc', '-i'] : ['bash'];
}
