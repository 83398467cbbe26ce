/**
 * compose - `gatehouse compose`: the workshop as a docker-compose.yml, on standard output.
 */
import type { Command } from 'commander';
import { composeText, type ComposeOptions } from '../compose-text.ts';
import { addKindOptions } from '../genuine-option.ts';
import { readSeats } from '../seat-option.ts';
import { workspaceOption } from '../workspace-option.ts';

export function registerCompose(program: Command): void {
  addKindOptions(
    program
      .command('compose')
      .description('print the workshop as a docker-compose.yml')
      .addOption(workspaceOption())
      .option('--seats <n>', 'number of seats, 1 to 250', readSeats),
  ).action(async (options: ComposeOptions) => {
    process.stdout.write(await composeText(options));
  });
}
