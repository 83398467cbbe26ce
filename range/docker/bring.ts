/**
 * bring - one container, brought to what its plan says: made, started, or left as it is; and removed.
 *
 * What an engine has is asked once for all containers, since a class has many.
 */
import { createHash } from 'node:crypto';
import type Docker from 'dockerode';
import { networkName, planLabel, stopSeconds, workshopLabel, type ContainerPlan } from './container-plan.ts';
import { whyNotStarted } from './strangers.ts';

/** The engine's containers by name, whosever they are. */
export type Found = ReadonlyMap<string, Docker.ContainerInfo>;

export async function findContainers(docker: Docker): Promise<Found> {
  const all = await docker.listContainers({ all: true });
  return new Map(all.flatMap((each) => each.Names.map((name) => [name.replace(/^\//, ''), each])));
}

/** Makes and starts the container unless it runs as planned. What a student's host holds is in the workspace, so a new container loses nothing. @returns whether it is a new one @throws Error with the cure when it is somebody else's, or does not start */
export async function bring(
  docker: Docker,
  wanted: ContainerPlan,
  found: Docker.ContainerInfo | undefined,
  imageIds: ReadonlyMap<string, string>,
): Promise<'made' | 'kept'> {
  const { name, options } = wanted;
  if (found && found.Labels[workshopLabel] !== options.Labels?.[workshopLabel])
    throw new Error(`the container ${name} is not this workshop's; cure: remove or rename it`);
  const plan = planDigest(wanted);
  if (
    found &&
    found.ImageID === imageIds.get(options.Image ?? '') &&
    found.Labels[planLabel] === plan &&
    hasItsAddress(found, wanted)
  ) {
    const container = docker.getContainer(found.Id);
    if (found.State === 'paused') await container.unpause();
    // The engine is about to start one that restarts, and would refuse.
    else if (!['running', 'restarting'].includes(found.State)) await start(docker, wanted, container);
    return 'kept';
  }
  if (found) await removeContainer(docker, found.Id);
  const labelled = { ...options, Labels: { ...options.Labels, [planLabel]: plan } };
  const container = await docker.createContainer(asRequest(labelled));
  await start(docker, wanted, container);
  return 'made';
}

/** dockerode would send all of it twice, in the address of the request as well; its types do not tell how to part it. */
function asRequest({ name, ...body }: ContainerPlan['options']): ContainerPlan['options'] {
  return { _query: { name }, _body: body } as ContainerPlan['options'];
}

/** What the container's label says of the plan it was made from. */
export function planDigest({ options }: ContainerPlan): string {
  return createHash('sha256').update(JSON.stringify(options)).digest('hex').slice(0, 16);
}

/** Somebody may have taken it out of the lab's network by hand, or put it back at another address. One that does not run has none yet. */
function hasItsAddress({ NetworkSettings }: Docker.ContainerInfo, { address }: ContainerPlan): boolean {
  return ['', address].includes(NetworkSettings.Networks[networkName]?.IPAddress ?? 'none');
}

async function start(docker: Docker, wanted: ContainerPlan, container: Docker.Container): Promise<void> {
  await container.start().catch(async (error: unknown) => {
    throw await whyNotStarted(docker, wanted, error);
  });
}

/** What the package's types do not tell. */
interface Patient {
  stop(options: { t: number; abortSignal: AbortSignal }): Promise<unknown>;
  remove(options: { force: boolean; abortSignal: AbortSignal }): Promise<unknown>;
}

/** Many times what a busy engine takes. Docker 20.10 was seen to lock itself up for good while several containers left a network at once. */
const usualEndMs = 120_000;

/** Stops it in order, then removes it. @throws Error with the cure when the engine does neither in time */
export async function removeContainer(docker: Docker, id: string, endMs = usualEndMs): Promise<void> {
  const container = docker.getContainer(id) as unknown as Patient;
  const abortSignal = AbortSignal.timeout(endMs);
  await container.stop({ t: stopSeconds, abortSignal }).catch(() => undefined);
  await container.remove({ force: true, abortSignal }).catch((error: { statusCode?: number }) => {
    if (abortSignal.aborted)
      throw new Error(
        `the engine has not ended the container ${id.slice(0, 12)} within ${endMs / 1000} seconds; cure: restart the engine, then the same command again`,
      );
    // It has gone by itself, or is going: a speaker removes itself.
    if (error.statusCode !== 404 && error.statusCode !== 409) throw error;
  });
}
