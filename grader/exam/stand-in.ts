/**
 * stand-in - a seat without a person gets a known good configuration, so that its neighbours can work; and gives it back.
 */
import type { HostName, Range } from '#range';
import type { LoadedLab } from '../load-labs.ts';
import { solveLab } from './solve.ts';

const hosts: readonly HostName[] = ['gateway', 'mailbox', 'dns'];
const marker = '/.gatehouse-stand-in';

/** Is the seat laid out as a stand-in? */
export async function isStandIn(range: Range, seat: string): Promise<boolean> {
  return (await range.readFile(seat, 'gateway', marker)).kind === 'file';
}

/** Keeps what the seat has as a snapshot and lays the solution of every lab. Nothing to do when it is one already. */
export async function beginStandIn(range: Range, labs: readonly LoadedLab[], seat: string): Promise<void> {
  if (await isStandIn(range, seat)) return;
  const kept: Partial<Record<HostName, string>> = {};
  for (const host of hosts) {
    kept[host] = await range.snapshot(seat, host, 'before-stand-in');
    await range.reset(seat, host, { kind: 'start' });
  }
  const last = labs.at(-1);
  if (last) await solveLab(range, labs, last.lab.id, seat);
  await range.overlay(seat, 'gateway', [{ path: marker, content: Buffer.from(JSON.stringify(kept)) }]);
}

/** Puts the seat back to what it was before. @throws Error when it is no stand-in */
export async function endStandIn(range: Range, seat: string): Promise<void> {
  const read = await range.readFile(seat, 'gateway', marker);
  if (read.kind !== 'file') throw new Error(`${seat} is no stand-in; cure: gatehouse stand-in ${seat} on makes it one`);
  const kept = JSON.parse(read.text) as Record<HostName, string>;
  for (const host of hosts) await range.reset(seat, host, { kind: 'snapshot', name: kept[host] });
}
