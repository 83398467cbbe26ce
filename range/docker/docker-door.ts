/**
 * docker-door - a running workshop on Docker: commands by exec, whole hosts by start and stop of their containers.
 *
 * A seat's zone files are edited in its gateway's container, where they lie in /srv/dns: a seat has two containers.
 */
import type Docker from 'dockerode';
import { z } from 'zod';
import type { Clock } from '#util/clock.ts';
import type { ControlAnswer } from '#util/control.ts';
import type { EngineDoor } from '../engine-door.ts';
import type { HostState } from '../range.ts';
import { nothingRuns, type Workspace } from '../workspace.ts';
import { findSeat, type HostName, type MailHost, type Seat, type World } from '../world.ts';
import { connectDocker } from './connect.ts';
import { stopSeconds } from './container-plan.ts';
import { runCommand, tellAway, type ContainerCommand } from './exec.ts';
import { waitUntilReady } from './ready.ts';
import { containersOf } from './whose.ts';

const hostsAtOnce = 4;
const askMs = 5000;
/**
 * `service --status-all --json` without a Node of its own, which a board of forty seats would feel: the init's control socket is asked directly (util/control.ts). Perl is in every Debian.
 */
const askInit = [
  'perl',
  '-MIO::Socket::UNIX',
  '-e',
  'open(my $file, "<", "/run/init.ctl") or exit 1; chomp(my $path = <$file>); my $init = IO::Socket::UNIX->new($path) or exit 1; ' +
    'print $init qq({"command":"status","arguments":[]}\n); $init->shutdown(1); print <$init>',
];

/** @throws Error with the cure when no engine answers, or none of this workshop's containers is there */
export async function openDockerDoor(world: World, workspace: Workspace, clock: Clock): Promise<EngineDoor> {
  const docker = await connectDocker();
  if ((await containersOf(docker, workspace, { all: false })).length === 0) throw nothingRuns(workspace);
  return new DockerDoor(docker, world, workspace, clock);
}

/** Where a command in a seat's host runs, and what it sees. */
export function commandPlace(world: World, seatId: string, host: HostName): Omit<ContainerCommand, 'command'> {
  const seat = findSeat(world, seatId);
  const local = host === 'dns' ? world.dns : seat[host];
  const root = host === 'dns' ? '/srv/dns' : '/';
  return {
    container: `gatehouse-${seatId}-${host === 'dns' ? 'gateway' : host}`,
    folder: root,
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      MAIL_CONFIG: '/etc/postfix',
      HOME: '/root',
      TERM: 'xterm',
      LANG: 'C.UTF-8',
      GATEHOUSE_ROOT: root,
      GATEHOUSE_WIRE: 'direct',
      GATEHOUSE_DNS: `${world.dns.address}:53`,
      GATEHOUSE_NODE: '/usr/local/bin/node',
      GATEHOUSE_HOSTNAME: local.name,
      PS1: `root@${local.name}:\\w# `,
    },
  };
}

/** What a host says of itself. */
type Told = Pick<HostState, 'services' | 'listeners'>;
const port = z.number().int().min(0).max(65_535);
const toldSchema = z.object({
  services: z
    .array(z.object({ name: z.string(), state: z.enum(['running', 'stopped', 'failed']), reason: z.string() }))
    .max(100),
  listeners: z
    .array(z.object({ service: z.string(), address: z.string(), port, socket: z.object({ host: z.string(), port }) }))
    .max(1000),
});

class DockerDoor implements EngineDoor {
  readonly engine = 'docker';
  readonly #docker: Docker;
  readonly #world: World;
  readonly #workspace: Workspace;
  readonly #clock: Clock;

  constructor(docker: Docker, world: World, workspace: Workspace, clock: Clock) {
    this.#docker = docker;
    this.#world = world;
    this.#workspace = workspace;
    this.#clock = clock;
  }

  async status(only?: string): Promise<readonly HostState[]> {
    const seats = this.#world.seats.filter(({ id }) => only === undefined || id === only);
    const places = seats.flatMap((seat) => (['gateway', 'mailbox', 'dns'] as const).map((host) => ({ seat, host })));
    const nameServer = await this.#nameServer();
    const states: HostState[] = [];
    for (let at = 0; at < places.length; at += hostsAtOnce)
      states.push(
        ...(await Promise.all(
          places.slice(at, at + hostsAtOnce).map(async ({ seat, host }) => {
            const told = host === 'dns' ? nameServer : await this.#askHost(seat.id, host);
            return { ...this.#place(seat, host), ...told };
          }),
        )),
      );
    return states;
  }

  #place(seat: Seat, host: HostName): Pick<HostState, 'seat' | 'host' | 'address' | 'rootFolder'> {
    const { address } = host === 'dns' ? this.#world.dns : seat[host];
    return { seat: seat.id, host, address, rootFolder: this.#workspace.hostRoot(seat.id, host) };
  }

  /** Whoever is root in a host may answer in its init's place: what is no answer counts as none. */
  async #askHost(seatId: string, host: MailHost): Promise<Told> {
    const wanted = { ...commandPlace(this.#world, seatId, host), command: askInit };
    try {
      const { stdout } = await runCommand(this.#docker, this.#clock, wanted, { timeoutMs: askMs });
      const { output } = JSON.parse(stdout) as Partial<ControlAnswer>;
      return toldSchema.parse(JSON.parse(output ?? ''));
    } catch {
      return { services: [], listeners: [] };
    }
  }

  /** All seats share the lab's name server; its container runs nothing else. */
  async #nameServer(): Promise<Told> {
    const { address } = this.#world.dns;
    const found = await this.#docker
      .getContainer('gatehouse-dns')
      .inspect()
      .catch(() => undefined);
    const isRunning = found?.State.Running === true && !found.State.Paused;
    return isRunning
      ? {
          services: [{ name: 'named', state: 'running', reason: '' }],
          listeners: [{ service: 'domain', address, port: 53, socket: { host: address, port: 53 } }],
        }
      : { services: [{ name: 'named', state: 'stopped', reason: 'its container does not run' }], listeners: [] };
  }

  exec: EngineDoor['exec'] = (seat, host, command, options) =>
    runCommand(this.#docker, this.#clock, { ...commandPlace(this.#world, seat, host), command }, options);

  async control(
    seat: string,
    host: HostName,
    action: Parameters<EngineDoor['control']>[2],
    service?: string,
  ): Promise<void> {
    if (host === 'dns') return;
    if (service === undefined) return this.#controlHost(`gatehouse-${seat}-${host}`, action);
    const result = await this.exec(seat, host, ['service', service, action], {});
    if (result.exitCode !== 0)
      throw new Error(result.stdout.trim() || result.stderr.trim() || `service ${service} ${action} failed`);
  }

  async #controlHost(name: string, action: Parameters<EngineDoor['control']>[2]): Promise<void> {
    const container = this.#docker.getContainer(name);
    if (action === 'stop') return unlessSo(container.stop({ t: stopSeconds })).catch(tellAway(name));
    if (action === 'restart') await container.restart({ t: stopSeconds }).catch(tellAway(name));
    else await unlessSo(container.start()).catch(tellAway(name));
    await waitUntilReady(this.#docker, this.#clock, name);
  }
}

/** The engine answers 304 when a container is in the wanted state already. */
async function unlessSo(done: Promise<unknown>): Promise<void> {
  await done.catch((error: { statusCode?: number }) => {
    if (error.statusCode !== 304) throw error;
  });
}
