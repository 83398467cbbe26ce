/**
 * temporary-docker - a workshop on Docker that lives only as long as a test or an exam.
 *
 * Limits: one at a time an engine: the addresses are real.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Clock } from '#util/clock.ts';
import { attachRange } from '../attach.ts';
import type { TemporaryRange } from '../temporary-range.ts';
import { openWorkspace, saveWorkshop } from '../workspace.ts';
import type { MailHost } from '../world.ts';
import { startDocker, stopDocker, type DockerOptions } from './start-docker.ts';

/** Starts a workshop of student seats on the Docker engine; `genuine`: the hosts of the first seat that are genuine ones. @throws Error with the cure */
export async function startTemporaryDocker({
  seats,
  genuine = [],
  scanners = false,
  clock,
  images,
}: { seats: number; genuine?: readonly MailHost[]; scanners?: boolean; clock: Clock } & Pick<
  DockerOptions,
  'images'
>): Promise<TemporaryRange> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-'));
  const workspace = openWorkspace(folder);
  const persons = Array.from({ length: seats }, (_, index) => ({
    person: '',
    kind: 'student' as const,
    ...(index === 0 ? { genuine: [...genuine] } : {}),
  }));
  const end = async (): Promise<void> => {
    await stopDocker(workspace);
    // An exam that was broken off may lay files still.
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  };
  try {
    await startDocker({
      workspace,
      workshop: await saveWorkshop(workspace, persons, scanners),
      images,
      clock,
      progress: () => undefined,
    });
    return { range: await attachRange(folder, clock), [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}
