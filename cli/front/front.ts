/**
 * front - the part of a workshop on Docker that stands on this machine: SSH to every host, and the pages. The lab's network is internal, so no container can be reached from outside.
 *
 * One a workspace. It goes on without the command that started it, and ends when it is told to, or when its control file is gone.
 * Commands of `run/front.ctl`: `status`, `reload` (the workshop has other seats), `stop`.
 */
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { systemClock, type Clock, type Timer } from '#util/clock.ts';
import { serveControl, type ControlAnswer } from '#util/control.ts';
import type { ClassroomContent } from '../../containers/classroom/content.ts';
import { loadWorkshop, type Workshop, type Workspace } from '../../range/workspace.ts';
import { openPage } from '../page.ts';
import type { Say } from '../texts.ts';
import { createDockerDoor } from './docker-door.ts';
import { frontControlFile, reachableAs, sshCommand, type FrontStatus } from './front-status.ts';
import { openHostKey } from './host-key.ts';
import { startSshServer } from './ssh-server.ts';

export interface FrontOptions {
  readonly workspace: Workspace;
  /** Where SSH and pages listen. */
  readonly address: string;
  /** Ports for SSH, in the order in which they are tried. */
  readonly sshPorts: readonly number[];
  readonly say: Say;
  readonly clock?: Clock;
  log(line: string): void;
}

export interface Front {
  readonly status: FrontStatus;
  /** Resolves when somebody asked for the end. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

const lookMs = 5000;

/** @throws Error with the cure; AlreadyServedError when the workspace has a front */
export async function startFront(options: FrontOptions): Promise<Front> {
  const { workspace, address, sshPorts, say, clock = systemClock, log } = options;
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let status: FrontStatus | undefined;
  const content = contentOf(workspace, (login) => (status ? sshCommand(status.ssh, login) : login));
  const control = await serveControl(
    frontControlFile(workspace),
    async ({ command }): Promise<ControlAnswer> => {
      if (command === 'stop') end();
      else if (command === 'reload') await content.reload();
      else if (command !== 'status') return { exitCode: 2, output: `unknown command ${command}` };
      return status ? { exitCode: 0, output: JSON.stringify(status) } : { exitCode: 75, output: 'starting' };
    },
    { exclusive: true },
  );
  const undo: (() => Promise<void>)[] = [() => control.stop()];
  const stop = async (): Promise<void> => {
    for (const each of undo.splice(0).reverse()) await each();
  };
  try {
    const { privateKey, fingerprint } = await openHostKey(path.join(workspace.folder, 'keys', 'host_ed25519'));
    const door = createDockerDoor(workspace, clock, say);
    const ssh = await startSshServer({ door, privateKey, address, ports: sshPorts, clock, log });
    undo.push(() => ssh.stop());
    const page = await openPage(workspace, content.open, log, { address, names: [hostname()] });
    undo.push(() => page.stop());
    // 0.0.0.0 is an address to listen at, not one to go to.
    const url = page.url?.replace(/\/\/(0\.0\.0\.0|\[::\])/, () => `//${reachableAs(address)}`);
    status = { pid: process.pid, ssh: { address, port: ssh.port, fingerprint }, page: url ?? null };
    undo.push(await watchControlFile(workspace, clock, end));
    return { status, ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What the pages show: read with their first visitor, and anew when the workshop has other seats. */
function contentOf(
  workspace: Workspace,
  ssh: (login: string) => string,
): { open(): Promise<ClassroomContent>; reload(): Promise<void> } {
  let content: ClassroomContent;
  let opening: Promise<ClassroomContent> | undefined;
  const read = async (): Promise<ClassroomContent> => {
    const { followContent, workshopContent } = await import('../classroom-content.ts');
    content = workshopContent(workspace, await readWorkshop(workspace), ssh);
    return followContent(() => content);
  };
  return {
    open: () => (opening = read()),
    async reload() {
      await opening?.catch(() => undefined); // what is read last must be what counts
      if (opening) await read();
    },
  };
}

async function readWorkshop(workspace: Workspace): Promise<Workshop> {
  const workshop = await loadWorkshop(workspace);
  if (!workshop) throw new Error(`there is no workshop in ${workspace.folder}`);
  return workshop;
}

/** A workspace that was removed, or taken over, needs no front. */
async function watchControlFile(workspace: Workspace, clock: Clock, end: () => void): Promise<() => Promise<void>> {
  const read = (): Promise<string> => readFile(frontControlFile(workspace), 'utf8').catch(() => '');
  const mine = await read();
  let timer: Timer | undefined;
  const round = (): void => {
    timer = clock.after(lookMs, () => void read().then((now) => (now === mine ? timer && round() : end())), {
      weak: true,
    });
  };
  round();
  return async () => {
    timer?.cancel();
    timer = undefined;
  };
}
