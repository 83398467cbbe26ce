/**
 * A whole class on one engine: forty seats come up, answer, are left alone by a second `up`, and end.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { labImages } from '../../cli/lab-images.ts';
import { openJudge } from '../../cli/open-judge.ts';
import { solveLab } from '../../grader/exam/solve.ts';
import { findLab, loadLabs } from '../../grader/load-labs.ts';
import { isHeld } from '../../grader/verdict.ts';
import { connectDocker } from '../../range/docker/connect.ts';
import { roleLabel, workshopLabel } from '../../range/docker/container-plan.ts';
import { startDocker } from '../../range/docker/start-docker.ts';
import { loadWorkshop } from '../../range/workspace.ts';
import type { TemporaryRange } from '../../range/temporary-range.ts';
import { hasEngine, startDockerRange, turnMs } from './engine.ts';

const seats = 40;

describe.runIf(await hasEngine())('forty seats', { timeout: 300_000 }, () => {
  let workshop: TemporaryRange;
  beforeAll(async () => {
    workshop = await startDockerRange(seats);
  }, turnMs);
  afterAll(() => workshop?.[Symbol.asyncDispose](), 120_000);

  async function containerIds(): Promise<string[]> {
    // A connection that speaks in a host's name has no role.
    const filters = { label: [`${workshopLabel}=${workshop.range.workspace.folder}`, roleLabel] };
    return (await (await connectDocker()).listContainers({ filters })).map(({ Id }) => Id).sort();
  }

  test('every service of every host runs', async () => {
    const states = (await workshop.range.status()).filter(({ host }) => host !== 'dns');
    expect(states).toHaveLength(2 * seats);
    const wrong = states.filter(({ services }) => services.every(({ state }) => state !== 'running'));
    expect(wrong.map(({ seat, host }) => `${seat} ${host}`)).toEqual([]);
  });

  test('the last seat does the first lab', async () => {
    const labs = await loadLabs();
    const judge = await openJudge(workshop.range, labs);
    await solveLab(workshop.range, labs, '01', `pc${seats}`);
    const { results } = await judge.run(findLab(labs, '01').lab, `pc${seats}`);
    expect(results.filter(({ verdict }) => !isHeld(verdict)).map(({ check }) => check.id)).toEqual([]);
    judge.close();
  });

  test('a second up changes nothing', async () => {
    const before = await containerIds();
    expect(before).toHaveLength(2 * seats + 2);
    const { workspace } = workshop.range;
    const found = await loadWorkshop(workspace);
    if (!found) throw new Error('the workshop is gone');
    await startDocker({
      workspace,
      workshop: found,
      images: await labImages(),
      clock: systemClock,
      progress: () => undefined,
    });
    expect(await containerIds()).toEqual(before);
  });
});
