/**
 * container-plan - the workshop as containers: which image, address, folders, rights and limits each one gets. Pure.
 *
 * Everything a host may write is a folder of the workspace or memory; the rest of its file system is read-only. A host's root loses all capabilities but those a
 * mail host's own root needs. Nothing of the engine or of other seats is mounted.
 */
import path from 'node:path';
import type { ContainerCreateOptions, NetworkCreateOptions } from 'dockerode';
import type { Workspace } from '../workspace.ts';
import type { HostAddress, MailHost, Seat, World } from '../world.ts';

export type ContainerRole = 'gateway' | 'mailbox' | 'dns' | 'classroom' | 'scanners';

/** What a container is made from: its role's image, or the one of genuine programs. */
export type ContainerImage = Exclude<ContainerRole, 'scanners'> | 'genuine';

export interface ContainerPlan {
  /** `gatehouse-pc1-gateway`. */
  readonly name: string;
  readonly role: ContainerRole;
  /** '' for the lab's own hosts. */
  readonly seat: string;
  readonly address: string;
  readonly options: ContainerCreateOptions;
}

export const workshopLabel = 'org.gatehouse.workshop';
export const seatLabel = 'org.gatehouse.seat';
export const roleLabel = 'org.gatehouse.role';
/** Digest of what a container was made from; put there by whoever makes it. */
export const planLabel = 'org.gatehouse.plan';
export const networkName = 'gatehouse-lab';
/** The network's device on the engine's machine. */
export const bridgeName = 'gatehouse0';

/** A host that has not stopped by then is ended; what it accepted is on disk. */
export const stopSeconds = 5;

const megabyte = 1024 * 1024;
/** What root may do in a mail host: own files, switch users, end processes, open port 25; Dovecot's login processes live in a chroot. */
const mailHostCapabilities = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'SETUID',
  'SETGID',
  'KILL',
  'SYS_CHROOT',
  'NET_BIND_SERVICE',
];

interface PlanContext {
  readonly world: World;
  readonly workspace: Workspace;
  imageOf(image: ContainerImage): string;
}

/** The lab's own hosts first, then the seats'. */
export function planContainers(context: PlanContext): ContainerPlan[] {
  return [
    planDns(context),
    planClassroom(context),
    ...(context.world.scanners ? [planScanners(context, context.world.scanners)] : []),
    ...context.world.seats.flatMap((seat) => [
      planSeatHost(context, seat, 'gateway'),
      planSeatHost(context, seat, 'mailbox'),
    ]),
  ];
}

/** The lab's network has no way out. Addresses are given by the plan; the engine's own pool lies where no host is. */
export function planNetwork(workspace: Workspace): NetworkCreateOptions {
  return {
    Name: networkName,
    Internal: true,
    Labels: { [workshopLabel]: workspace.folder },
    Options: { 'com.docker.network.bridge.name': bridgeName },
    IPAM: {
      Config: [{ Subnet: '198.18.0.0/15', IPRange: '198.18.255.0/24' }],
    },
  };
}

/**
 * A genuine host gets by with the powers of ours: Postfix and Dovecot start as root, open port 25 (NET_BIND_SERVICE), shut their programs into the queue's folder (SYS_CHROOT) and change to their own users
 * (SETUID, SETGID); Postfix gives mail and queue files to their owners and reads what is theirs (CHOWN, FOWNER, DAC_OVERRIDE), and ends its programs (KILL). clamd and amavis need SETUID and SETGID alone.
 */
function planSeatHost(context: PlanContext, seat: Seat, role: MailHost): ContainerPlan {
  const isGenuine = seat.genuine.includes(role);
  const root = context.workspace.hostRoot(seat.id, role);
  // A seat has two containers; its zone files are at hand in the gateway's.
  const zones = role === 'gateway' ? [bind(context.workspace.hostRoot(seat.id, 'dns'), '/srv/dns')] : [];
  return plan(context, {
    role,
    seat: seat.id,
    host: seat[role],
    binds: [
      ...['etc', 'var', 'home', 'root'].map((folder) => bind(path.join(root, folder), `/${folder}`)),
      resolvConf(root),
      ...zones,
    ],
    capabilities: mailHostCapabilities,
    // amavis, SpamAssassin and clamd are large.
    memoryMegabytes: isGenuine ? 1024 : 384,
    env: isGenuine ? [`GATEHOUSE_ROLE=${role}`] : [],
    image: isGenuine ? 'genuine' : role,
  });
}

function planDns(context: PlanContext): ContainerPlan {
  const { world, workspace } = context;
  const own = path.join(workspace.folder, 'lab', 'dns');
  // The folder's own inode survives a reset, which empties it.
  const seats = world.seats.map((seat) => bind(workspace.hostRoot(seat.id, 'dns'), `/srv/seats/${seat.id}`));
  return plan(context, {
    role: 'dns',
    image: 'dns',
    seat: '',
    host: world.dns,
    binds: [bind(path.join(own, 'etc'), '/etc'), bind(path.join(own, 'var'), '/var'), resolvConf(own), ...seats],
    capabilities: ['NET_BIND_SERVICE', 'DAC_OVERRIDE'],
    memoryMegabytes: 256,
    env: [],
  });
}

