/**
 * solve - lays a lab's solution onto a seat, and those of the labs it builds on (labs are cumulative).
 */
import path from 'node:path';
import type { Range } from '#range';
import { findLab, type LoadedLab } from '../load-labs.ts';
import { solutionFolder } from '../genuine-variant.ts';
import { layTree, restartServices } from './lay.ts';

/** Solutions of all labs up to and including `labId`, in order; services restart at the end. */
export async function solveLab(range: Range, labs: readonly LoadedLab[], labId: string, seat: string): Promise<void> {
  for (const each of upTo(labs, labId)) await layTree(range, seat, solutionFolder(each, range.world, seat));
  await restartServices(range, seat, upTo(labs, labId));
}

/** The ground a lab begins on: solutions of the labs before it, then its own `start`. The seat's hosts go back to their first state before. */
export async function layStart(range: Range, labs: readonly LoadedLab[], labId: string, seat: string): Promise<void> {
  await layGround(range, labs, labId, seat);
  await restartServices(range, seat, upTo(labs, labId));
}

/** The same files, but services still run with the ones of before: for who lays more on top. */
export async function layGround(range: Range, labs: readonly LoadedLab[], labId: string, seat: string): Promise<void> {
  const target = findLab(labs, labId);
  await Promise.all((['gateway', 'mailbox', 'dns'] as const).map((host) => range.reset(seat, host, { kind: 'start' })));
  for (const each of upTo(labs, labId))
    if (each !== target) await layTree(range, seat, solutionFolder(each, range.world, seat));
  await layTree(range, seat, path.join(target.folder, 'start'));
}

/** The labs up to and including that one. */
export function upTo(labs: readonly LoadedLab[], labId: string): LoadedLab[] {
  return labs.slice(0, labs.indexOf(findLab(labs, labId)) + 1);
}
