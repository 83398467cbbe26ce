/**
 * detached - `gatehouse up --detach` and `gatehouse down`: a workshop that goes on without a terminal, and its end.
 *
 * `up --detach` returns when everything is ready, absent neighbours' configurations included; what the engine prints is kept in WORKSPACE/run/range.log.
 * Both are idempotent: up in a workshop that runs already, down in one that does not, change nothing and succeed.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import path from 'node:path';
import { systemClock } from '#util/clock.ts';
import { callControl } from '#util/control.ts';
import { waitFor, type Look } from '#util/deadline.ts';
import { attachRange } from '../range/attach.ts';
import { loadWorkshop, openWorkspace, type Workspace } from '../range/workspace.ts';
import { refuseOtherEngine } from './other-engine.ts';
import { isPlannedSo, planSeats, type SeatWishes } from './plan-seats.ts';
import { requireRoom } from './require-room.ts';
import type { Say } from './texts.ts';

export interface DetachedOptions extends SeatWishes {
  readonly workspace: string;
}

const startTimeoutMs = 120_000;
const endTimeoutMs = 30_000;
const lastWords = 2000;

/** Starts a workshop and returns when it is ready. @throws Error with the engine's last words when it does not start */
export async function startDetached(options: DetachedOptions, say: Say): Promise<void> {
  const workspace = openWorkspace(options.workspace);
  const startedMs = systemClock.monotonicMs();
  if ((await callControl(workspace.controlFile, 'status')).kind === 'answer') {
    if (!(await isPlannedSo(workspace, options))) throw new Error(say('up.differs', { workspace: workspace.folder }));
    await waitFor('the workshop', () => lookForReady(workspace), { clock: systemClock, timeoutMs: startTimeoutMs });
    return void process.stdout.write(`${say('up.already', { workspace: workspace.folder })}\n`);
  }
  await refuseOtherEngine(workspace, 'embedded', say);
  const workshop = await planSeats(workspace, options, 'embedded', (planned) =>
    requireRoom(workspace, planned, 'embedded', say),
  );
  const broken = new AbortController();
  const child = await spawnEngine(workspace, broken);
  await waitFor(
    'the workshop',
    async () => {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(say('up.died', { log: (await readFile(workspace.logFile, 'utf8')).slice(-lastWords).trim() }));
      return broken.signal.aborted ? { kind: 'not-yet', seen: 'ending' } : lookForReady(workspace);
    },
    { clock: systemClock, timeoutMs: startTimeoutMs },
  );
  child.unref();
  const seconds = ((systemClock.monotonicMs() - startedMs) / 1000).toFixed(1);
  process.stdout.write(`${say('up.ready', { seconds, seats: workshop.seats.length, workspace: workspace.folder })}\n`);
}

/** Who breaks off here wants no workshop that comes up all the same. In order, where it has begun. */
function endWithUs(child: ChildProcess, broken: AbortController): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      broken.abort();
      child.once('exit', () => process.exit(128 + constants.signals[signal]));
      child.kill('SIGTERM');
    });
}

/** @param broken aborted when this command is told to end before the engine is ready */
async function spawnEngine(workspace: Workspace, broken: AbortController): Promise<ChildProcess> {
  await mkdir(path.dirname(workspace.logFile), { recursive: true });
  const log = await open(workspace.logFile, 'w');
  const main = path.join(import.meta.dirname, 'main.ts');
  const child = spawn(process.execPath, [...process.execArgv, main, 'up', '--workspace', workspace.folder], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  endWithUs(child, broken);
  await log.close();
  return child;
}

/** Ready: the engine says so, and every absent person has a stand-in. */
async function lookForReady(workspace: Workspace): Promise<Look<undefined>> {
  const result = await callControl(workspace.controlFile, 'status');
  if (result.kind === 'nobody' || result.answer.exitCode !== 0)
    return { kind: 'not-yet', seen: result.kind === 'nobody' ? 'not there yet' : result.answer.output };
  const absent = (await loadWorkshop(workspace))?.seats.some((seat) => seat.kind === 'stand-in');
  return !absent || (await hasStandIns(workspace))
    ? { kind: 'there', value: undefined }
    : { kind: 'not-yet', seen: 'stand-ins are being laid' };
}

async function hasStandIns({ folder }: Workspace): Promise<boolean> {
  const { isStandIn } = await import('../grader/exam/stand-in.ts');
  const range = await attachRange(folder, systemClock);
  const absent = range.world.seats.filter((seat) => seat.kind === 'stand-in');
  return (await Promise.all(absent.map((seat) => isStandIn(range, seat.id)))).every(Boolean);
}

/** Ends the workshop; returns when its files and ports are free again. */
export async function endDetached({ workspace: folder }: DetachedOptions, say: Say): Promise<void> {
  const workspace = openWorkspace(folder);
  const answer = await callControl(workspace.controlFile, 'down');
  if (answer.kind === 'nobody')
    return void process.stdout.write(`${say('down.nothing', { workspace: workspace.folder })}\n`);
  await waitFor(
    'the end of the workshop',
    async () => {
      const seen = await callControl(workspace.controlFile, 'status').catch(() => ({ kind: 'nobody' }) as const);
      return seen.kind === 'nobody' ? { kind: 'there', value: undefined } : { kind: 'not-yet', seen: 'still running' };
    },
    { clock: systemClock, timeoutMs: endTimeoutMs },
  );
  process.stdout.write(`${say('down.done', { workspace: workspace.folder })}\n`);
}
