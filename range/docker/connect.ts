/**
 * connect - the Docker engine that DOCKER_HOST names, or this machine's own.
 */
import type Docker from 'dockerode';

/** @throws Error saying what was tried and the cure, when no engine answers */
export async function connectDocker(): Promise<Docker> {
  const { default: Engine } = await import('dockerode'); // takes long to load, and a front needs it only once somebody comes
  const docker = new Engine();
  try {
    await docker.ping();
    return docker;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new Error(
      `no Docker engine answers (${words}); cure: start one, or set DOCKER_HOST, or use the embedded engine (gatehouse up without --engine docker)`,
    );
  }
}
