/**
 * main - the judge as a process inside the lab: it is told whom to judge on its standard input and asks for everything it may not reach itself.
 *
 * Standard output belongs to the conversation (util/peer.ts).
 */
import { systemClock } from '#util/clock.ts';
import { dialOn } from '#util/dial.ts';
import { createPeer, type Peer } from '#util/peer.ts';
import { createResolver } from '#util/resolver.ts';
import { directWire } from '#util/wire.ts';
import type { Range, World } from '#range';
import { createLocalJudge, packRun, remoteRangeWords, unpackRun, type SentRun } from './judge.ts';
import { findLab, loadLabs } from './load-labs.ts';
import { RemoteDials } from './remote-dial.ts';

const labs = await loadLabs();
const labOf = (id: string) => findLab(labs, id).lab;
const dials = new RemoteDials();
const peer: Peer = createPeer(process.stdin, process.stdout, {
  ...dials.answers,
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

dials.joinTo(peer);

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
  // The actors' addresses are this container's own; a seat's host speaks from its own network.
  const seats = new Set(world.seats.flatMap(({ gateway, mailbox }) => [gateway.address, mailbox.address]));
  const dialHere = dialOn(directWire);
  return {
    engine: 'docker',
    world,
    wire: directWire,
    dial: (from: string, to: string, port: number) => (seats.has(from) ? dials.dial : dialHere)(from, to, port),
    resolver: createResolver({ servers: [`${world.dns.address}:53`] }),
    ...asked,
  } as unknown as Range;
}

await peer.ended;
process.exit(0);
