/**
 * doctor - `gatehouse doctor`: what this machine lacks for a workshop, and the cure. Exit status 1 when something is lacking.
 */
import type { Command } from 'commander';
import { printable } from '#util/terminal-text.ts';
import { examineMachine } from '../../range/doctor.ts';
import { loadWorkshop, openWorkspace } from '../../range/workspace.ts';
import { readSeats } from '../seat-option.ts';
import { workspaceOption } from '../workspace-option.ts';

interface DoctorOptions {
  readonly workspace: string;
  readonly seats?: number;
  readonly json?: boolean;
}

const marks = { fine: 'ok     ', note: 'note   ', lacking: 'LACKING' } as const;

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('what this machine lacks, and the cure')
    .addOption(workspaceOption())
    .option('--seats <n>', 'for so many seats', readSeats)
    .option('--json', 'for other programs')
    .action(examine);
}

async function examine({ workspace: folder, seats, json }: DoctorOptions): Promise<void> {
  const workspace = openWorkspace(folder);
  const planned = seats ?? (await loadWorkshop(workspace).catch(() => undefined))?.seats.length ?? 2;
  const findings = await examineMachine(workspace, planned, process.version);
  if (json) process.stdout.write(`${JSON.stringify({ schema: 'gatehouse-doctor/1', findings }, null, 2)}\n`);
  else
    for (const { kind, what, seen, cure } of findings)
      process.stdout.write(
        `${marks[kind]}  ${what.padEnd(20)} ${printable(seen)}\n${cure === '' ? '' : `${' '.repeat(30)}${printable(cure)}\n`}`,
      );
  process.exitCode = findings.some(({ kind }) => kind === 'lacking') ? 1 : 0;
}