function planClassroom(context: PlanContext): ContainerPlan {
  const { world, workspace } = context;
  const own = path.join(workspace.folder, 'lab', 'classroom');
  const actors = world.actors.map((actor) => ({ id: actor.id, name: actor.host.name, address: actor.host.address }));
  return plan(context, {
    role: 'classroom',
    image: 'classroom',
    seat: '',
    host: world.classroom,
    binds: [
      bind(path.join(own, 'etc'), '/etc'),
      bind(path.join(own, 'var'), '/var'),
      bind(workspace.sinkFolder, '/var/spool/sink'),
      // Pages show results; the command writes them.
      { ...bind(workspace.gradesFolder, '/var/lib/gatehouse/grades'), readOnly: true },
      resolvConf(own),
    ],
    // The actors' addresses are this host's own (ip-route(8), type local).
    capabilities: ['NET_BIND_SERVICE', 'NET_ADMIN', 'DAC_OVERRIDE'],
    memoryMegabytes: 1024,
    env: [`GATEHOUSE_ACTORS=${JSON.stringify(actors)}`],
  });
}

/** clamd and spamd for everybody: they start as root, open ports (spamd's is below 1024) and change to their own users. */
function planScanners(context: PlanContext, host: HostAddress): ContainerPlan {
  const own = path.join(context.workspace.folder, 'lab', 'scanners');
  return plan(context, {
    role: 'scanners',
    seat: '',
    host,
    image: 'genuine',
    binds: [bind(path.join(own, 'etc'), '/etc'), bind(path.join(own, 'var'), '/var'), resolvConf(own)],
    capabilities: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETUID', 'SETGID', 'KILL', 'NET_BIND_SERVICE'],
    memoryMegabytes: 1024,
    env: ['GATEHOUSE_ROLE=scanners'],
  });
}

/** A folder or file of the workspace, and where the host sees it. */
interface Bind {
  readonly source: string;
  readonly target: string;
  readonly readOnly?: boolean;
}

interface Wanted {
  readonly role: ContainerRole;
  readonly image: ContainerImage;
  readonly seat: string;
  readonly host: HostAddress;
  readonly binds: readonly Bind[];
  readonly capabilities: readonly string[];
  readonly memoryMegabytes: number;
  readonly env: readonly string[];
}

function plan({ world, workspace, imageOf }: PlanContext, wanted: Wanted): ContainerPlan {
  const { role, seat, host } = wanted;
  const name = ['gatehouse', seat, role].filter((part) => part !== '').join('-');
  return {
    name,
    role,
    seat,
    address: host.address,
    options: {
      name,
      Image: imageOf(wanted.image),
      Hostname: host.name,
      // The engine's own end waits so long: a host that it had to leave running would not come back with the engine.
      StopTimeout: 30,
      Env: [
        `GATEHOUSE_ADDRESS=${host.address}`,
        `GATEHOUSE_HOSTNAME=${host.name}`,
        `GATEHOUSE_PREFIX=${world.prefixLength}`,
        ...wanted.env,
      ],
      Labels: { [workshopLabel]: workspace.folder, [seatLabel]: seat, [roleLabel]: role },
      HostConfig: {
        // Not `Binds`: the engine would make a folder that is missing, and a host would begin anew on a disk that is not mounted.
        Mounts: wanted.binds.map(({ source, target, readOnly = false }) => ({
          Type: 'bind',
          Source: source,
          Target: target,
          ReadOnly: readOnly,
        })),
        ReadonlyRootfs: true,
        Tmpfs: { '/tmp': 'size=64m,mode=1777', '/run': 'size=16m,mode=755' },
        CapDrop: ['ALL'],
        CapAdd: [...wanted.capabilities],
        SecurityOpt: ['no-new-privileges'],
        Memory: wanted.memoryMegabytes * megabyte,
        MemorySwap: wanted.memoryMegabytes * megabyte,
        NanoCpus: 1_000_000_000,
        PidsLimit: 200,
        RestartPolicy: { Name: 'unless-stopped' },
        NetworkMode: networkName,
        // Whom the engine's own resolver (127.0.0.11) asks for what it does not know: older engines would ask this computer's, which knows the outside.
        Dns: [world.dns.address],
        LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
      },
      NetworkingConfig: { EndpointsConfig: { [networkName]: { IPAMConfig: { IPv4Address: host.address } } } },
    },
  };
}

/** The lab's own resolver and no other: Docker's would answer for container names. */
function resolvConf(root: string): Bind {
  return bind(path.join(root, 'etc', 'resolv.conf'), '/etc/resolv.conf');
}

function bind(source: string, target: string): Bind {
  return { source, target };
}
