/**
 * reset - `gatehouse reset` puts a host or a seat back, `gatehouse snapshots` names what was kept. A reset destroys nothing: it takes a snapshot first.
 */
import { Option, type Command } from 'commander';
import { systemClock } from '#util/clock.ts';
import { attachRange } from '../../range/attach.ts';
import { findSeat, type HostName } from '../../range/world.ts';
import { loadTexts } from '../texts.ts';
import { readHost, workspaceOption } from '../workspace-option.ts';

interface ResetOptions {
  readonly workspace: string;
  readonly to: 'start' | 'snapshot';
}

const hosts: readonly HostName[] = ['gateway', 'mailbox', 'dns'];

export function registerReset(program: Command): void {
  program
    .command('reset <seat> [host] [snapshot]')
    .description('put a host, or a whole seat, back; a snapshot is taken first')
    .addOption(workspaceOption())
    .addOption(new Option('--to <state>', 'start or snapshot').choices(['start', 'snapshot']).default('start'))
    .action(reset);
  program
    .command('snapshots <seat> [host]')
    .description('the snapshots of a seat, oldest first')
    .addOption(workspaceOption())
    .action(listSnapshots);
}

async function reset(
  seat: string,
  host: string | undefined,
  snapshot: string | undefined,
  { workspace, to }: ResetOptions,
): Promise<void> {
  const say = loadTexts();
  const names = host === undefined ? hosts : [readHost(host)];
  if (snapshot !== undefined && to === 'start')
    throw new Error(say('reset.which', { seat, host: host ?? '', snapshot }));
  const range = await attachRange(workspace, systemClock);
  findSeat(range.world, seat);
  for (const name of names) {
    const kept = await range.reset(
      seat,
      name,
      to === 'start' ? { kind: 'start' } : { kind: 'snapshot', ...(snapshot === undefined ? {} : { name: snapshot }) },
    );
    process.stdout.write(`${say('reset.done', { seat, host: name, to, kept })}\n`);
  }
}

async function listSnapshots(seat: string, host: string | undefined, { workspace }: ResetOptions): Promise<void> {
  const say = loadTexts();
  const names = host === undefined ? hosts : [readHost(host)];
  const range = await attachRange(workspace, systemClock);
  findSeat(range.world, seat);
  const lines: string[] = [];
  for (const name of names)
    for (const snapshot of await range.snapshots(seat, name)) lines.push(`${name.padEnd(8)} ${snapshot}`);
  process.stdout.write(`${lines.length === 0 ? say('reset.none', { seat }) : lines.join('\n')}\n`);
}
