/**
 * agents - the delivery agents that master.cf names: a transport is a unix service whose program is one of ours (master(5)).
 */
import type { MasterService, PostfixConfig } from '../config/config.ts';
import type { MtaDeps } from '../mta-deps.ts';
import type { Cleanup } from '../queue/queue.ts';
import type { DeliveryAgent } from './agent.ts';
import { discardAgent, errorAgent, retryAgent } from './fixed-agents.ts';
import { createLocalAgent } from './local.ts';
import { createSmtpAgent } from './smtp.ts';

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
    const agent = createAgent(service, config, deps, cleanup, ident);
    if (!agent) continue;
    // A program that cannot start leaves its mail in the active queue.
    const deliver: DeliveryAgent['deliver'] = async (request) => {
      await started(service, config);
      return agent.deliver(request);
    };
    agents.set(service.name, { log: deps.log.process(ident), ...agent, deliver });
  }
  return agents;
}

function createAgent(
  service: MasterService,
  config: PostfixConfig,
  deps: MtaDeps,
  cleanup: Cleanup,
  ident: string,
): DeliveryAgent | undefined {
  switch (service.command) {
    case 'smtp':
    case 'lmtp':
      return createSmtpAgent({ config, deps, ident, protocol: service.command });
    case 'local':
      return createLocalAgent({ config, deps, cleanup });
    case 'error':
      return service.name === 'retry' ? retryAgent : errorAgent;
    case 'discard':
      return discardAgent;
    default:
      return undefined;
  }
}
