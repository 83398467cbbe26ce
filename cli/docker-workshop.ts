/**
 * docker-workshop - a workshop's beginning and end on the Docker engine: the containers and the front go on by themselves, so `up` returns when all is ready.
 *
 * Idempotent: what runs as wanted stays, what died is started, seats that are new get their containers. One that comes while another is at work waits for its end.
 */
import { systemClock } from '#util/clock.ts';
import { printable } from '#util/terminal-text.ts';
import { isOnDocker, openWorkspace, readState, removeState, writeState, type Workspace } from '../range/workspace.ts';
import type { World } from '../range/world.ts';
import { sshCommand, type FrontStatus } from './front/front-status.ts';
import { endFront, keepFront, type FrontWishes } from './front/keep-front.ts';
import { labImages } from './lab-images.ts';
import { layStandIns } from './lay-stand-ins.ts';
import { isForgotten, refuseOtherEngine } from './other-engine.ts';
import { planSeats, type SeatWishes } from './plan-seats.ts';
import { requireRoom } from './require-room.ts';
import { dockerHostLines, seatsText } from './seats-text.ts';
import type { Say } from './texts.ts';
import { inTurn } from './workspace-turn.ts';

type UpOnDocker = SeatWishes & FrontWishes & { readonly workspace: string };

/** Brings it up, or to what is asked for now. @throws Error with the cure */
export async function upOnDocker(options: UpOnDocker, say: Say): Promise<void> {
  const workspace = openWorkspace(options.workspace);
  await inTurn(workspace, () => bringUp(workspace, options, say));
}

async function bringUp(workspace: Workspace, options: UpOnDocker, say: Say): Promise<void> {
  await refuseOtherEngine(workspace, 'docker', say);
  const startedMs = systemClock.monotonicMs();
  const before = await readState(workspace).catch(() => undefined);
  const { requireEngine, startDocker } = await import('../range/docker/start-docker.ts'); // takes long to load
  const images = await labImages();
  const workshop = await planSeats(workspace, options, 'docker', async (planned) => {
    await requireEngine({ workspace, workshop: planned, images });
    await requireRoom(workspace, planned, 'docker', say);
  });
  const progress = (text: string): void => void process.stderr.write(`  ${printable(text)}\n`);
  // The front needs no container to begin.
  const [started, front] = await Promise.allSettled([
    startDocker({ workspace, workshop, images, clock: systemClock, progress }),
    keepFront(workspace, options, before?.ssh, say),
  ]);
  if (started.status === 'rejected') {
    if (front.status === 'fulfilled' && front.value.isNew) await endFront(workspace);
    throw started.reason;
  }
  if (front.status === 'rejected') throw front.reason;
  const [world, { status }] = [started.value, front.value];
  await writeState(workspace, { ...(await readState(workspace)), pid: status.pid, ssh: status.ssh });
  await layStandIns(workspace);
  const seconds = ((systemClock.monotonicMs() - startedMs) / 1000).toFixed(1);
  process.stdout.write(`${say('up.ready', { seconds, seats: world.seats.length, workspace: workspace.folder })}\n`);
  process.stdout.write(`${words(world, status, workspace, say)}\n`);
}

function words(world: World, front: FrontStatus, { folder }: Workspace, say: Say): string {
  const ssh = (login: string): string => sshCommand(front.ssh, login);
  return [
    ...(front.page === null ? [] : [say('start.page', { url: front.page })]),
    seatsText(world, dockerHostLines(ssh, say), say),
    say('start.hostKey', { fingerprint: front.ssh.fingerprint }),
    '',
    say('start.docker', { ssh: ssh(`${world.seats[0]?.id}-mailbox`) }),
    '',
    say('start.end', { workspace: folder }),
  ].join('\n');
}

/** Ends it. False when the workspace's workshop is not one on Docker: where the workspace does not tell any more, the engine does. */
export async function downOnDocker(workspace: Workspace, say: Say): Promise<boolean> {
  const isTold = await isOnDocker(workspace);
  if (!isTold && !(await isForgotten(workspace))) return false;
  // A workspace that was moved away is not made anew by its end.
  await (isTold ? inTurn(workspace, () => end(workspace, say)) : end(workspace, say));
  return true;
}

async function end(workspace: Workspace, say: Say): Promise<void> {
  await endFront(workspace);
  const { stopDocker } = await import('../range/docker/start-docker.ts');
  const ended = await stopDocker(workspace);
  await removeState(workspace);
  process.stdout.write(`${say(ended > 0 ? 'down.done' : 'down.nothing', { workspace: workspace.folder })}\n`);
}
