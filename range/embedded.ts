/**
 * embedded - the engine without containers: name server, the lab's Internet and all seats' hosts in this process, on loopback addresses.
 *
 * A host that cannot start is reported and leaves the others running. Two workshops do not collide: whoever binds the name server's port of an offset has that offset.
 */
import { readFile } from 'node:fs/promises';
import { createDns, type ZoneSource } from '../containers/dns/dns.ts';
import { seatZone } from '../containers/dns/zone/seat-zone.ts';
import { startSink, type Sink } from '../containers/classroom/sink.ts';
import { createGateway } from '../containers/gateway/gateway.ts';
import { createDovecot } from '../containers/mailbox/dovecot.ts';
import { createMailbox } from '../containers/mailbox/mailbox.ts';
import { forEachAtMost } from '#util/at-most.ts';
import type { Clock } from '#util/clock.ts';
import { serveControl, type ControlAnswer, type ControlRequest, type ControlServer } from '#util/control.ts';
import { createHostRoot } from '#util/host-root.ts';
import type { HostDeps, ServiceAction, StartedHost } from '#util/host.ts';
import { createResolver } from '#util/resolver.ts';
import { createLoopbackWire, formatWire, type Wire } from '#util/wire.ts';
import { labZones } from './lab-zones.ts';
import { mountSeatDisks, unmountSeatDisks } from './seat-disks.ts';
import { findTakenPort, portOffsets } from './port-offset.ts';
import { clearChangedHosts, findChangedHosts } from './host-kinds.ts';
import { Provision } from './provision.ts';
import type { HostState } from './range.ts';
import { removeState, worldOf, writeState, type Workshop, type Workspace } from './workspace.ts';
import { findSeat, type HostName, type Seat, type World } from './world.ts';

export interface EmbeddedOptions {
  readonly workspace: Workspace;
  readonly workshop: Workshop;
  readonly clock: Clock;
  readonly pid: number;
  /** Told of each host that is up or failed. */
  progress(text: string): void;
}

export interface EmbeddedRange {
  readonly world: World;
  readonly wire: Wire;
  status(): readonly HostState[];
  stop(): Promise<void>;
  /** Resolves when `gatehouse down` asked for the end. */
  readonly ended: Promise<void>;
}

/** The control file answers so, with a word as output, while the workshop is not (or no longer) of use. */
export const notReadyExitCode = 75;
const hostsAtOnce = 8;

