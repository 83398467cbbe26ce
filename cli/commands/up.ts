/**
 * up - `gatehouse up`, `start` and `down`: brings a workshop up, in the foreground or beside, and ends it.
 */
import { spawn } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '#util/clock.ts';
import { callControl } from '#util/control.ts';
import { waitFor } from '#util/deadline.ts';
import { printable } from '#util/terminal-text.ts';
import { startEmbedded, type EmbeddedRange } from '../../range/embedded.ts';
import { beginStandIn, isStandIn } from '../../grader/exam/stand-in.ts';
import { loadLabs } from '../../grader/load-labs.ts';
import { attachRange } from '../../range/attach.ts';
import { loadWorkshop, openWorkspace, saveWorkshop, type Workshop, type Workspace } from '../../range/workspace.ts';
import { openPage } from '../page.ts';
import { readRoster } from '../roster.ts';
import { readSeats } from '../seat-option.ts';
import { loadTexts, type Say } from '../texts.ts';
import { workspaceOption } from '../workspace-option.ts';

interface UpOptions {
  readonly workspace: string;
  readonly seats?: number;
  readonly roster?: string;
  readonly detach?: boolean;
}

const startTimeoutMs = 120_000;

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
  ).action((options: UpOptions) => runForeground(options, say, true));
  common(program.command('up').description('bring a workshop up'))
    .option('--detach', 'return when it is ready; it goes on in the background')
    .action((options: UpOptions) => (options.detach ? runDetached(options, say) : runForeground(options, say, false)));
  program
    .command('down')
    .description('end the workshop; files, mail and grades stay')
    .addOption(workspaceOption())
    .action((options: UpOptions) => runDown(options, say));
}

/** The workshop as asked for; existing seats stay. One seat alone gets a stand-in neighbour. */
async function prepare(workspace: Workspace, { seats, roster }: UpOptions): Promise<Workshop> {
  const before = (await loadWorkshop(workspace))?.seats ?? [];
  if (roster !== undefined) return saveWorkshop(workspace, await readRoster(roster));
  if (seats === undefined) return saveWorkshop(workspace, undefined);
  const wanted: Workshop['seats'] = Array.from(
    { length: seats },
    (_, index) => before[index] ?? { person: '', kind: 'student' },
  );
  return saveWorkshop(workspace, seats === 1 ? [...wanted, { person: '', kind: 'stand-in' }] : wanted);
}

async function runForeground(options: UpOptions, say: Say, withBoard: boolean): Promise<void> {
  const workspace = openWorkspace(options.workspace);
  if ((await callControl(workspace.controlFile, 'status')).kind === 'answer')
    throw new Error(say('up.already', { workspace: workspace.folder }));
  const workshop = await prepare(workspace, options);
  const startedMs = systemClock.monotonicMs();
  await using page = await openPage(workspace, workshop, (reason) =>
    process.stderr.write(`  ${say('page.none', { reason })}\n`),
  );
  const range = await startEmbedded({
    workspace,
    workshop,
    clock: systemClock,
    pid: process.pid,
    progress: (text) => process.stderr.write(`  ${printable(text)}\n`),
  });
  await layStandIns(workspace);
  process.stdout.write(
    `${say('up.ready', { seconds: ((systemClock.monotonicMs() - startedMs) / 1000).toFixed(1), seats: range.world.seats.length, workspace: workspace.folder })}\n`,
  );
  if (page.url !== undefined) process.stdout.write(`${say('start.page', { url: page.url })}\n`);
  if (withBoard) process.stdout.write(`${board(range, workspace, say)}\n`);
  const { promise: interrupted, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve);
  await Promise.race([interrupted, range.ended]);
  await page.stop();
  await range.stop();
  process.stdout.write(`${say('down.done', { workspace: workspace.folder })}\n`);
  process.exit(0);
}

/** Seats that nobody sits at get their known good configuration, once. */
async function layStandIns({ folder }: Workspace): Promise<void> {
  const range = await attachRange(folder, systemClock);
  const absent = range.world.seats.filter((seat) => seat.kind === 'stand-in');
  if (absent.length === 0) return;
  const labs = await loadLabs();
  for (const seat of absent) await beginStandIn(range, labs, seat.id);
}

