/**
 * front-status - what the front of a workshop on Docker says of itself, to whoever asks its control file (WORKSPACE/run/front.ctl).
 */
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { callControl } from '#util/control.ts';
import type { Workspace } from '../../range/workspace.ts';

const statusSchema = z.object({
  pid: z.number().int(),
  ssh: z.object({ address: z.string(), port: z.number().int(), fingerprint: z.string() }),
  /** Address of the pages; null when there are none. */
  page: z.string().nullable(),
});

export type FrontStatus = z.infer<typeof statusSchema>;

export function frontControlFile({ folder }: Workspace): string {
  return path.join(folder, 'run', 'front.ctl');
}

export function frontLogFile({ folder }: Workspace): string {
  return path.join(folder, 'run', 'front.log');
}

/** Undefined when no front is there. */
export async function askFront(workspace: Workspace): Promise<FrontStatus | undefined> {
  const result = await callControl(frontControlFile(workspace), 'status').catch(() => undefined);
  if (result?.kind !== 'answer' || result.answer.exitCode !== 0) return undefined;
  return statusSchema.parse(JSON.parse(result.answer.output));
}

const inside = /^(docker|br-|gatehouse|veth)/;

/** How a person on another machine, or on this one, names a listener's address. */
export function reachableAs(address: string): string {
  if (address !== '0.0.0.0' && address !== '::') return address;
  // Networks of containers end on this machine.
  const own = Object.entries(networkInterfaces()).flatMap(([name, each]) => (inside.test(name) ? [] : (each ?? [])));
  return own.find((each) => each.family === 'IPv4' && !each.internal)?.address ?? '127.0.0.1';
}

/** `ssh -p 2200 pc1@127.0.0.1`. */
export function sshCommand({ address, port }: { address: string; port: number }, login: string): string {
  return `ssh -p ${port} ${login}@${reachableAs(address)}`;
}
