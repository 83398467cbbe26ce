/**
 * main - the front as a process of its own: started by `gatehouse up --engine docker`, ended by `gatehouse down`. What it says goes to WORKSPACE/run/front.log.
 *
 *     main.ts WORKSPACE ADDRESS SSH-PORTS      ports with commas between them, in the order in which they are tried
 */
import { systemClock } from '#util/clock.ts';
import { withDeadline } from '#util/deadline.ts';
import { printable } from '#util/terminal-text.ts';
import { openWorkspace } from '../../range/workspace.ts';
import { loadTexts } from '../texts.ts';
import { startFront } from './front.ts';

const stopTimeoutMs = 5000;
const [folder = '', address = '', ports = ''] = process.argv.slice(2);
const log = (line: string): void =>
  void process.stdout.write(`${new Date(systemClock.now()).toISOString()} ${printable(line)}\n`);

// A fault of one visitor, or of one page, is told and ends nothing.
process.on('uncaughtException', (error) => log(`a fault, please report it: ${error.stack ?? error.message}`));
process.on('unhandledRejection', (error) => log(`a fault, please report it: ${String(error)}`));
try {
  const front = await startFront({
    workspace: openWorkspace(folder),
    address,
    sshPorts: ports.split(',').map(Number),
    say: loadTexts(),
    log,
  });
  log(`ssh at ${address} port ${front.status.ssh.port}, pages at ${front.status.page ?? 'no place'}`);
  const { promise: signalled, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  await Promise.race([front.ended, signalled]);
  await withDeadline('the end of the front', front.stop(), { clock: systemClock, timeoutMs: stopTimeoutMs });
  process.exit(0);
} catch (error) {
  log(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
