/**
 * up - `gatehouse up`, `start` and `down`: brings a workshop up, in the foreground or beside, and ends it.
 */
import { isIP } from 'node:net';
import { InvalidArgumentError, type Command } from 'commander';
import { openWorkspace } from '../../range/workspace.ts';
import { endDetached, startDetached } from '../detached.ts';
import { downOnDocker, upOnDocker } from '../docker-workshop.ts';
import { engineOption, type Engine } from '../engine-option.ts';
import { addKindOptions, type KindWishes } from '../genuine-option.ts';
import { readPort } from '../port-option.ts';
import { readSeats } from '../seat-option.ts';
import { loadTexts } from '../texts.ts';
import { workspaceOption } from '../workspace-option.ts';

interface UpOptions extends KindWishes {
  readonly workspace: string;
  readonly seats?: number;
  readonly roster?: string;
  readonly detach?: boolean;
  readonly engine?: Engine;
  readonly listen?: string;
  readonly sshPort?: number;
}

/** All hosts in this process: the code of all of them, which no other way to begin or end a workshop needs. */
const embedded = () => import('../embedded-workshop.ts');

export function registerUp(program: Command): void {
  const say = loadTexts();
  const common = (command: Command): Command =>
    command
      .addOption(workspaceOption())
      .option('--seats <n>', 'number of seats, 1 to 250', readSeats)
      .option('--roster <file>', 'CSV file with the persons, one a seat');
  common(
    program
      .command('start')
      .description('bring a workshop up and stay in the foreground (two seats unless told otherwise)'),
  ).action(async (options: UpOptions) => (await embedded()).runForeground(options, say, true));
  addKindOptions(common(program.command('up').description('bring a workshop up')))
    .option('--scanners', 'a clamd and a spamd for all gateways (Docker engine)')
    .option('--no-scanners', 'without them again')
    .option('--detach', 'return when it is ready; it goes on in the background')
    .addOption(engineOption())
    .option('--listen <address>', 'docker: where SSH and pages can be reached', readAddress)
    .option('--ssh-port <n>', 'docker: the port for SSH', readPort)
    .action(async (options: UpOptions) => {
      if (options.engine === 'docker') return upOnDocker(options, say);
      if (options.listen !== undefined || options.sshPort !== undefined) throw new Error(say('up.dockerOnly'));
      return options.detach ? startDetached(options, say) : (await embedded()).runForeground(options, say, false);
    });
  program
    .command('down')
    .description('end the workshop; files, mail and grades stay')
    .addOption(workspaceOption())
    .action(async (options: UpOptions) => {
      if (!(await downOnDocker(openWorkspace(options.workspace), say))) await endDetached(options, say);
    });
}

function readAddress(text: string): string {
  if (isIP(text) === 0) throw new InvalidArgumentError('an IP address of this machine, or 0.0.0.0 for all of them');
  return text;
}
