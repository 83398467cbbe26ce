/**
 * look - gathers what the board shows: hosts' states from the engine, numbers from the mail logs as they grow, scores from the journals.
 *
 * Reads a log only as far as it grew, a journal only when it changed. Logs are students' files: links out of a host's root are not followed, texts are made printable.
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '#util/clock.ts';
import { createHostRoot } from '#util/host-root.ts';
import { printable } from '#util/terminal-text.ts';
import type { Journal, RunEvent } from '../../grader/journal.ts';
import type { HostState } from '../../range/range.ts';
import type { Workspace } from '../../range/workspace.ts';
import type { Seat, World } from '../../range/world.ts';
import { readOn, type LogPosition } from '../read-on.ts';
import { addCounts, countLine, noMail, type MailCounts } from './mail-counts.ts';
import type { BoardFacts, BoardHost, BoardLab, BoardSeat } from './render-board.ts';

export interface LookSources {
  readonly world: World;
  readonly workspace: Workspace;
  readonly journal: Journal;
  /** Ids of the labs there are: `01-first-mail`. */
  readonly labIds: readonly string[];
  states(): readonly HostState[];
}

interface LogMemory {
  position: LogPosition | undefined;
  counts: MailCounts;
  last: string;
  /** A line whose end is not written yet. */
  rest: string;
}

const clockTime = (): string => new Date(systemClock.now()).toTimeString().slice(0, 8);

/** A function that looks; it remembers how far it has read. */
export function createLook(sources: LookSources): () => Promise<BoardFacts> {
  const logs = new Map<string, LogMemory>();
  const journals = new Map<string, { changedMs: number; labs: readonly BoardLab[] }>();
  return async () => {
    const states = sources.states();
    const seats: BoardSeat[] = [];
    for (const seat of sources.world.seats) {
      const memories: LogMemory[] = [];
      for (const host of ['gateway', 'mailbox'] as const) memories.push(await readLog(sources, logs, seat, host));
      seats.push({
        id: seat.id,
        person: printable(seat.person),
        isStandIn: seat.kind === 'stand-in',
        hosts: states.filter((state) => state.seat === seat.id && state.host !== 'dns').map(boardHost),
        counts: memories.map(({ counts }) => counts).reduce(addCounts),
        labs: await readLabs(sources, journals, seat.id),
        last:
          memories
            .map(({ last }) => last)
            .sort(byTime)
            .at(-1) ?? '',
      });
    }
    return { time: clockTime(), seats };
  };
}

/** Log lines begin `Nov 25 04:12:33`; within a month, text order is the order of time. */
function byTime(first: string, second: string): number {
  return first.slice(0, 15).localeCompare(second.slice(0, 15));
}

function boardHost({ host, services }: HostState): BoardHost {
  const sick = services.filter(({ state }) => state !== 'running');
  const isWell = services.length > 0 && sick.length === 0;
  const words = sick.map(({ name, state, reason }) => `${name} ${state}${reason === '' ? '' : ` (${reason})`}`);
  return { host, isWell, state: isWell ? 'running' : printable(words.join(', ') || 'not running') };
}

async function readLog(
  { workspace }: LookSources,
  logs: Map<string, LogMemory>,
  seat: Seat,
  host: 'gateway' | 'mailbox',
): Promise<LogMemory> {
  const key = `${seat.id}/${host}`;
  const memory = logs.get(key) ?? { position: undefined, counts: noMail, last: '', rest: '' };
  logs.set(key, memory);
  const root = createHostRoot(workspace.hostRoot(seat.id, host));
  const look = await readOn(root, '/var/log/mail.log', memory.position).catch(() => undefined);
  if (!look) return memory;
  if (look.isNew) Object.assign(memory, { counts: noMail, last: '', rest: '' });
  memory.position = look.position;
  const lines = (memory.rest + look.bytes.toString('utf8')).split('\n');
  memory.rest = (lines.pop() ?? '').slice(-10_000);
  for (const line of lines) {
    const counts = countLine(memory.counts, line);
    if (counts !== memory.counts) Object.assign(memory, { counts, last: printable(line) });
  }
  return memory;
}

async function readLabs(
  { workspace, journal, labIds }: LookSources,
  journals: Map<string, { changedMs: number; labs: readonly BoardLab[] }>,
  seat: string,
): Promise<readonly BoardLab[]> {
  const found = await stat(path.join(workspace.gradesFolder, `${seat}.jsonl`)).catch(() => undefined);
  const changedMs = found?.mtimeMs ?? 0;
  const known = journals.get(seat);
  if (known?.changedMs === changedMs) return known.labs;
  const runs = (await journal.read(seat)).events.filter((event) => event.kind === 'run');
  const labs = labIds.map((id) => ({
    number: id.slice(0, 2),
    score: latestWhole(runs.filter((run) => run.lab === id)),
  }));
  journals.set(seat, { changedMs, labs });
  return labs;
}

/** The newest run of the whole lab; of a step's, if there was no other. */
function latestWhole(runs: readonly RunEvent[]): BoardLab['score'] {
  const most = Math.max(0, ...runs.map(({ of }) => of));
  const run = runs.findLast(({ of }) => of === most);
  return run && { points: run.points, of: run.of };
}
