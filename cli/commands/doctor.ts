/**
 * doctor - `gatehouse doctor`: what this machine lacks for a workshop, and the cure. Exit status 1 when something is lacking.
 */
import type { Command } from 'commander';
import { printable } from '#util/terminal-text.ts';
import { examineForContainers, examineMachine, type Examination } from '../../range/doctor.ts';
import { loadWorkshop, openWorkspace, readState, type Workspace } from '../../range/workspace.ts';
import { engineOption, type Engine } from '../engine-option.ts';
import { labImages } from '../lab-images.ts';
import { readSeats } from '../seat-option.ts';
import { workspaceOption } from '../workspace-option.ts';

interface DoctorOptions {
  readonly workspace: string;
  readonly seats?: number;
  readonly json?: boolean;
  readonly engine?: Engine;
}

const marks = { fine: 'ok     ', note: 'note   ', lacking: 'LACKING' } as const;

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('what this machine lacks, and the cure')
    .addOption(workspaceOption())
    .option('--seats <n>', 'for so many seats', readSeats)
    .addOption(engineOption().default(undefined))
    .option('--json', 'for other programs')
    .action(examine);
}

async function examine({ workspace: folder, seats, json, engine }: DoctorOptions): Promise<void> {
  const workspace = openWorkspace(folder);
  const planned = seats ?? (await loadWorkshop(workspace).catch(() => undefined))?.seats.length ?? 2;
  const wanted = engine ?? (await readState(workspace).catch(() => undefined))?.engine ?? 'embedded';
  const findings =
    wanted === 'docker'
      ? await examineForDocker(workspace, planned)
      : await examineMachine(workspace, planned, process.version);
  if (json) process.stdout.write(`${JSON.stringify({ schema: 'gatehouse-doctor/1', findings }, null, 2)}\n`);
  else
    for (const { kind, what, seen, cure } of findings)
      process.stdout.write(
        `${marks[kind]}  ${what.padEnd(20)} ${printable(seen)}\n${cure === '' ? '' : `${' '.repeat(30)}${printable(cure)}\n`}`,
      );
  process.exitCode = findings.some(({ kind }) => kind === 'lacking') ? 1 : 0;
}

/** Of the machine what containers need as well, then the engine. */
async function examineForDocker(workspace: Workspace, seats: number): Promise<Examination[]> {
  const { examineDocker } = await import('../../range/docker/doctor.ts'); // takes long to load
  return [
    ...(await examineForContainers(workspace, seats, process.version)),
    ...(await examineDocker({ workspace, seats, images: await labImages() })),
  ];
}
