/**
 * host-init - starts, stops and reloads the services of a host, each for itself (what systemd and `service(8)` are on a real one).
 *
 * A service that fails leaves the others running and keeps its reason. `run/init.ctl` in the host's root lets the host's commands (`postfix reload`, `service dovecot restart`) reach it.
 */
import { serveControl, type ControlServer } from '#util/control.ts';
import type {
  ActionOutcome,
  ListenerAddress,
  ServiceAction,
  ServiceState,
  ServiceStatus,
  StartedHost,
} from '#util/host.ts';
import type { HostRoot } from '#util/host-root.ts';

/** A running service. */
export interface StartedService {
  addresses(): readonly ListenerAddress[];
  /** False when it has ended by itself, or by another hand. Absent where that cannot be. */
  isRunning?(): boolean;
  /** @throws Error when the new configuration cannot be used. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

export interface Service {
  readonly name: string;
  /** Does it start with the host? Absent: yes. */
  isEnabled?(): boolean;
  /** @throws Error with what a person must read. */
  start(): Promise<StartedService>;
}

interface Slot {
  readonly service: Service;
  started: StartedService | undefined;
  state: ServiceState;
  reason: string;
  /** Actions on one service follow one another. */
  last: Promise<unknown>;
}

/** Starts all services, in their order, and the host's control file. They end in the opposite order. Never rejects for a service's fault. */
export async function startHostInit(root: HostRoot, services: readonly Service[]): Promise<StartedHost> {
  const slots = new Map<string, Slot>(
    services.map((service) => [
      service.name,
      { service, started: undefined, state: 'stopped', reason: '', last: Promise.resolve() },
    ]),
  );
  const control = (name: string, action: ServiceAction): Promise<ActionOutcome> => {
    const slot = slots.get(name);
    if (!slot)
      return Promise.resolve({
        exitCode: 1,
        output: `${name}: unrecognized service; this host has ${[...slots.keys()].join(', ')}\n`,
      });
    const result = slot.last.then(() => act(slot, action));
    slot.last = result.catch(() => undefined);
    return result;
  };
  const addresses = (): ListenerAddress[] => [...slots.values()].flatMap((slot) => slot.started?.addresses() ?? []);
  const statuses = (): ServiceStatus[] =>
    [...slots.values()].map((slot) => ({ name: slot.service.name, state: stateOf(slot), reason: slot.reason }));
  for (const [name, { service }] of slots) if (service.isEnabled?.() ?? true) await control(name, 'start');
  const server: ControlServer = await serveControl(
    root.resolve('/run/init.ctl'),
    async ({ command, arguments: args }) => {
      if (command === 'service') return control(args[0] ?? '', readAction(args[1]));
      if (command === 'status')
        return { exitCode: 0, output: JSON.stringify({ services: statuses(), listeners: addresses() }) };
      return { exitCode: 2, output: `unknown command ${command}\n` };
    },
  );
  return {
    addresses,
    services: statuses,
    control,
    async stop() {
      await server.stop();
      for (const name of [...slots.keys()].reverse()) await control(name, 'stop');
    },
  };
}

/** @throws Error for another word. */
export function readAction(word: string | undefined): ServiceAction {
  const actions: readonly ServiceAction[] = ['start', 'stop', 'restart', 'reload', 'status'];
  const action = actions.find((each) => each === word);
  if (!action) throw new Error(`usage: service NAME ${actions.join('|')}`);
  return action;
}

async function act(slot: Slot, action: ServiceAction): Promise<ActionOutcome> {
  switch (action) {
    case 'status':
      return {
        exitCode: stateOf(slot) === 'running' ? 0 : 3,
        output: `${slot.service.name} is ${stateOf(slot)}${slot.reason === '' ? '' : `: ${slot.reason}`}\n`,
      };
    case 'start':
      return stateOf(slot) === 'running'
        ? { exitCode: 1, output: `${slot.service.name} is already running\n` }
        : start(slot);
    case 'stop':
      return stop(slot);
    case 'restart':
      await stop(slot);
      return start(slot);
    case 'reload':
      if (!slot.started) return { exitCode: 1, output: `${slot.service.name} is not running\n` };
      try {
        await slot.started.reload();
        return { exitCode: 0, output: '' };
      } catch (error) {
        return { exitCode: 1, output: `${slot.service.name}: ${words(error)}\n` };
      }
  }
}

function stateOf({ started, state }: Slot): ServiceState {
  return started?.isRunning?.() === false ? 'stopped' : state;
}

async function start(slot: Slot): Promise<ActionOutcome> {
  try {
    slot.started = await slot.service.start();
    slot.state = 'running';
    slot.reason = '';
    return { exitCode: 0, output: '' };
  } catch (error) {
    slot.state = 'failed';
    slot.reason = words(error);
    return { exitCode: 1, output: `${slot.service.name}: fatal: ${slot.reason}\n` };
  }
}

async function stop(slot: Slot): Promise<ActionOutcome> {
  const { started } = slot;
  slot.started = undefined;
  slot.state = 'stopped';
  slot.reason = '';
  await started?.stop();
  return started ? { exitCode: 0, output: '' } : { exitCode: 1, output: `${slot.service.name} is not running\n` };
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
