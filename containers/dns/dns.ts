/**
 * dns - the face of the name server host: serves the lab's own zones and every seat's two, all authoritative, and nothing else.
 *
 * `generated` are the lab's zones as text; `sources` are the files that students edit. What a file's reading came to goes to the source's report.
 */
import type { Host, HostDeps, ServiceStatus, StartedHost } from '#util/host.ts';
import type { Timer } from '#util/clock.ts';
import { answerQuery } from './answer/answer-query.ts';
import { listenDns, type DnsSockets } from './answer/listen.ts';
import { ZoneStore, type ZoneSource } from './zone/zone-store.ts';

export type { ZoneSource } from './zone/zone-store.ts';

export interface DnsDeps extends Pick<HostDeps, 'address' | 'clock' | 'wire'> {
  /** Origin (without final dot; '' is the root) -> text of the zone file. */
  readonly generated: ReadonlyMap<string, string>;
  readonly sources: readonly ZoneSource[];
}

const roundMs = 500;
const servicePort = 53;

/** Makes the host; `start` rejects when a generated zone is wrong or port 53 cannot be bound. */
export function createDns(deps: DnsDeps): Host {
  return { start: () => startDns(deps) };
}

async function startDns(deps: DnsDeps): Promise<StartedHost> {
  const store = new ZoneStore(deps.generated, deps.sources, deps.clock);
  await store.lookAtAll();
  const listen = (): Promise<DnsSockets> =>
    listenDns(deps.wire.toSocket(deps.address, servicePort), (query, transport) =>
      answerQuery(store, query, transport),
    );
  let sockets: DnsSockets | undefined = await listen();
  let timer: Timer | undefined;
  const round = (): void => {
    timer = deps.clock.after(roundMs, () => void store.lookAtAll().finally(() => timer && round()), { weak: true });
  };
  round();
  const stopSockets = async (): Promise<void> => {
    const stopping = sockets;
    sockets = undefined;
    await stopping?.stop();
  };
  const status = (): ServiceStatus => ({
    name: 'named',
    state: sockets ? 'running' : 'stopped',
    reason: sockets ? '' : 'stopped by command',
  });
  return {
    addresses: () =>
      sockets ? [{ service: 'domain', address: deps.address, port: servicePort, socket: sockets.bound }] : [],
    services: () => [status()],
    async control(service, action) {
      if (service !== 'named') return { exitCode: 1, output: `${service}: unrecognized service\n` };
      if (action === 'stop' || action === 'restart') await stopSockets();
      if (action === 'start' || action === 'restart') sockets ??= await listen();
      if (action === 'reload') await store.lookAtAll();
      return { exitCode: 0, output: action === 'status' ? `named is ${status().state}\n` : '' };
    },
    async stop() {
      timer?.cancel();
      timer = undefined;
      await stopSockets();
    },
  };
}
