/**
 * strangers - containers in the lab's network that are none of the workshop's: named where they stand in its way, and never touched.
 *
 * Failures: none of its own; where the engine cannot tell, nobody is named.
 */
import type Docker from 'dockerode';
import { networkName, type ContainerPlan } from './container-plan.ts';

/** Those that run in the network once the workshop's own have left it; by name. */
export async function strangersIn(docker: Docker, network: string): Promise<string[]> {
  return (await endpointsOf(docker, network)).map(({ name }) => name).sort();
}

/** Why a container did not start: the engine's words, and who has its address. */
export async function whyNotStarted(docker: Docker, plan: ContainerPlan, error: unknown): Promise<Error> {
  const holder = (await endpointsOf(docker, networkName)).find(
    ({ name, address }) => address === plan.address && name !== plan.name,
  );
  const words = error instanceof Error ? error.message : String(error);
  return new Error(
    holder === undefined
      ? `${plan.name} does not start: ${words}`
      : `${plan.name} does not start: its address ${plan.address} is that of the container ${holder.name}; cure: docker network disconnect ${networkName} ${holder.name}`,
    { cause: error },
  );
}

interface Endpoint {
  readonly name: string;
  readonly address: string;
}

async function endpointsOf(docker: Docker, network: string): Promise<Endpoint[]> {
  const inspected = await docker
    .getNetwork(network)
    .inspect()
    .catch(() => undefined);
  const found = Object.values((inspected as Docker.NetworkInspectInfo | undefined)?.Containers ?? {});
  return found.map(({ Name, IPv4Address }) => ({ name: Name, address: IPv4Address.replace(/\/.*/, '') }));
}
