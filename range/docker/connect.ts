/**
 * connect - the Docker engine that DOCKER_HOST names, or this machine's own.
 */
import type Docker from 'dockerode';

/** What the package's types do not tell. */
interface Pinged {
  ping(options: { abortSignal: AbortSignal }): Promise<unknown>;
}

/** An engine that lives says so at once; one that hangs would hold every command up. */
const usualAnswerMs = 10_000;

/** @throws Error saying what was tried and the cure, when no engine answers */
export async function connectDocker(answerMs = usualAnswerMs): Promise<Docker> {
  const { default: Engine } = await import('dockerode'); // takes long to load, and a front needs it only once somebody comes
  const patience = AbortSignal.timeout(answerMs);
  try {
    const docker = new Engine();
    await (docker as unknown as Pinged).ping({ abortSignal: patience });
    return docker;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const words = patience.aborted ? `it said nothing for ${answerMs / 1000} seconds` : said;
    throw new Error(
      `no Docker engine answers (${words}); cure: start one, or set DOCKER_HOST, or use the embedded engine (gatehouse up without --engine docker)`,
    );
  }
}
