/**
 * engine - is there a Docker engine for tests, and a workshop on it. `.ci/run` starts one and sets GATEHOUSE_DOCKER=required, so that a missing one is a failure there.
 *
 * One workshop an engine (addresses are real): files that need it take turns.
 */
import { execFile } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import type Docker from 'dockerode';
import { systemClock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import { labImages } from '../../cli/lab-images.ts';
import { connectDocker } from '../../range/docker/connect.ts';
import type { ContainerImage } from '../../range/docker/container-plan.ts';
import { lookAtImage } from '../../range/docker/image-state.ts';
import { startTemporaryDocker } from '../../range/docker/temporary-docker.ts';
import type { TemporaryRange } from '../../range/temporary-range.ts';
import type { MailHost } from '../../range/world.ts';

const isRequired = process.env['GATEHOUSE_DOCKER'] === 'required';

/** An engine that answers and has the images of this code. @throws Error with the cure when CI requires one */
export function hasEngine(): Promise<boolean> {
  return hasImages(['gateway'], 'gatehouse images build');
}

/** Is the image of genuine programs here too? @throws Error with the cure when CI requires one */
export function hasGenuineImage(): Promise<boolean> {
  return hasImages(['gateway', 'genuine'], 'gatehouse images build --with genuine');
}

/** Another file may be restarting the engine just now. */
function waitForEngine(): Promise<Docker> {
  return waitFor(
    'the Docker engine',
    () =>
      connectDocker().then(
        (value) => ({ kind: 'there' as const, value }),
        (error: Error) => ({ kind: 'not-yet' as const, seen: error.message }),
      ),
    { clock: systemClock, timeoutMs: 120_000, everyMs: 200 },
  );
}

async function hasImages(images: readonly ContainerImage[], cure: string): Promise<boolean> {
  try {
    const docker = await (isRequired ? waitForEngine() : connectDocker());
    const { imageOf, labels } = await labImages();
    for (const name of images.map(imageOf)) {
      const { kind } = await lookAtImage(docker, name, labels);
      if (kind !== 'current') throw new Error(`${name}: ${kind}; cure: ${cure}`);
    }
    return true;
  } catch (error) {
    if (isRequired) throw error;
    return false;
  }
}

/** `.ci/engine` tells where its engine lies, so that a test may restart it. */
const engineFolder = process.env['GATEHOUSE_ENGINE'];
export const canRestartEngine = engineFolder !== undefined;

export async function restartEngine(): Promise<void> {
  const script = path.join(import.meta.dirname, '..', '..', '.ci', 'engine');
  for (const action of ['halt', 'start']) await promisify(execFile)(script, [action, engineFolder ?? '']);
}

/** The longest that all other files may take together. */
export const turnMs = 600_000;

/** Waits for this file's turn. A process that dies gives the turn away: it is a socket in the kernel's abstract name space (unix(7)). */
export async function takeTurn(): Promise<AsyncDisposable> {
  const listen = (): Promise<net.Server | undefined> =>
    new Promise((resolve) => {
      const server = net.createServer();
      server.once('error', () => resolve(undefined)).listen('\0gatehouse-tests-on-docker', () => resolve(server));
    });
  const held = await waitFor(
    'the turn to use the Docker engine',
    async () => {
      const server = await listen();
      return server ? { kind: 'there', value: server } : { kind: 'not-yet', seen: 'another test file has it' };
    },
    { clock: systemClock, timeoutMs: turnMs, everyMs: 200 },
  );
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => held.close(() => resolve())) };
}

/** A workshop of its own, when it is this file's turn. Call it in a hook with `turnMs` as its time. */
export async function startDockerRange(
  seats: number,
  extras: { genuine?: readonly MailHost[]; scanners?: boolean } = {},
): Promise<TemporaryRange> {
  const turn = await takeTurn();
  const end = async (): Promise<void> => turn[Symbol.asyncDispose]();
  try {
    const temporary = await startTemporaryDocker({ seats, ...extras, clock: systemClock, images: await labImages() });
    return {
      range: temporary.range,
      [Symbol.asyncDispose]: async () => {
        await temporary[Symbol.asyncDispose]();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}
