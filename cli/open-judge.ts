/**
 * open-judge - the judge for a running range: in this process, or for Docker in the classroom's container.
 */
import { systemClock } from '#util/clock.ts';
import { createPeer, type Answering, type Peer } from '#util/peer.ts';
import type { Range } from '#range';
import { createLocalJudge, createRemoteJudge, remoteRangeWords, type Judge } from '../grader/judge.ts';
import type { LoadedLab } from '../grader/load-labs.ts';
import { dialAnswers } from '../grader/remote-dial.ts';

/** `close` it when nothing more is to be judged. */
export async function openJudge(range: Range, labs: readonly LoadedLab[]): Promise<Judge> {
  return range.engine === 'docker' ? openRemoteJudge(range, labs) : createLocalJudge(range, systemClock);
}

/** The judge that stands inside the lab. What it may ask of us is the range's words that it needs, and the world. */
async function openRemoteJudge(range: Range, labs: readonly LoadedLab[]): Promise<Judge> {
  const { openClassroomJudge } = await import('../range/docker/classroom-judge.ts'); // takes long to load
  const { input, output, errors, end, speakAs } = await openClassroomJudge();
  errors.pipe(process.stderr, { end: false });
  const answers = Object.fromEntries(
    remoteRangeWords.map((word) => [word, (...args: never[]) => (range[word] as Answering).call(range, ...args)]),
  );
  const peer: Peer = createPeer(input, output, {
    ...answers,
    ...dialAnswers(
      (from, to, port) => speakAs(range.world, from, to, port),
      () => peer,
    ),
    world: () => Promise.resolve(range.world),
  });
  return createRemoteJudge(
    peer,
    labs.map(({ lab }) => lab),
    end,
  );
}
