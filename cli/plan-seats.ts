/**
 * plan-seats - which seats a workshop is to have: of the roster, of `--seats`, or as it was, and kept in the workspace.
 *
 * Files of a seat are never touched here. One person alone gets a neighbour with a known good configuration.
 */
import { readRoster } from './roster.ts';
import { loadWorkshop, saveWorkshop, type Workshop, type Workspace } from '../range/workspace.ts';

export interface SeatWishes {
  readonly seats?: number;
  readonly roster?: string;
}

const empty = { person: '', kind: 'student' } as const;

/** Reads the roster, if there is one, and saves the plan. @throws Error with the cure for a roster or workspace that cannot be used */
export async function planSeats(workspace: Workspace, wishes: SeatWishes): Promise<Workshop> {
  return saveWorkshop(workspace, await wantedSeats(workspace, wishes));
}

/** Would the wishes change what is there? */
export async function isPlannedSo(workspace: Workspace, wishes: SeatWishes): Promise<boolean> {
  const wanted = await wantedSeats(workspace, wishes);
  return wanted === undefined || JSON.stringify(wanted) === JSON.stringify((await loadWorkshop(workspace))?.seats);
}

async function wantedSeats(
  workspace: Workspace,
  { seats, roster }: SeatWishes,
): Promise<Workshop['seats'] | undefined> {
  if (seats !== undefined && roster !== undefined)
    throw new Error('--seats and --roster are both given; cure: give one, the roster says how many seats there are');
  if (roster !== undefined) return withNeighbour(await readRoster(roster));
  if (seats === undefined) return undefined;
  const before = (await loadWorkshop(workspace))?.seats ?? [];
  return withNeighbour(Array.from({ length: seats }, (_, index) => before[index] ?? empty));
}

/** A ring of one would filter its own mail. */
function withNeighbour(seats: Workshop['seats']): Workshop['seats'] {
  return seats.length === 1 ? [...seats, { person: '', kind: 'stand-in' }] : seats;
}
