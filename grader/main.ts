/**
 * main - the judge as a process inside the lab: it is told whom to judge on its standard input and asks for everything it may not reach itself.
 *
 * Standard output belongs to the conversation (util/peer.ts).
 */
import { systemClock } from '#util/clock.ts';
import { createPeer, type Peer } from '#util/peer.ts';
import { createResolver } from '#util/resolver.ts';
import { directWire } from '#util/wire.ts';
import type { Range, World } from '#range';
import { createLocalJudge, packRun, remoteRangeWords, unpackRun, type SentRun } from './judge.ts';
import { findLab, loadLabs } from './load-labs.ts';

const labs = await loadLabs();
const labOf = (id: string) => findLab(labs, id).lab;
const peer: Peer = createPeer(process.stdin, process.stdout, {
  run: async (lab: string, seat: string, step: string | null) =>
    packRun(await (await judge()).run(labOf(lab), seat, step ?? undefined)),
  afterRestart: async (runs: readonly SentRun[], atOnce: number) =>
    (
      await (
        await judge()
      ).afterRestart(
        runs.map((run) => unpackRun(labOf(run.lab), run)),
        atOnce,
      )
    ).map(packRun),
});

let made: Promise<ReturnType<typeof createLocalJudge>> | undefined;

function judge(): Promise<ReturnType<typeof createLocalJudge>> {
  made ??= peer.call<World>('world').then((world) => createLocalJudge(rangeOf(world), systemClock));
  return made;
}

/** The range as the judge sees it: its own wire and resolver; hosts' files and commands through the other side. */
function rangeOf(world: World): Range {
  const asked = Object.fromEntries(
    remoteRangeWords.map((word) => [
      word,
      (...args: unknown[]) => peer.call(word, ...args.filter((each) => each !== undefined)),
    ]),
  );
  return {
    engine: 'docker',
    world,
    wire: directWire,
    resolver: createResolver({ servers: [`${world.dns.address}:53`] }),
    ...asked,
  } as unknown as Range;
}

await peer.ended;
process.exit(0);