/** Does every absent person have a stand-in by now? */
async function hasStandIns({ folder }: Workspace): Promise<boolean> {
  const range = await attachRange(folder, systemClock);
  const absent = range.world.seats.filter((seat) => seat.kind === 'stand-in');
  return (await Promise.all(absent.map((seat) => isStandIn(range, seat.id)))).every(Boolean);
}

/** Seats, addresses, passwords, and what to do first. */
function board(range: EmbeddedRange, workspace: Workspace, say: Say): string {
  const states = range.status();
  const lines = range.world.seats.slice(0, 10).flatMap((seat) => [
    say('start.seat', {
      seat: `${seat.id}${seat.kind === 'stand-in' ? ' (stand-in)' : ''}`,
      domain: seat.domain,
      user: seat.user,
      password: seat.password,
    }),
    ...states
      .filter((state) => state.seat === seat.id && state.host !== 'dns')
      .map((state) => {
        const smtp = range.wire.toSocket(state.address, 25);
        const services = state.services.map((service) => `${service.name} ${service.state}`).join(', ');
        return say('start.host', {
          host: state.host.padEnd(8),
          address: state.address.padEnd(15),
          socket: `${smtp.host}:${smtp.port}`.padEnd(20),
          state: services,
        });
      }),
  ]);
  return [
    say('start.title', { seats: range.world.seats.length }),
    '',
    ...lines,
    '',
    say('start.first'),
    '',
    say('start.stop', { workspace: workspace.folder }),
  ].join('\n');
}

async function runDetached(options: UpOptions, say: Say): Promise<void> {
  const workspace = openWorkspace(options.workspace);
  if ((await callControl(workspace.controlFile, 'status')).kind === 'answer')
    return void process.stdout.write(`${say('up.already', { workspace: workspace.folder })}\n`);
  await prepare(workspace, options);
  await mkdir(path.dirname(workspace.logFile), { recursive: true });
  const log = await open(workspace.logFile, 'w');
  const startedMs = systemClock.monotonicMs();
  const main = path.join(path.dirname(import.meta.dirname), 'main.ts');
  const child = spawn(process.execPath, [...process.execArgv, main, 'up', '--workspace', workspace.folder], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  let exited = false;
  child.on('exit', () => (exited = true));
  await waitFor(
    'the workshop',
    async () => {
      if (exited) throw new Error(say('up.died', { log: await readFile(workspace.logFile, 'utf8') }));
      return (await callControl(workspace.controlFile, 'status')).kind === 'answer' && (await hasStandIns(workspace))
        ? { kind: 'there', value: undefined }
        : { kind: 'not-yet', seen: 'not ready' };
    },
    { clock: systemClock, timeoutMs: startTimeoutMs },
  );
  child.unref();
  await log.close();
  const workshop = await loadWorkshop(workspace);
  process.stdout.write(
    `${say('up.ready', { seconds: ((systemClock.monotonicMs() - startedMs) / 1000).toFixed(1), seats: workshop?.seats.length ?? 0, workspace: workspace.folder })}\n`,
  );
}

async function runDown(options: UpOptions, say: Say): Promise<void> {
  const workspace = openWorkspace(options.workspace);
  const answer = await callControl(workspace.controlFile, 'down');
  if (answer.kind === 'nobody')
    return void process.stdout.write(`${say('down.nothing', { workspace: workspace.folder })}\n`);
  await waitFor(
    'the end of the workshop',
    async () =>
      (await callControl(workspace.controlFile, 'status').catch(() => ({ kind: 'nobody' }) as const)).kind === 'nobody'
        ? { kind: 'there', value: undefined }
        : { kind: 'not-yet', seen: 'still running' },
    {
      clock: systemClock,
      timeoutMs: 30_000,
    },
  );
  process.stdout.write(`${say('down.done', { workspace: workspace.folder })}\n`);
}
