/**
 * doctor - looks at what a workshop on Docker needs: an engine that answers, its images as this project's code would make them, lab addresses that are free. Changes nothing.
 */
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import type Docker from 'dockerode';
import ipaddr from 'ipaddr.js';
import type { Examination } from '../doctor.ts';
import type { Workspace } from '../workspace.ts';
import { connectDocker } from './connect.ts';
import { networkName, workshopLabel, type ContainerRole } from './container-plan.ts';

export interface DockerNeeds {
  readonly workspace: Workspace;
  readonly seats: number;
  imageOf(role: ContainerRole): string;
  /** What the label of an image of today's code says. */
  readonly content: { readonly label: string; readonly digest: string };
}

const roles: readonly ContainerRole[] = ['gateway', 'mailbox', 'dns', 'classroom'];
const lab = ipaddr.parseCIDR('198.18.0.0/15');
/** A pair at rest, measured (bench/RESULTS.md), and the lab's own two. */
const [baseMegabytes, megabytesPerSeat] = [300, 120];
const megabyte = 1024 * 1024;

/** In the order in which they matter; nothing more is looked at when no engine answers. */
export async function examineDocker(needs: DockerNeeds): Promise<Examination[]> {
  const what = 'Docker engine';
  let docker: Docker;
  try {
    docker = await connectDocker();
  } catch (error) {
    const [seen = '', cure = ''] = (error instanceof Error ? error.message : String(error)).split('; cure: ');
    return [{ kind: 'lacking', what, seen, cure }];
  }
  const { Version, ApiVersion } = await docker.version();
  return [
    { kind: 'fine', what, seen: `version ${Version}, API ${ApiVersion}`, cure: '' },
    await examineImages(docker, needs),
    await examineNetworks(docker, needs.workspace),
    examineRoutes(await readFile('/proc/net/route', 'utf8').catch(() => '')),
    await examineMemory(docker, needs.seats),
    await examineContainers(docker, needs.workspace),
  ];
}

async function examineImages(docker: Docker, { imageOf, content }: DockerNeeds): Promise<Examination> {
  const what = 'images';
  const [missing, old]: [string[], string[]] = [[], []];
  for (const name of roles.map(imageOf)) {
    const found = await docker
      .getImage(name)
      .inspect()
      .catch(() => undefined);
    if (!found) missing.push(name);
    else if (found.Config.Labels?.[content.label] !== content.digest) old.push(name);
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
  for (const { Name, Labels, IPAM } of await docker.listNetworks()) {
    const isOurs = Labels?.[workshopLabel] === workspace.folder;
    if (isOurs) continue;
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

/** A machine's own route into the lab's addresses would take packets elsewhere (proc_net_route(5)). @param table text of /proc/net/route; '' where there is none */
export function examineRoutes(table: string): Examination {
  const what = 'routes';
  const toAddress = (hex: string): string =>
    (hex.match(/../g) ?? [])
      .map((byte) => Number.parseInt(byte, 16))
      .reverse()
      .join('.');
  for (const line of table.split('\n').slice(1)) {
    const [device = '', destination = '', , , , , , mask = ''] = line.trim().split(/\s+/);
    if (!/^[0-9A-F]{8}$/i.test(destination) || !/^[0-9A-F]{8}$/i.test(mask) || /^0+$/.test(mask)) continue;
    const length = ipaddr.IPv4.parse(toAddress(mask)).prefixLengthFromSubnetMask() ?? 32;
    const subnet = `${toAddress(destination)}/${length}`;
    if (overlapsLab(subnet) && !/^(br-|lo$)/.test(device))
      return {
        kind: 'lacking',
        what,
        seen: `this machine has a route to ${subnet} through ${device}`,
        cure: 'take it away while the workshop runs: ip route del ' + subnet,
      };
  }
  return { kind: 'fine', what, seen: 'no lab address leads elsewhere', cure: '' };
}

async function examineMemory(docker: Docker, seats: number): Promise<Examination> {
  const { MemTotal } = (await docker.info()) as { MemTotal: number };
  const total = Math.round((MemTotal || os.totalmem()) / megabyte);
  const needed = baseMegabytes + seats * megabytesPerSeat;
  return {
    kind: total >= 1.5 * needed ? 'fine' : 'note',
    what: 'memory',
    seen: `${total} MB in all, ${seats} seats need about ${needed} MB`,
    cure: total >= 1.5 * needed ? '' : 'close other programs, or run fewer seats',
  };
}

async function examineContainers(docker: Docker, { folder }: Workspace): Promise<Examination> {
  const filters = { label: [`${workshopLabel}=${folder}`] };
  const there = await docker.listContainers({ all: true, filters });
  const still = there.filter(({ State }) => State !== 'running').map(({ Names }) => (Names[0] ?? '').slice(1));
  const seen = there.length === 0 ? 'none runs' : `${there.length - still.length} of ${there.length} containers run`;
  return still.length === 0
    ? { kind: 'fine', what: 'workshop', seen, cure: '' }
    : {
        kind: 'lacking',
        what: 'workshop',
        seen: `${seen}; not ${still.join(', ')}`,
        cure: `gatehouse up --engine docker --workspace ${folder}`,
      };
}
