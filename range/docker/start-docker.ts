/**
 * start-docker - the workshop's containers, brought to what the plan says: made, started, or left as they are.
 *
 * Idempotent: what runs with the same image and plan stays, seats that are gone from the plan lose their containers. Nothing that does not carry this workshop's label is touched. The network is internal: it has no way out, and `up` refuses an engine that would
 * route a lab address elsewhere.
 */
import type Docker from 'dockerode';
import { forEachAtMost } from '#util/at-most.ts';
import type { Clock } from '#util/clock.ts';
import { clearChangedHosts, findChangedHosts, type ChangedHost } from '../host-kinds.ts';
import { Provision } from '../provision.ts';
import { canLimitDisks, hasSeatDisk, makeSeatDisks, mountSeatDisks, unmountSeatDisks } from '../seat-disks.ts';
import { isOnDocker, worldOf, type Workshop, type Workspace } from '../workspace.ts';
import type { Seat, World } from '../world.ts';
import { bring, findContainers, removeContainer } from './bring.ts';
import { connectDocker } from './connect.ts';
import {
  bridgeName,
  networkName,
  planContainers,
  planNetwork,
  roleLabel,
  seatLabel,
  workshopLabel,
  type ContainerPlan,
  type ContainerImage,
} from './container-plan.ts';
import { layFirstFiles, type FirstFiles } from './first-files.ts';
import { lookAtImage, type Image } from './image-state.ts';
import { makeLabNetwork } from './lab-network.ts';
import { requireLabRoute } from './lab-route.ts';
import { noteRunning, provisionShared } from './provision-workshop.ts';
import { waitUntilFirstReady, waitUntilReady } from './ready.ts';
import { strangersIn } from './strangers.ts';
import { composeProjectOf, containersOf, networksOf, workshopOf } from './whose.ts';

