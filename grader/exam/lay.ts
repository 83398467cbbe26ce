/**
 * lay - puts a lab's files onto a seat: trees of `gateway/`, `mailbox/`, `dns/`, then its `run.sh` (run-script.ts), then reloads.
 */
import path from 'node:path';
import { seatParameters } from '../../range/parameters.ts';
import { renderTree } from '../../range/render-tree.ts';
import { findSeat, type HostName, type Range } from '#range';
import type { Lab } from '../lab.ts';
import { servicesOf } from '../genuine-variant.ts';
import { runScript, type RangeWithFolder } from './run-script.ts';

const hosts: readonly HostName[] = ['gateway', 'mailbox', 'dns'];

/** Lays the trees of `folder` over the seat's hosts and runs its run.sh. @throws Error naming the command that failed. */
export async function layTree(range: RangeWithFolder, seatId: string, folder: string): Promise<void> {
  const seat = findSeat(range.world, seatId);
  const values = seatParameters(range.world, seatId);
  for (const host of hosts) {
    const local = host === 'dns' ? range.world.dns : seat[host];
    const files = renderTree(path.join(folder, host), { ...values, local });
    if (files.length > 0) await range.overlay(seatId, host, files);
  }
  await runScript(range, seatId, folder);
}

/** Restarts the services that the files of these labs concern, each once, and has the zones read again. */
export async function restartServices(
  range: Range,
  seatId: string,
  labs: readonly { readonly lab: Lab }[],
): Promise<void> {
  const services = new Map(
    labs.flatMap((lab) => servicesOf(lab, range.world, seatId)).map((each) => [`${each.host}/${each.service}`, each]),
  );
  // Hosts do not wait for each other; on one host the order counts.
  await Promise.all(
    hosts.map(async (host) => {
      for (const each of services.values())
        if (each.host === host) await range.control(seatId, host, 'restart', each.service);
    }),
  );
  // Zones are served within a second anyway; a broken one is meant to be looked at here, so its exit code says nothing.
  await range.exec(seatId, 'dns', ['rndc', 'reload']);
}
