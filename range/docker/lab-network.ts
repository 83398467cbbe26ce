/**
 * lab-network - makes the lab's network, in which no host has a default route that leads to this computer.
 *
 * Older engines (seen: 20.10) set one in an internal network too, to the bridge: a host could then reach every address of the computer. There it is led to an address that nobody has. Newer
 * ones (seen: 26.1) set none, and refuse to be told a gateway.
 *
 * Limits: a compose file must suit both, so with docker compose an older engine keeps that route.
 */
import type Docker from 'dockerode';
import type { NetworkCreateOptions } from 'dockerode';

/** In the network's range, and no host's. */
const nobody = '198.18.255.254';

/** @throws Error with the engine's words */
export async function makeLabNetwork(docker: Docker, options: NetworkCreateOptions): Promise<void> {
  const Config = (options.IPAM?.Config ?? []).map((pool) => ({
    ...pool,
    AuxiliaryAddresses: { DefaultGatewayIPv4: nobody },
  }));
  try {
    await docker.createNetwork({ ...options, IPAM: { ...options.IPAM, Config } });
  } catch (error) {
    if (!/no gateway can be set/.test(String(error))) throw error;
    await docker.createNetwork(options);
  }
}
