/**
 * hosts - commands on running hosts: `status`, `exec`, `shell`, `logs`.
 */
import type { Command } from 'commander';
import { systemClock } from '#util/clock.ts';
import { attachRange } from '../../range/attach.ts';
import { readState } from '../../range/workspace.ts';
import { findSeat, scannersOf, type World } from '../../range/world.ts';
import { followLog } from '../follow-log.ts';
import { askFront, sshCommand } from '../front/front-status.ts';
import { readPageUrl } from '../page.ts';
import { runInHost, runShell } from '../run-in-host.ts';
import { statusDocument, statusText } from '../status.ts';
import { loadTexts } from '../texts.ts';
import { readHost, workspaceOption } from '../workspace-option.ts';

interface Options {
  readonly workspace: string;
  readonly json?: boolean;
  readonly follow?: boolean;
}

type Attached = Awaited<ReturnType<typeof attachRange>>;

export function registerHosts(program: Command): void {
  program
    .command('status')
    .description('what runs, and where')
    .addOption(workspaceOption())
    .option('--json', 'for other programs')
    .action(showStatus);
  program
    .command('shell <seat> <host>')
    .description('a shell in a host')
    .addOption(workspaceOption())
    .action(async (seat: string, host: string, { workspace }: Options) => {
      process.exitCode = await runShell(await place(workspace, seat, host), loadTexts());
    });
  program
    .command('logs <seat> <host>')
    .description("a host's mail log")
    .addOption(workspaceOption())
    .option('-f, --follow', 'go on as it grows')
    .action(async (seat: string, host: string, { workspace, follow }: Options) => {
      await followLog(await place(workspace, seat, host), { follow: follow === true, clock: systemClock });
    });
  program
    .command('exec <seat> <host> [command...]')
    .description('run a command in a host as its root')
    .addOption(workspaceOption())
    .passThroughOptions()
    .action(async (seat: string, host: string, given: string[], options: Options) => {
      const { workspace, command } = splitCommand(given, options.workspace);
      process.exitCode = await runInHost(await place(workspace, seat, host), command);
    });
}

/** A running workshop and the host that is meant. @throws Error with the cure for a seat or host that is not there. */
async function place(workspace: string, seat: string, host: string) {
  const name = readHost(host);
  const range = await attachRange(workspace, systemClock);
  return { range, seat: findSeat(range.world, seat), host: name };
}

/** What stands behind HOST: `--workspace DIR` may come late, `--` begins the command. @throws Error when there is no command */
function splitCommand(given: readonly string[], workspace: string): { workspace: string; command: readonly string[] } {
  const late = given[0] === '--workspace' ? 2 : given[0]?.startsWith('--workspace=') ? 1 : 0;
  const folder = late === 2 ? given[1] : late === 1 ? given[0]?.slice('--workspace='.length) : workspace;
  const rest = given.slice(late);
  const command = rest[0] === '--' ? rest.slice(1) : rest;
  if (command.length === 0)
    throw new Error('exec: no command given; cure: gatehouse exec SEAT HOST -- COMMAND ARGUMENTS');
  return { workspace: folder ?? workspace, command };
}

async function showStatus({ workspace, json }: Options): Promise<void> {
  const range = await attachRange(workspace, systemClock);
  const { workspace: own, wire } = range;
  const [states, doors, scanners] = await Promise.all([range.status(), findDoors(range), findScanners(range)]);
  const facts = { folder: own.folder, world: { ...range.world, scanners }, wire, states, ...doors };
  process.stdout.write(
    json ? `${JSON.stringify(statusDocument(facts, range.engine), null, 2)}\n` : statusText(facts, loadTexts()),
  );
}

/** As planned, or as a profile of docker compose brought them. */
async function findScanners({ engine, workspace, world }: Attached): Promise<World['scanners']> {
  if (world.scanners !== undefined || engine === 'embedded') return world.scanners;
  const { haveScanners } = await import('../../range/docker/whose.ts'); // takes long to load
  return (await haveScanners(workspace)) ? scannersOf(world.domain) : undefined;
}

/** Where pages and shells are: the embedded engine tells of its page in a file, on Docker the front answers for both. With docker compose there is no front. */
async function findDoors({ engine, workspace }: Attached) {
  if (engine === 'embedded') return { page: await readPageUrl(workspace) };
  const front = await askFront(workspace);
  const place = front?.ssh ?? (await readState(workspace)).ssh;
  // A workshop that docker compose brought up has none.
  if (place === undefined) return { page: undefined };
  const { address, port } = place;
  const ssh = { address, port, running: front !== undefined, command: sshCommand({ address, port }, 'pc1') };
  return { page: front?.page ?? undefined, ssh };
}
