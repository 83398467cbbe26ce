/**
 * genuine-variant - a lab that is about a program of our gateway has another sheet, other words and another solution, and other cases, where the gateway is a genuine one (`genuine/` in the lab's folder).
 *
 * The checks are the same: they look from outside. Cases of any lab that genuine hosts cannot carry are named in lab.ts, each with its reason.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { findSeat, type World } from '#range';
import type { Lab } from './lab.ts';
import type { LabText } from './lab-text.ts';
import type { LoadedLab } from './load-labs.ts';

/** Does the lab have a variant, and the seat a genuine gateway? */
function isVariant({ lab }: { readonly lab: Lab }, world: World, seat: string): boolean {
  return lab.genuine?.reload !== undefined && findSeat(world, seat).genuine.includes('gateway');
}

/** Where the lab's sheet and solution for that seat lie. */
export function variantFolder(lab: Pick<LoadedLab, 'lab' | 'folder'>, world: World, seat: string): string {
  return isVariant(lab, world, seat) ? path.join(lab.folder, 'genuine') : lab.folder;
}

/** What people read about the lab on that seat. */
export function textFor(lab: LoadedLab, world: World, seat: string): LabText {
  return (isVariant(lab, world, seat) ? lab.genuineText : undefined) ?? lab.text;
}

/** The lab's solution for that seat. */
export function solutionFolder(lab: LoadedLab, world: World, seat: string): string {
  return path.join(variantFolder(lab, world, seat), 'solution');
}

/** The services that its files concern on that seat. */
export function servicesOf(lab: { readonly lab: Lab }, world: World, seat: string): Lab['reload'] {
  return isVariant(lab, world, seat) ? (lab.lab.genuine?.reload ?? []) : lab.lab.reload;
}

/** The cases of that kind for that seat, and those that it cannot carry. */
export async function casesOf(
  lab: LoadedLab,
  kind: 'mistakes' | 'near-misses',
  world: World,
  seat: string,
): Promise<{ folders: string[]; leftOut: (readonly [name: string, reason: string])[] }> {
  const own = await caseFolders(path.join(lab.folder, kind));
  const reasons = findSeat(world, seat).genuine.length > 0 ? (lab.lab.genuine?.leftOut ?? {}) : {};
  const reasonOf = (folder: string): string | undefined => reasons[`${kind}/${path.basename(folder)}`];
  const more = isVariant(lab, world, seat) ? await caseFolders(path.join(lab.folder, 'genuine', kind)) : [];
  return {
    folders: [...own.filter((folder) => reasonOf(folder) === undefined), ...more],
    leftOut: own.flatMap((folder) => {
      const reason = reasonOf(folder);
      return reason === undefined ? [] : [[`${kind}/${path.basename(folder)}`, reason] as const];
    }),
  };
}

async function caseFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(folder, entry.name))
    .sort();
}
