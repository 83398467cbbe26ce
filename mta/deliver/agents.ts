/**
 * agents - the delivery agents that master.cf names: a transport is a unix service whose program is one of ours (master(5)).
 */
import type { MasterService, PostfixConfig } from '../config/config.ts';
import type { MtaDeps } from '../mta-deps.ts';
import type { Cleanup } from '../queue/queue.ts';
import type { DeliveryAgent } from './agent.ts';
import { discardAgent, errorAgent, retryAgent } from './fixed-agents.ts';

export interface AgentsOptions {
  readonly config: PostfixConfig;
  readonly deps: MtaDeps;
  readonly cleanup: Cleanup;
  readonly services: readonly MasterService[];
  /** Resolves when the service's program runs. */
  readonly started: (service: MasterService, config: PostfixConfig) => Promise<void>;
}

/** Agents by transport name. */
export function createAgents({
  config: shared,
  deps,
  cleanup,
  services,
  started,
}: AgentsOptions): ReadonlyMap<string, DeliveryAgent> {
  const agents = new Map<string, DeliveryAgent>();
  for (const service of services) {
    if (service.type !== 'unix') continue;
    const config = shared.with(service.overrides);
    const ident = `${config.expand('$syslog_name', new Map([['service_name', service.name]]))}/${service.command}`;
    const load = agentLoader(service, config, deps, cleanup, ident);
    if (!load) continue;
    // A program that cannot start leaves its mail in the active queue.
    const deliver: DeliveryAgent['deliver'] = async (request) => {
      await started(service, config);
      return (await load()).deliver(request);
    };
    agents.set(service.name, { log: deps.log.process(ident), deliver });
  }
  return agents;
}

/** Gives the agent; its code is loaded with the first message, and a class of hosts starts without it. Undefined when no agent is of that name. */
function agentLoader(
  service: MasterService,
  config: PostfixConfig,
  deps: MtaDeps,
  cleanup: Cleanup,
  ident: string,
): (() => Promise<DeliveryAgent>) | undefined {
  const protocol = service.command;
  switch (protocol) {
    case 'smtp':
    case 'lmtp':
      return async () => (await import('./smtp.ts')).createSmtpAgent({ config, deps, ident, protocol });
    case 'local':
      return async () => (await import('./local.ts')).createLocalAgent({ config, deps, cleanup });
    case 'error':
      return async () => (service.name === 'retry' ? retryAgent : errorAgent);
    case 'discard':
      return async () => discardAgent;
    default:
      return undefined;
  }
}
