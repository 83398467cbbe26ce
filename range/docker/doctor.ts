/**
 * doctor - looks at what a workshop on Docker needs: an engine that answers, its images as this project's code would make them, lab addresses that are free. Changes nothing.
 */
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import type Docker from 'dockerode';
import ipaddr from 'ipaddr.js';
import { portsOnAllAddresses } from '#util/listening.ts';
import { judgeMemory, type Examination } from '../doctor.ts';
import type { Workspace } from '../workspace.ts';
import { connectDocker } from './connect.ts';
import { bridgeName, networkName, workshopLabel, type ContainerImage } from './container-plan.ts';
import { lookAtImage } from './image-state.ts';
import { requireLabRoute } from './lab-route.ts';
import type { LabImages } from './start-docker.ts';
import { containersOf, networksOf } from './whose.ts';

export interface DockerNeeds {
  readonly workspace: Workspace;
  readonly seats: number;
  readonly images: LabImages;
}

const roles: readonly ContainerImage[] = ['gateway', 'mailbox', 'dns', 'classroom'];
const lab = ipaddr.parseCIDR('198.18.0.0/15');
/** A pair at rest, measured (bench/RESULTS.md), and the lab's own two. */
const [baseMegabytes, megabytesPerSeat] = [300, 120];

/** In the order in which they matter; nothing more is looked at when no engine answers. */
export async function examineDocker(needs: DockerNeeds): Promise<Examination[]> {
  const what = 'Docker engine';
  let docker: Docker;
  try {
    docker = await connectDocker();
  } catch (error) {
    const [seen = '', cure = ''] = words(error).split('; cure: ');
    return [{ kind: 'lacking', what, seen, cure }];
  }
  const { Version, ApiVersion } = await docker.version();
  return [
    { kind: 'fine', what, seen: `version ${Version}, API ${ApiVersion}`, cure: '' },
    await examineImages(docker, needs),
    await examineNetworks(docker, needs.workspace),
    ...((await docker.listNetworks()).some(({ Name }) => Name === networkName) ? [await examineRoute()] : []),
    ...(await examineServices()),
    await examineMemory(docker, needs.seats),
    await examineContainers(docker, needs.workspace),
  ];
}

async function examineImages(docker: Docker, { images: { imageOf, labels } }: DockerNeeds): Promise<Examination> {
  const what = 'images';
  const [missing, old]: [string[], string[]] = [[], []];
  for (const name of roles.map(imageOf)) {
    const { kind } = await lookAtImage(docker, name, labels);
    if (kind === 'missing') missing.push(name);
    else if (kind === 'other-code') old.push(name);
  }
  if (missing.length > 0)
    return {
      kind: 'lacking',
      what,
      seen: `not there: ${missing.join(', ')}`,
      cure: 'gatehouse images build, or gatehouse images load FILE',
    };
  return old.length === 0
    ? { kind: 'fine', what, seen: 'all there, of the code that is here', cure: '' }
    : {
        kind: 'note',
        what,
        seen: `of other code than what is here: ${old.join(', ')}`,
        cure: 'gatehouse images build',
      };
}

/** One workshop an engine, and no other network on its addresses: the engine would refuse ours. */
async function examineNetworks(docker: Docker, workspace: Workspace): Promise<Examination> {
  const what = 'lab network';
  const containers = await containersOf(docker, workspace, { all: true });
  const ours = new Set((await networksOf(docker, workspace, containers)).map(({ Id }) => Id));
  for (const { Id, Name, Labels, IPAM } of await docker.listNetworks()) {
    if (ours.has(Id)) continue;
    const subnets = (IPAM?.Config ?? []).map(({ Subnet }) => Subnet ?? '');
    if (Name !== networkName && !subnets.some(overlapsLab)) continue;
    const owner = Labels?.[workshopLabel];
    return {
      kind: 'lacking',
      what,
      seen: `the network ${Name} has ${subnets.join(', ')}${owner === undefined ? '' : `, of the workshop in ${owner}`}`,
      cure: owner === undefined ? `docker network rm ${Name}` : `gatehouse down --workspace ${owner}`,
    };
  }
  return { kind: 'fine', what, seen: '198.18.0.0/15 is free, or ours already', cure: '' };
}

function overlapsLab(subnet: string): boolean {
  if (!ipaddr.isValidCIDR(subnet)) return false;
  const [address, length] = ipaddr.parseCIDR(subnet);
  if (address.kind() !== 'ipv4') return false;
  return address.match(lab) || lab[0].match([address, length]);
}

/** Known once the lab's network is there, which brings the route: `up` looks before it goes on. */
async function examineRoute(): Promise<Examination> {
  const what = 'routes';
  try {
    await requireLabRoute('198.18.0.53', bridgeName);
    return { kind: 'fine', what, seen: 'lab addresses stay in the lab', cure: '' };
  } catch (error) {
    const [seen = '', cure = ''] = words(error).split('; cure: ');
    return { kind: 'lacking', what, seen, cure };
  }
}

/** The lab's network has an address of this computer on it, so that no packet for the lab leaves: what listens on all addresses listens there too. Nothing is said where the kernel does not tell. */
async function examineServices(): Promise<Examination[]> {
  const what = 'services here';
  const read = (table: string): Promise<string> => readFile(`/proc/net/${table}`, 'utf8').catch(() => '');
  const tables = await Promise.all(['tcp', 'tcp6'].map(read));
  if (tables.every((table) => table === '')) return [];
  const ports = portsOnAllAddresses(tables);
  return ports.length === 0
    ? [{ kind: 'fine', what, seen: 'none listens on all addresses of this computer', cure: '' }]
    : [
        {
          kind: 'note',
          what,
          seen: `seats can reach what listens on all addresses of this computer: port ${ports.join(', ')}`,
          cure: `let it listen on 127.0.0.1, or have a firewall refuse what comes in by ${bridgeName}`,
        },
      ];
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function examineMemory(docker: Docker, seats: number): Promise<Examination> {
  const { MemTotal } = (await docker.info()) as { MemTotal: number };
  return judgeMemory({
    totalBytes: MemTotal || os.totalmem(),
    seats,
    neededMegabytes: baseMegabytes + seats * megabytesPerSeat,
    margin: 1.5,
  });
}

async function examineContainers(docker: Docker, workspace: Workspace): Promise<Examination> {
  const there = await containersOf(docker, workspace, { all: true });
  const still = there.filter(({ State }) => State !== 'running').map(({ Names }) => (Names[0] ?? '').slice(1));
  const seen = there.length === 0 ? 'none runs' : `${there.length - still.length} of ${there.length} containers run`;
  return still.length === 0
    ? { kind: 'fine', what: 'workshop', seen, cure: '' }
    : {
        kind: 'lacking',
        what: 'workshop',
        seen: `${seen}; not ${still.join(', ')}`,
        cure: `gatehouse up --engine docker --workspace ${workspace.folder}`,
      };
}
