/**
 * whose - which workshop a container belongs to. Its label names the workspace's folder; on a container of docker compose the label is relative to compose's project folder, which
 * compose notes in a label of its own.
 */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type Docker from 'dockerode';
import type { Workspace } from '../workspace.ts';
import { connectDocker } from './connect.ts';
import { networkName, roleLabel, workshopLabel } from './container-plan.ts';

type Labels = Readonly<Record<string, string>> | undefined;

const composeFolderLabel = 'com.docker.compose.project.working_dir';
const composeProjectLabel = 'com.docker.compose.project';

/** The workspace's folder; undefined when the container is none of ours. */
export function workshopOf(labels: Labels): string | undefined {
  const folder = labels?.[workshopLabel];
  return folder === undefined ? undefined : path.resolve(labels?.[composeFolderLabel] ?? '/', folder);
}

/** The project of docker compose that made it; undefined when something else did. */
export function composeProjectOf(labels: Labels): string | undefined {
  return labels?.[composeProjectLabel];
}

/** A workshop's containers: those that run, or all. */
export async function containersOf(
  docker: Docker,
  { folder }: Workspace,
  { all }: { readonly all: boolean },
): Promise<readonly Docker.ContainerInfo[]> {
  const own = await settled(folder);
  const found = await docker.listContainers({ all, filters: { label: [workshopLabel] } });
  const places = await Promise.all(found.map(({ Labels }) => settled(workshopOf(Labels) ?? '')));
  return found.filter((_each, index) => places[index] === own);
}

/** How many of a workshop's containers run; none where no engine answers. */
export async function runningContainers(workspace: Workspace): Promise<number> {
  const docker = await connectDocker().catch(() => undefined);
  return docker === undefined ? 0 : (await containersOf(docker, workspace, { all: false })).length;
}

/** Do the scanners run? A profile of docker compose brings them, and no file of the workspace tells. */
export async function haveScanners(workspace: Workspace): Promise<boolean> {
  const there = await containersOf(await connectDocker(), workspace, { all: false });
  return there.some(({ Labels }) => Labels[roleLabel] === 'scanners');
}

/** Has an engine anything of the workshop? Not where none answers. */
export async function isOnEngine(workspace: Workspace): Promise<boolean> {
  const docker = await connectDocker().catch(() => undefined);
  if (docker === undefined) return false;
  const containers = await containersOf(docker, workspace, { all: true });
  return containers.length > 0 || (await networksOf(docker, workspace, containers)).length > 0;
}

/** A workshop's networks; a project of docker compose made it when one of its containers says so. */
export async function networksOf(
  docker: Docker,
  { folder }: Workspace,
  containers: readonly Docker.ContainerInfo[],
): Promise<readonly Docker.NetworkInspectInfo[]> {
  const projects = new Set(containers.map(({ Labels }) => composeProjectOf(Labels)));
  return (await docker.listNetworks({ filters: { name: [networkName] } })).filter(({ Name, Labels }) => {
    if (Name !== networkName) return false;
    const project = composeProjectOf(Labels);
    return project === undefined ? Labels?.[workshopLabel] === folder : projects.has(project);
  });
}

/** Compose may know the folder by a symbolic link. */
function settled(folder: string): Promise<string> {
  return realpath(folder).catch(() => folder);
}
