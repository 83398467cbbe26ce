/**
 * keep-front - sees to it that a workshop on Docker has its front, as it is wanted now, and that none is left when the workshop ends.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '#util/clock.ts';
import { callControl } from '#util/control.ts';
import { waitFor } from '#util/deadline.ts';
import { tryToListen } from '../../range/port-offset.ts';
import type { Workspace } from '../../range/workspace.ts';
import type { Say } from '../texts.ts';
import { askFront, frontControlFile, frontLogFile, type FrontStatus } from './front-status.ts';

/** What was asked for on the command line. */
export interface FrontWishes {
  readonly listen?: string;
  readonly sshPort?: number;
}

export interface KeptFront {
  readonly status: FrontStatus;
  readonly isNew: boolean;
}

const usualPorts = Array.from({ length: 20 }, (_, index) => 2200 + index);
const startTimeoutMs = 30_000;
const endTimeoutMs = 10_000;
const lastWords = 2000;

/**
 * Leaves a living front that is as wanted, else starts one. @param before where one was that died: people know that address
 * @throws Error with the front's last words when it does not start
 */
export async function keepFront(
  workspace: Workspace,
  wishes: FrontWishes,
  before: { readonly address: string; readonly port: number } | undefined,
  say: Say,
): Promise<KeptFront> {
  const living = await askFront(workspace);
  if (living && isAsWanted(living, wishes)) {
    await callControl(frontControlFile(workspace), 'reload');
    return { status: living, isNew: false };
  }
  if (living) {
    await requireRoom(living, wishes, say);
    await endFront(workspace);
  }
  const address = wishes.listen ?? (living?.ssh ?? before)?.address ?? '127.0.0.1';
  const known = (living?.ssh ?? before)?.port;
  const ports = wishes.sshPort ? [wishes.sshPort] : [...(known === undefined ? [] : [known]), ...usualPorts, 0];
  const child = await spawnFront(workspace, address, ports);
  const status = await waitFor(
    'the front',
    async () => {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(say('up.frontDied', { words: await lastLine(workspace) }));
      const found = await askFront(workspace);
      return found ? { kind: 'there', value: found } : { kind: 'not-yet', seen: 'starting' };
    },
    { clock: systemClock, timeoutMs: startTimeoutMs },
  );
  child.unref();
  return { status, isNew: true };
}

/** Ends the front, if there is one; returns when its ports are free. */
export async function endFront(workspace: Workspace): Promise<void> {
  const file = frontControlFile(workspace);
  await callControl(file, 'stop').catch(() => undefined);
  await waitFor(
    'the end of the front',
    async () => {
      const seen = await callControl(file, 'status').catch(() => ({ kind: 'nobody' }) as const);
      return seen.kind === 'nobody' ? { kind: 'there', value: undefined } : { kind: 'not-yet', seen: 'still there' };
    },
    { clock: systemClock, timeoutMs: endTimeoutMs },
  );
  // One that was killed left these behind.
  for (const left of [file, path.join(path.dirname(file), 'page.json')]) await rm(left, { force: true });
}

function isAsWanted({ ssh }: FrontStatus, { listen, sshPort }: FrontWishes): boolean {
  return (listen ?? ssh.address) === ssh.address && (sshPort ?? ssh.port) === ssh.port;
}

/** A wish that cannot be had must not cost people the front that they are in. @throws Error with the cure */
async function requireRoom({ ssh }: FrontStatus, { listen, sshPort }: FrontWishes, say: Say): Promise<void> {
  const address = listen ?? ssh.address;
  const port = sshPort === undefined || sshPort === ssh.port ? 0 : sshPort;
  const reason = await tryToListen(address, port);
  if (reason !== undefined) throw new Error(say('up.noRoom', { address, port, reason }));
}

async function spawnFront(workspace: Workspace, address: string, ports: readonly number[]): Promise<ChildProcess> {
  const file = frontLogFile(workspace);
  await mkdir(path.dirname(file), { recursive: true });
  const log = await open(file, 'w');
  const main = path.join(import.meta.dirname, 'main.ts');
  const child = spawn(process.execPath, [...process.execArgv, main, workspace.folder, address, ports.join(',')], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  await log.close();
  return child;
}

/** The log's last line without its time. */
async function lastLine(workspace: Workspace): Promise<string> {
  const text = (await readFile(frontLogFile(workspace), 'utf8').catch(() => '')).slice(-lastWords).trim();
  return text.slice(text.lastIndexOf('\n') + 1).replace(/^\S+Z /, '');
}
