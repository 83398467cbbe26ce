/**
 * subjects - who is there at all: the host a check is about, the neighbours its mail must pass, the lab's own services.
 *
 * Fault attribution rests on this: a silent subject passes nothing, a silent neighbour costs nothing, a silent lab service is nobody's fail.
 */
import type { Clock } from '#util/clock.ts';
import { findActor, findSeat, type Range, type Seat } from '#range';
import type { Check, Through } from './lab.ts';
import { answersOnPort } from './probes/reachability.ts';

export interface Subjects {
  /** Does the host that the check is about take connections right now? */
  answers(subject: Check['subject']): Promise<boolean>;
  /** The seat of a neighbour's host that is silent right now; undefined when all of them answer. */
  silentNeighbour(through: readonly Through[]): Promise<string | undefined>;
  /** What is wrong with the lab's own services right now; undefined when nothing is. */
  silentService(): Promise<string | undefined>;
}

/** A look at the lab's services counts for so long, in milliseconds: many checks fail at once. */
const lookCountsMs = 1000;

export function createSubjects(range: Range, seat: Seat, clock: Clock): Subjects {
  let service: { atMs: number; look: Promise<string | undefined> } | undefined;
  return {
    answers(subject) {
      if (subject !== 'gateway' && subject !== 'mailbox') return Promise.resolve(true);
      return answersOnPort(range, seat[subject].address, 25);
    },
    async silentNeighbour(through) {
      if (range.reach) return undefined;
      for (const each of through) {
        const neighbour = findSeat(range.world, each === 'filtered-mailbox' ? seat.filters : seat.filteredBy);
        const host = neighbour[each === 'filtered-mailbox' ? 'mailbox' : 'gateway'];
        if (!(await answersOnPort(range, host.address, 25))) return neighbour.id;
      }
      return undefined;
    },
    silentService() {
      if (range.reach) return Promise.resolve(undefined);
      const nowMs = clock.monotonicMs();
      if (!service || nowMs - service.atMs > lookCountsMs) service = { atMs: nowMs, look: lookAtServices(range) };
      return service.look;
    },
  };
}

async function lookAtServices(range: Range): Promise<string | undefined> {
  const { world, resolver } = range;
  const [names, outside] = await Promise.all([
    resolver.a(findActor(world, 'sound').host.name),
    answersOnPort(range, findActor(world, 'sink').host.address, 25),
  ]);
  if (names.kind !== 'found') return `the lab's name server ${world.dns.address} does not answer`;
  return outside ? undefined : `the lab's Internet (${findActor(world, 'sink').host.address}) does not answer`;
}