export interface LabImages {
  imageOf(image: ContainerImage): string;
  /** What each image must carry: it says that the image holds the code that runs here. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface DockerOptions {
  readonly workspace: Workspace;
  readonly workshop: Workshop;
  readonly images: LabImages;
  readonly clock: Clock;
  progress(text: string): void;
}

/** Starting is the engine's work, not ours: more at once gains nothing on two cores. */
const containersAtOnce = 4;
/** Of hosts that did not start: an engine that died has the same words for each. */
const mostTold = 5;

/** Has the engine the images, and its network for nobody else? Asked before such a plan is kept. @throws Error with the cure */
export async function requireEngine({
  workspace,
  workshop,
  images,
}: Pick<DockerOptions, 'workspace' | 'workshop' | 'images'>): Promise<void> {
  const docker = await connectDocker();
  const plans = planContainers({ world: worldOf(workshop), workspace, imageOf: images.imageOf });
  await requireImages(docker, plans, images.labels);
  await ownNetwork(docker, workspace);
}

/** Brings the workshop up and waits until every host answers. @throws Error with the cure */
export async function startDocker(options: DockerOptions): Promise<World> {
  const { workspace, workshop, images, clock, progress } = options;
  const docker = await connectDocker();
  const world = worldOf(workshop);
  const plans = planContainers({ world, workspace, imageOf: images.imageOf });
  const imagesThere = await requireImages(docker, plans, images.labels);
  const imageIds = new Map([...imagesThere].map(([name, { id }]) => [name, id]));
  await requireNetwork(docker, workspace, world);
  // Told before there is anything to end: what breaks off from here on, `down` can undo. What is told already stays, since it knows the front.
  if (!(await isOnDocker(workspace))) await noteRunning(workspace, clock);
  const provision = new Provision(world, clock);
  const filled = await prepareDisks(docker, options, world, (seat) =>
    layFirstFiles(workspace.folder, (host) => imagesThere.get(images.imageOf(host))?.layers ?? [], provision, seat),
  );
  await changeKinds(docker, await findChangedHosts(world, workspace), options);
  await provisionShared(workshop, workspace, provision);
  await removeOthers(docker, workspace, plans);
  const found = await findContainers(docker);
  const begun: (() => Promise<void>)[] = [];
  const failed: Error[] = [];
  const attempt = (work: () => Promise<void>): Promise<void> =>
    work().catch((error: unknown) => void failed.push(error instanceof Error ? error : new Error(String(error))));
  await forEachAtMost(containersAtOnce, plans, (plan) =>
    attempt(async () => {
      await laySeatHost(provision, plan, workspace, filled);
      const outcome = await bring(docker, plan, found.get(plan.name), imageIds);
      progress(`${plan.name} ${plan.address} is started`);
      begun.push(() => (outcome === 'made' ? waitUntilFirstReady : waitUntilReady)(docker, clock, plan.name));
      // One that was started before those under way is ready by now: to follow a log from its first moment costs the engine more than to read it.
      if (begun.length > containersAtOnce) await begun.shift()?.();
    }),
  );
  await Promise.all(begun.map(attempt));
  if (failed.length > 0) throw notAll(failed, plans.length);
  return world;
}

/** One host's trouble keeps no other from starting; all of it is told at the end. */
function notAll(failed: readonly Error[], outOf: number): Error {
  const words = failed.slice(0, mostTold).map(({ message }) => message);
  const more = failed.length > mostTold ? [`and ${failed.length - mostTold} more`] : [];
  const summary = failed.length > 1 ? [`${failed.length} of ${outOf} hosts are not up`] : [];
  return new Error([...summary, ...words, ...more].join('\n  '), { cause: failed[0] });
}

/** Its files, while the engine makes other containers. */
async function laySeatHost(
  provision: Provision,
  { seat, role }: ContainerPlan,
  workspace: Workspace,
  filled: ReadonlySet<string>,
): Promise<void> {
  if (role !== 'gateway' && role !== 'mailbox') return;
  await provision.layHost(seat, role, workspace.hostRoot(seat, role), { isAlike: filled.has(seat) });
}

/** A host that is to be of the other kind begins anew; what it had is kept. */
async function changeKinds(
  docker: Docker,
  changed: readonly ChangedHost[],
  { workspace, clock, progress }: DockerOptions,
): Promise<void> {
  for (const { seat, host } of changed) {
    const found = await docker
      .getContainer(`gatehouse-${seat}-${host}`)
      .inspect()
      .catch(() => undefined);
    if (found && workshopOf(found.Config.Labels) === workspace.folder) await removeContainer(docker, found.Id);
  }
  for (const kept of await clearChangedHosts(changed, workspace, clock))
    progress(`what was there is kept as snapshot ${kept}`);
}

/** A disk of its own for each seat; one that has containers already stays where its files are. @returns the seats whose disks are new and hold their hosts' first files */
async function prepareDisks(
  docker: Docker,
  { workspace, progress }: DockerOptions,
  { seats }: World,
  layFirst: (seat: string) => Promise<FirstFiles | undefined>,
): Promise<ReadonlySet<string>> {
  const limit = canLimitDisks();
  if (limit.kind === 'unlimited') {
    progress(`seats share this computer's disk: ${limit.reason}`);
    await mountSeatDisks(workspace);
    return new Set();
  }
  const there = await containersOf(docker, workspace, { all: true });
  const settled = new Set(there.map(({ Labels }) => Labels[seatLabel]));
  const wanted = seats.filter(({ id }) => !settled.has(id) && !hasSeatDisk(workspace, id));
  const idsOf = (some: readonly Seat[]): string[] => some.map(({ id }) => id);
  await makeSeatDisks(workspace, idsOf(wanted.filter(({ genuine }) => genuine.length > 0)));
  const own = idsOf(wanted.filter(({ genuine }) => genuine.length === 0));
  const [first] = own;
  if (first === undefined) return new Set();
  using files = await layFirst(first);
  return await makeSeatDisks(workspace, own, files?.folder);
}

/** @returns them by name. @throws Error with the cure when one is missing or of other code */
async function requireImages(
  docker: Docker,
  plans: readonly ContainerPlan[],
  labels: LabImages['labels'],
): Promise<ReadonlyMap<string, Image>> {
  const there = new Map<string, Image>();
  for (const name of new Set(plans.map(({ options: { Image } }) => Image ?? ''))) {
    const build = /\/genuine:/.test(name) ? 'images build --with genuine' : 'images build';
    const state = await lookAtImage(docker, name, labels);
    if (state.kind === 'missing')
      throw new Error(`there is no image ${name}; cure: gatehouse ${build}, or gatehouse images load FILE`);
    if (state.kind === 'other-code')
      throw new Error(`the image ${name} was built from other code than this; cure: gatehouse ${build}`);
    there.set(name, state.image);
  }
  return there;
}

/** Is the lab's network there, and this workshop's? @throws Error with the cure when it is another's */
async function ownNetwork(docker: Docker, workspace: Workspace): Promise<boolean> {
  const found = (await docker.listNetworks({ filters: { name: [networkName] } })).find(
    ({ Name }) => Name === networkName,
  );
  if (found?.Labels?.[workshopLabel] === workspace.folder) return true;
  const project = composeProjectOf(found?.Labels);
  if (project !== undefined)
    throw new Error(
      `the network ${networkName} belongs to docker compose (project ${project}); cure: docker compose down (one workshop an engine: addresses are real)`,
    );
  const owner = found?.Labels?.[workshopLabel];
  if (found)
    throw new Error(
      `the network ${networkName} belongs to ${owner ?? 'somebody else'}; cure: ${owner === undefined ? `docker network rm ${networkName}` : `gatehouse down --workspace ${owner}`} (one workshop an engine: addresses are real)`,
    );
  return false;
}

/** The lab's network, made unless it is there; it brings the route to lab addresses, which is looked at then. */
async function requireNetwork(docker: Docker, workspace: Workspace, { dns }: World): Promise<void> {
  if (await ownNetwork(docker, workspace)) return requireLabRoute(dns.address, bridgeName);
  // Those of an earlier network of that name could not start in this one.
  await removeAll(docker, await containersOf(docker, workspace, { all: true }));
  await makeLabNetwork(docker, planNetwork(workspace));
  await requireLabRoute(dns.address, bridgeName).catch(async (error: unknown) => {
    await docker.getNetwork(networkName).remove();
    throw error;
  });
}

/** What the workshop no longer has: seats that went, scanners that are not wanted. Their files stay. A connection that speaks in a host's name has no role. */
async function removeOthers(docker: Docker, workspace: Workspace, plans: readonly ContainerPlan[]): Promise<void> {
  const names = new Set(plans.map(({ name }) => `/${name}`));
  const there = await containersOf(docker, workspace, { all: true });
  const others = there.filter(({ Names, Labels }) => roleLabel in Labels && !Names.some((name) => names.has(name)));
  await removeAll(docker, others);
}

function removeAll(docker: Docker, containers: readonly Docker.ContainerInfo[]): Promise<void> {
  return forEachAtMost(containersAtOnce, containers, ({ Id }) => removeContainer(docker, Id));
}

/** Removes this workshop's containers and network, nothing else. @returns how many containers there were @throws Error with the cure when others are in the network */
export async function stopDocker(workspace: Workspace): Promise<number> {
  const docker = await connectDocker();
  const containers = await containersOf(docker, workspace, { all: true });
  const networks = await networksOf(docker, workspace, containers);
  await removeAll(docker, containers);
  await unmountSeatDisks(workspace);
  for (const { Id } of networks) await removeNetwork(docker, Id);
  return containers.length;
}

/** @throws Error naming who is in it still, with the cure */
async function removeNetwork(docker: Docker, id: string): Promise<void> {
  const strangers = await strangersIn(docker, id);
  if (strangers.length > 0)
    throw new Error(
      `the workshop's containers have ended, but its network ${networkName} has others in it: ${strangers.join(', ')}; cure: ${strangers.map((name) => `docker network disconnect ${networkName} ${name}`).join('; ')}; then gatehouse down again`,
    );
  await docker.getNetwork(id).remove();
}
