/**
 * plan-seats - which seats a workshop is to have: of the roster, of `--seats`, or as it was, and kept in the workspace.
 *
 * Files of a seat are never touched here. One person alone gets a neighbour with a known good configuration.
 */
import type { Engine } from './engine-option.ts';
import type { KindWish, KindWishes } from './genuine-option.ts';
import { readRoster } from './roster.ts';
import { mailHosts } from '../range/host-kinds.ts';
import { keepWorkshop, loadWorkshop, planWorkshop, type Workshop, type Workspace } from '../range/workspace.ts';

export interface SeatWishes extends KindWishes {
  /** A shared clamd and spamd; undefined: as it was. */
  readonly scanners?: boolean;
  readonly seats?: number;
  readonly roster?: string;
}

const empty: Workshop['seats'][number] = { person: '', kind: 'student' };

/** Reads the roster, if there is one, and saves the plan; nothing is saved that the engine cannot do. @param require throws for a workshop that cannot run here @throws Error with the cure for a roster or workspace that cannot be used */
export async function planSeats(
  workspace: Workspace,
  wishes: SeatWishes,
  engine: Engine,
  require?: (workshop: Workshop) => Promise<void>,
): Promise<Workshop> {
  const [seats, before] = await Promise.all([wantedSeats(workspace, wishes), loadWorkshop(workspace)]);
  if (engine === 'embedded') {
    refuseGenuine(seats ?? before?.seats ?? []);
    if (wishes.scanners ?? before?.scanners)
      throw new Error('clamd and spamd need a container; cure: add --engine docker, or end them with --no-scanners');
  }
  const planned = await planWorkshop(workspace, seats, wishes.scanners);
  await require?.(planned);
  return keepWorkshop(workspace, planned);
}

/** The seats as they would be; nothing is saved. Two unless told otherwise. @throws Error for a seat that will not be there */
export async function plannedSeats(workspace: Workspace, wishes: SeatWishes): Promise<Workshop['seats']> {
  return (await wantedSeats(workspace, wishes)) ?? (await loadWorkshop(workspace))?.seats ?? [empty, empty];
}

/** Would the wishes change what is there? */
export async function isPlannedSo(workspace: Workspace, wishes: SeatWishes): Promise<boolean> {
  const wanted = await wantedSeats(workspace, wishes);
  if (wishes.scanners) return false;
  return wanted === undefined || JSON.stringify(wanted) === JSON.stringify((await loadWorkshop(workspace))?.seats);
}

/** The plan after `wishes`; undefined when they say nothing. @throws Error for a seat that will not be there */
async function wantedSeats(workspace: Workspace, wishes: SeatWishes): Promise<Workshop['seats'] | undefined> {
  const planned = await wantedPersons(workspace, wishes);
  if (mailHosts.every((host) => wishes[host] === undefined)) return planned;
  const seats = planned ?? (await loadWorkshop(workspace))?.seats ?? [empty, empty];
  for (const { seats: named } of mailHosts.flatMap((host) => wishes[host] ?? []))
    for (const id of named)
      if (!seats.some((_seat, index) => id === seatId(index)))
        throw new Error(`no seat "${id}": this workshop has ${seats.map((_seat, index) => seatId(index)).join(' ')}`);
  return seats.map((seat, index) => {
    const genuine = mailHosts.filter((host) =>
      isFor(wishes[host], seatId(index)) ? wishes[host]?.kind === 'genuine' : seat.genuine?.includes(host),
    );
    return { person: seat.person, kind: seat.kind, ...(genuine.length > 0 ? { genuine } : {}) };
  });
}

function seatId(index: number): string {
  return `pc${index + 1}`;
}

function isFor(wish: KindWish | undefined, id: string): boolean {
  return wish !== undefined && (wish.seats.length === 0 || wish.seats.includes(id));
}

/** @throws Error with the cure when a host of the workshop cannot be had on the embedded engine */
function refuseGenuine(seats: Workshop['seats']): void {
  for (const [index, { genuine = [] }] of seats.entries())
    for (const host of genuine)
      throw new Error(
        `the ${host} of ${seatId(index)} is a genuine one, which needs a container; cure: add --engine docker, or make it ours again with --${host} own ${seatId(index)}`,
      );
}

async function wantedPersons(
  workspace: Workspace,
  { seats, roster }: SeatWishes,
): Promise<Workshop['seats'] | undefined> {
  if (seats !== undefined && roster !== undefined)
    throw new Error('--seats and --roster are both given; cure: give one, the roster says how many seats there are');
  const before = (await loadWorkshop(workspace))?.seats ?? [];
  if (roster !== undefined)
    return withNeighbour((await readRoster(roster)).map((seat, index) => ({ ...pickGenuine(before[index]), ...seat })));
  if (seats === undefined) return undefined;
  return withNeighbour(Array.from({ length: seats }, (_, index) => before[index] ?? empty));
}

function pickGenuine(seat: Workshop['seats'][number] | undefined): Pick<Workshop['seats'][number], 'genuine'> {
  return seat?.genuine ? { genuine: seat.genuine } : {};
}

/** A ring of one would filter its own mail. */
function withNeighbour(seats: Workshop['seats']): Workshop['seats'] {
  return seats.length === 1 ? [...seats, { person: '', kind: 'stand-in' }] : seats;
}