/** Starts everything. @throws Error with the cure when no address can be bound. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedRange> {
  const range = new Embedded(options);
  await range.start();
  return range;
}

class Embedded implements EmbeddedRange {
  readonly world: World;
  wire!: Wire;
  readonly ended: Promise<void>;
  readonly #options: EmbeddedOptions;
  readonly #hosts = new Map<string, StartedHost>();
  #dns: StartedHost | undefined;
  #sink: Sink | undefined;
  #control: ControlServer | undefined;
  #phase: 'starting' | 'ready' | 'stopping' = 'starting';
  /** Why a host is not there, by `seat/host`. */
  readonly #failures = new Map<string, string>();
  readonly #end: () => void;

  constructor(options: EmbeddedOptions) {
    this.#options = options;
    this.world = worldOf(options.workshop);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
  }

  async start(): Promise<void> {
    const { workspace } = this.#options;
    // First of all: whoever comes second learns that the workspace is taken, before either touches a file.
    this.#control = await serveControl(workspace.controlFile, (request) => this.#answer(request), { exclusive: true });
    try {
      await this.#startAll();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async #startAll(): Promise<void> {
    const { workspace, clock, progress, pid } = this.#options;
    await mountSeatDisks(workspace);
    for (const kept of await clearChangedHosts(await findChangedHosts(this.world, workspace), workspace, clock))
      progress(`what was there is kept as snapshot ${kept}`);
    const provision = new Provision(this.world, clock);
    await forEachAtMost(hostsAtOnce, this.#places(['gateway', 'mailbox', 'dns']), ({ seat, host }) =>
      this.#unlessItFails(seat, host, async () => {
        await provision.layHost(seat.id, host, workspace.hostRoot(seat.id, host));
      }),
    );
    await this.#startDns();
    progress(`name server ${this.world.dns.address} is up`);
    const actors = this.world.actors.map(({ id, host: { name, address } }) => ({ id, name, address }));
    this.#sink = await startSink(actors, workspace.sinkFolder, this.wire, clock);
    await forEachAtMost(hostsAtOnce, this.#places(['gateway', 'mailbox']), ({ seat, host }) =>
      this.#unlessItFails(seat, host, () => this.#startHost(seat, host)),
    );
    await writeState(workspace, {
      pid,
      engine: 'embedded',
      wire: formatWire(this.wire),
      startedAt: new Date(clock.now()).toISOString(),
    });
    this.#phase = 'ready';
  }

  /** A host whose files or sockets are beyond use is reported; the others go on. */
  async #unlessItFails(seat: Seat, host: HostName, work: () => Promise<void>): Promise<void> {
    const key = `${seat.id}/${host}`;
    if (this.#failures.has(key)) return;
    try {
      await work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#failures.set(key, reason);
      this.#options.progress(`${seat.id} ${host} did not start: ${reason}`);
    }
  }

  #places<H extends HostName>(hosts: readonly H[]): { seat: Seat; host: H }[] {
    return this.world.seats.flatMap((seat) => hosts.map((host) => ({ seat, host })));
  }

  async #startDns(): Promise<void> {
    const failures: string[] = [];
    for (const offset of portOffsets) {
      const wire = createLoopbackWire(offset);
      const dns = await this.#listenDns(wire);
      const problem = typeof dns === 'string' ? dns : await findTakenPort(this.world, wire);
      if (typeof dns !== 'string' && problem === undefined) {
        this.#dns = dns;
        this.wire = wire;
        return;
      }
      if (typeof dns !== 'string') await dns.stop();
      failures.push(problem ?? '');
      if (problem?.includes('EADDRNOTAVAIL')) break; // no other port helps
    }
    throw new Error(
      `no ports for the workshop can be had (${failures.join(', ')}); cure: end another workshop with "gatehouse down", or see what "gatehouse doctor" says`,
    );
  }

  /** The name server on that wire, or why it cannot be there. */
  async #listenDns(wire: Wire): Promise<StartedHost | string> {
    const { address } = this.world.dns;
    try {
      return await createDns({
        address,
        clock: this.#options.clock,
        wire,
        generated: labZones(this.world),
        sources: this.world.seats.flatMap((seat) => this.#zoneSources(seat)),
      }).start();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined || !['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL'].includes(code)) throw error;
      const at = wire.toSocket(address, 53);
      return code === 'EADDRNOTAVAIL' ? `${at.host}: ${code}` : `port ${at.port}: ${code}`;
    }
  }

  #zoneSources(seat: Seat): ZoneSource[] {
    const root = createHostRoot(this.#options.workspace.hostRoot(seat.id, 'dns'));
    const source = (origin: string, name: string): ZoneSource =>
      seatZone(root, { origin, file: `/etc/bind/${name}`, log: '/var/log/named.log' });
    return [
      source(seat.domain, `db.${seat.domain}`),
      source(`${seat.number}.18.198.in-addr.arpa`, `db.198.18.${seat.number}`),
    ];
  }

  async #startHost(seat: Seat, host: 'gateway' | 'mailbox'): Promise<void> {
    const { workspace, clock, progress } = this.#options;
    const root = createHostRoot(workspace.hostRoot(seat.id, host));
    const deps: HostDeps = {
      root,
      address: seat[host].address,
      hostname: seat[host].name,
      prefixLength: this.world.prefixLength,
      clock,
      wire: this.wire,
      resolver: createResolver({ servers: await this.#nameServers(root.resolve('/etc/resolv.conf')) }),
    };
    const started = await (host === 'gateway' ? createGateway(deps) : createMailbox(deps, createDovecot)).start();
    this.#hosts.set(`${seat.id}/${host}`, started);
    const failed = started.services().filter((service) => service.state === 'failed');
    progress(
      failed.length === 0
        ? `${seat.id} ${host} ${seat[host].address} is up`
        : `${seat.id} ${host}: ${failed.map((service) => `${service.name}: ${service.reason}`).join('; ')}`,
    );
  }

  /** The host's own resolv.conf decides whom it asks; only lab addresses are ever asked. */
  async #nameServers(file: string): Promise<string[]> {
    const text = await readFile(file, 'utf8').catch(() => '');
    const addresses = [...text.matchAll(/^\s*nameserver\s+(198\.1[89]\.\d+\.\d+)\s*$/gm)].map(
      (match) => match[1] ?? '',
    );
    return (addresses.length > 0 ? addresses : [this.world.dns.address]).map((address) => {
      const at = this.wire.toSocket(address, 53);
      return `${at.host}:${at.port}`;
    });
  }

  status(): readonly HostState[] {
    return this.#places(['gateway', 'mailbox', 'dns']).map(({ seat, host }) => {
      const started = host === 'dns' ? this.#dns : this.#hosts.get(`${seat.id}/${host}`);
      return {
        seat: seat.id,
        host,
        address: host === 'dns' ? this.world.dns.address : seat[host].address,
        rootFolder: this.#options.workspace.hostRoot(seat.id, host),
        services: started?.services() ?? this.#failedServices(`${seat.id}/${host}`),
        listeners: started?.addresses() ?? [],
      };
    });
  }

  #failedServices(key: string): HostState['services'] {
    const reason = this.#failures.get(key);
    return reason === undefined ? [] : [{ name: 'host', state: 'failed', reason }];
  }

  async #answer({ command, arguments: args }: ControlRequest): Promise<ControlAnswer> {
    const [seatId = '', host = ''] = args;
    const ok = (output = ''): ControlAnswer => ({ exitCode: 0, output });
    if (command === 'down') {
      this.#end();
      return ok();
    }
    if (this.#phase !== 'ready') return { exitCode: notReadyExitCode, output: this.#phase };
    switch (command) {
      case 'status':
        return ok(JSON.stringify(this.status()));
      case 'control':
        return this.#host(seatId, host).control(args[3] ?? '', args[2] as ServiceAction);
      case 'stop-host':
        await this.#stopHost(seatId, host);
        return ok();
      case 'start-host':
        if (host === 'gateway' || host === 'mailbox') {
          await this.#stopHost(seatId, host);
          this.#failures.delete(`${seatId}/${host}`);
          await this.#startHost(findSeat(this.world, seatId), host);
        }
        return ok();
      default:
        return { exitCode: 2, output: `unknown command ${command}` };
    }
  }

  #host(seat: string, host: string): StartedHost {
    const started = host === 'dns' ? this.#dns : this.#hosts.get(`${seat}/${host}`);
    if (!started) throw new Error(`${seat} ${host} is not running`);
    return started;
  }

  async #stopHost(seat: string, host: string): Promise<void> {
    await this.#hosts.get(`${seat}/${host}`)?.stop();
    this.#hosts.delete(`${seat}/${host}`);
  }

  /** The control file goes last: while it answers, nobody else may start here. */
  async stop(): Promise<void> {
    this.#phase = 'stopping';
    await Promise.all([...this.#hosts.values()].map((host) => host.stop()));
    await this.#sink?.stop();
    await this.#dns?.stop();
    await removeState(this.#options.workspace);
    await unmountSeatDisks(this.#options.workspace).catch((error: Error) => this.#options.progress(error.message));
    await this.#control?.stop();
  }
}
