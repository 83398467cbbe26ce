/**
 * lay - puts a lab's files onto a seat: trees of `gateway/`, `mailbox/`, `dns/`, then the commands of `run.sh`, then reloads.
 *
 * `run.sh` has lines `HOST: command`; they run through the range's exec, as a student's would.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { seatParameters } from '../../range/parameters.ts';
import { renderText, renderTree } from '../../range/render-tree.ts';
import { findSeat, type HostName, type Range } from '#range';
import type { Lab } from '../lab.ts';

const hosts: readonly HostName[] = ['gateway', 'mailbox', 'dns'];

/** Lays the trees of `folder` over the seat's hosts and runs its run.sh. @throws Error naming the command that failed. */
export async function layTree(range: Range, seatId: string, folder: string): Promise<void> {
  const seat = findSeat(range.world, seatId);
  const values = seatParameters(range.world, seatId);
  for (const host of hosts) {
    const local = host === 'dns' ? range.world.dns : seat[host];
    const files = await renderTree(path.join(folder, host), { ...values, local });
    if (files.length > 0) await range.overlay(seatId, host, files);
  }
  const script = await readFile(path.join(folder, 'run.sh'), 'utf8').catch(() => '');
  for (const [index, line] of renderText(script, values, path.join(folder, 'run.sh')).split('\n').entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, host, command] = /^(gateway|mailbox|dns):\s*(.+)$/.exec(line) ?? [];
    if (host === undefined || command === undefined)
      throw new Error(`${folder}/run.sh, line ${index + 1}: write HOST: command`);
    const result = await range.exec(seatId, host as HostName, ['sh', '-c', command]);
    if (result.exitCode !== 0)
      throw new Error(`${folder}/run.sh, line ${index + 1}: ${command}: ${result.stderr || result.stdout}`);
  }
}

/** Restarts the services that the files of these labs concern, each once. */
export async function restartServices(
  range: Range,
  seatId: string,
  labs: readonly { readonly lab: Lab }[],
): Promise<void> {
  const services = new Map(labs.flatMap(({ lab }) => lab.reload).map((each) => [`${each.host}/${each.service}`, each]));
  for (const { host, service } of services.values()) await range.control(seatId, host, 'restart', service);
}
