/**
 * docker-workshop - a workshop's beginning and end on the Docker engine: the containers go on by themselves, so `up` returns when they are ready.
 */
import { systemClock } from '#util/clock.ts';
import { printable } from '#util/terminal-text.ts';
import { openWorkspace, readState, type Workspace } from '../range/workspace.ts';
import { labImages } from './lab-images.ts';
import { refuseOtherEngine } from './other-engine.ts';
import { planSeats, type SeatWishes } from './plan-seats.ts';
import type { Say } from './texts.ts';

/** Brings it up, or to what is asked for now. @throws Error with the cure */
export async function upOnDocker(options: SeatWishes & { readonly workspace: string }, say: Say): Promise<void> {
  const workspace = openWorkspace(options.workspace);
  await refuseOtherEngine(workspace, 'docker', say);
  const startedMs = systemClock.monotonicMs();
  const { startDocker } = await import('../range/docker/start-docker.ts'); // takes long to load
  const world = await startDocker({
    workspace,
    workshop: await planSeats(workspace, options, 'docker'),
    images: await labImages(),
    clock: systemClock,
    progress: (text) => process.stderr.write(`  ${printable(text)}\n`),
  });
  const seconds = ((systemClock.monotonicMs() - startedMs) / 1000).toFixed(1);
  process.stdout.write(`${say('up.ready', { seconds, seats: world.seats.length, workspace: workspace.folder })}\n`);
}

/** Ends it. False when the workspace's workshop is not one on Docker. */
export async function downOnDocker(workspace: Workspace, say: Say): Promise<boolean> {
  const state = await readState(workspace).catch(() => undefined);
  if (state?.engine !== 'docker') return false;
  const { stopDocker } = await import('../range/docker/start-docker.ts');
  const ended = await stopDocker(workspace);
  process.stdout.write(`${say(ended > 0 ? 'down.done' : 'down.nothing', { workspace: workspace.folder })}\n`);
  return true;
}
