/**
 * hosts - commands on running hosts: `status`, `exec`, `shell`, `logs`, `reset`.
 */
import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '#util/clock.ts';
import { pause } from '#util/deadline.ts';
import { printable } from '#util/terminal-text.ts';
import { attachRange } from '../../range/attach.ts';
import { hostEnvironment } from '../../range/host-environment.ts';
import { findSeat } from '../../range/world.ts';
import { readPageUrl } from '../page.ts';
import { loadTexts } from '../texts.ts';
import { readHost, workspaceOption } from '../workspace-option.ts';

interface Options {
  readonly workspace: string;
  readonly json?: boolean;
  readonly follow?: boolean;
  readonly to?: string;
}

export function registerHosts(program: Command): void {
  program
    .command('status')
    .description('what runs, and where')
    .addOption(workspaceOption())
    .option('--json', 'for other tools')
    .action(showStatus);
  program
    .command('exec <seat> <host> [command...]')
    .description('run a command in a host as its root')
    .addOption(workspaceOption())
    .passThroughOptions()
    .action((seat: string, host: string, given: string[], options: Options) => {
      const command = given[0] === '--' ? given.slice(1) : given;
      return runIn(seat, host, command.length > 0 ? command : ['true'], options);
    });
  program
    .command('shell <seat> <host>')
    .description('a shell in a host')
    .addOption(workspaceOption())
    .action((seat: string, host: string, options: Options) =>
      runIn(seat, host, [process.env['SHELL']?.endsWith('bash') ? 'bash' : 'sh', '-i'], options),
    );
  program
    .command('logs <seat> <host>')
    .description("a host's mail log")
    .addOption(workspaceOption())
    .option('-f, --follow', 'go on as it grows')
    .action(showLogs);
  program
    .command('reset <seat> [host] [snapshot]')
    .description('put a host, or a whole seat, back; a snapshot is taken first')
    .addOption(workspaceOption())
    .option('--to <state>', 'start or snapshot', 'start')
    .action(reset);
}

async function showStatus({ workspace, json }: Options): Promise<void> {
  const range = await attachRange(workspace, systemClock);
  const states = await range.status();
  const page = await readPageUrl(range.workspace);
  if (json) {
    const seats = range.world.seats.map((seat) => ({
      id: seat.id,
      person: seat.person,
      kind: seat.kind,
      domain: seat.domain,
      user: seat.user,
      password: seat.password,
      hosts: Object.fromEntries(
        states
          .filter((state) => state.seat === seat.id)
          .map((state) => [
            state.host,
            {
              name: state.host === 'dns' ? range.world.dns.name : seat[state.host].name,
              address: state.address,
              root: state.rootFolder,
              services: state.services,
              listeners: state.listeners,
            },
          ]),
      ),
    }));
    process.stdout.write(
      `${JSON.stringify({ schema: 'gatehouse-status/1', workspace: range.workspace.folder, engine: range.engine, domain: range.world.domain, portOffset: range.wire.portOffset, page: page ?? null, seats }, null, 2)}\n`,
    );
    return;
  }
  for (const state of states.filter((each) => each.host !== 'dns')) {
    const smtp = range.wire.toSocket(state.address, 25);
    const services = state.services
      .map((service) => `${service.name} ${service.state}${service.reason === '' ? '' : ` (${service.reason})`}`)
      .join(', ');
    process.stdout.write(
      printable(
        `${state.seat.padEnd(6)} ${state.host.padEnd(8)} ${state.address.padEnd(15)} ${`${smtp.host}:${smtp.port}`.padEnd(20)} ${services}`,
      ) + '\n',
    );
  }
  if (page !== undefined) process.stdout.write(`${printable(loadTexts()('start.page', { url: page }))}\n`);
}

/** Runs with this terminal; ends with the command's exit code. */
async function runIn(seat: string, host: string, command: readonly string[], { workspace }: Options): Promise<void> {
  const range = await attachRange(workspace, systemClock);
  findSeat(range.world, seat);
  const name = readHost(host);
  const [program = 'true', ...args] = command;
  const env = { ...hostEnvironment(range, range.workspace, seat, name), TERM: process.env['TERM'] ?? 'dumb' };
  const child = spawn(program, args, { cwd: range.workspace.hostRoot(seat, name), env, stdio: 'inherit' });
  child.on('error', (error: NodeJS.ErrnoException) => {
    process.stderr.write(`${printable(program)}: ${error.code === 'ENOENT' ? 'command not found' : error.message}\n`);
    process.exitCode = 127;
  });
  const { promise, resolve } = Promise.withResolvers<number>();
  child.on('close', (code, signal) => resolve(code ?? (signal === null ? 1 : 143)));
  process.on('SIGINT', () => undefined); // Ctrl-C is for the command
  process.exitCode = (await promise) || process.exitCode || 0;
}

async function showLogs(seat: string, host: string, { workspace, follow }: Options): Promise<void> {
  const range = await attachRange(workspace, systemClock);
  findSeat(range.world, seat);
  const name = readHost(host);
  const file = path.join(
    range.workspace.hostRoot(seat, name),
    name === 'dns' ? 'var/log/named.log' : 'var/log/mail.log',
  );
  let position = 0;
  for (;;) {
    const handle = await open(file, 'r').catch(() => undefined);
    if (handle) {
      const { size } = await handle.stat();
      if (size < position) position = 0; // rotated
      const buffer = Buffer.alloc(Math.min(size - position, 1_000_000));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      position += bytesRead;
      await handle.close();
      process.stdout.write(printable(buffer.toString('utf8', 0, bytesRead), { multiline: true }));
    }
    if (!follow) return;
    await pause(systemClock, 300);
  }
}

async function reset(
  seat: string,
  host: string | undefined,
  snapshot: string | undefined,
  { workspace, to }: Options,
): Promise<void> {
  const say = loadTexts();
  const range = await attachRange(workspace, systemClock);
  findSeat(range.world, seat);
  if (to !== 'start' && to !== 'snapshot') throw new Error(`--to is start or snapshot, not "${to}"`);
  for (const name of host === undefined ? (['gateway', 'mailbox', 'dns'] as const) : [readHost(host)]) {
    await range.reset(
      seat,
      name,
      to === 'start' ? { kind: 'start' } : { kind: 'snapshot', ...(snapshot === undefined ? {} : { name: snapshot }) },
    );
    process.stdout.write(`${say('reset.done', { seat, host: name, to })}\n`);
  }
}
