/**
 * engine - is there a Docker engine for tests, and a workshop on it. `.ci/run` starts one and sets GATEHOUSE_DOCKER=required, so that a missing one is a failure there.
 *
 * One workshop an engine: the tests that need one stand in one file.
 */
import { systemClock } from '#util/clock.ts';
import { imageName } from '../../containers/base/image-names.ts';
import { projectVersion } from '../../cli/project-version.ts';
import { connectDocker } from '../../range/docker/connect.ts';
import { startTemporaryDocker } from '../../range/docker/temporary-docker.ts';
import type { TemporaryRange } from '../../range/temporary-range.ts';

/** An engine that answers and has the images. @throws Error with the cure when CI requires one */
export async function hasEngine(): Promise<boolean> {
  try {
    const docker = await connectDocker();
    await docker.getImage(imageName('gateway', await projectVersion())).inspect();
    return true;
  } catch (error) {
    if (process.env['GATEHOUSE_DOCKER'] === 'required') throw error;
    return false;
  }
}

export async function startDockerRange(seats: number): Promise<TemporaryRange> {
  const version = await projectVersion();
  return startTemporaryDocker({ seats, clock: systemClock, imageOf: (role) => imageName(role, version) });
}
