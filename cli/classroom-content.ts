/**
 * classroom-content - what the classroom's pages show, gathered from the workshop's folder, the labs, the journal and the running range.
 *
 * Everything is read at the request, so pages tell the present state. Where the range does not answer yet, hosts show no services.
 */
import { systemClock } from '#util/clock.ts';
import type { ClassroomContent, HostEntry, LabResult, SeatEntry } from '../containers/classroom/content.ts';
import { openJournal, type Journal, type JournalEvent, type RunEvent } from '../grader/journal.ts';
import { findLab, loadLabs, type LoadedLab } from '../grader/load-labs.ts';
import { renderSheet } from '../grader/sheet.ts';
import type { HostState } from '../range/range.ts';
import { attachRange } from '../range/attach.ts';
import { worldOf, type Workshop, type Workspace } from '../range/workspace.ts';
import type { HostAddress, Seat, World } from '../range/world.ts';
import { renderDeck, renderRing, themeFolder } from '../slides/deck.ts';

/** Decks alone, for seats of `world`. @param first seat shown when none is asked for */
export function deckContent(world: World, first: string): ClassroomContent {
  const labs = once(loadLabs);
  return {
    workshop: undefined,
    seats: [first, ...world.seats.map((seat) => seat.id).filter((id) => id !== first)],
    themeFolder,
    labs: async () =>
      (await labs()).map(({ lab, text }) => ({
        id: lab.id,
        minutes: lab.minutes,
        title: text.title,
        summary: text.summary,
      })),
    async deck(id, seat) {
      const { text } = findLab(await labs(), id);
      const { sections, slides } = await renderDeck({ lab: id, title: text.title, world, seat });
      const shown = slides.map(({ title, notes }) => ({ title, notesHtml: notes }));
      return { title: text.title, sectionsHtml: sections, slides: shown };
    },
  };
}

/** Everything, for a workshop that runs or will run. */
export function workshopContent(
  workspace: Workspace,
  workshop: Workshop,
  ssh?: (login: string) => string,
): ClassroomContent {
  const world = worldOf(workshop);
  const look = async (watched?: string): Promise<RangeLook> => {
    const range = await attachRange(workspace.folder, systemClock).catch(() => undefined);
    const states = watched === undefined ? undefined : ((await range?.status(watched).catch(() => undefined)) ?? []);
    return { world: range?.world ?? world, states };
  };
  return worldContent({ world, journal: openJournal(workspace.gradesFolder, workshop.seed), look, ssh });
}

/** What runs now, and who sits where by now. */
export interface RangeLook {
  readonly world: World;
  /** Undefined where nobody asked or nobody can know, which is not the same as nothing. */
  readonly states: readonly HostState[] | undefined;
}

interface WorldFacts {
  readonly world: World;
  readonly journal: Pick<Journal, 'read'>;
  /** @param watched the seat of which to tell what runs */
  readonly look: (watched?: string) => Promise<RangeLook>;
  readonly ssh?: ((login: string) => string) | undefined;
}

/** Everything, from wherever the present state comes. */
export function worldContent({ world, journal, look, ssh }: WorldFacts): ClassroomContent {
  const labs = once(loadLabs);
  const first = world.seats[0]?.id ?? '';
  return {
    ...deckContent(world, first),
    workshop: {
      domain: world.domain,
      ssh,
      ringHtml: () => renderRing(world, first),
      seatEntries: async (watched) => {
        const seen = await look(watched);
        return seen.world.seats.map((seat) =>
          seatEntry(seat, seen.world, seat.id === watched ? seen.states : undefined),
        );
      },
      results: async (seat) => lastResults(await labs(), (await journal.read(seat)).events),
      sheet: async (id, seat) => renderSheet(findLab(await labs(), id), world, seat),
    },
  };
}

/** What `current` gives at the time of each request: the workshop may get other seats while the pages are open. */
export function followContent(current: () => ClassroomContent): ClassroomContent {
  return {
    get workshop() {
      return current().workshop;
    },
    get seats() {
      return current().seats;
    },
    get themeFolder() {
      return current().themeFolder;
    },
    labs: () => current().labs(),
    deck: (lab, seat) => current().deck(lab, seat),
  };
}

/** Of each lab the last run of all its checks, or else the last one of a step. */
function lastResults(labs: readonly LoadedLab[], events: readonly JournalEvent[]): LabResult[] {
  return labs.flatMap(({ lab, text }) => {
    const runs = events.filter((event): event is RunEvent => event.kind === 'run' && event.lab === lab.id);
    const whole = runs.filter((run) => lab.checks.every((check) => check.id in run.checks));
    const run = whole.at(-1) ?? runs.at(-1);
    if (!run) return [];
    const checks = Object.entries(run.checks).map(([id, verdict]) => ({
      title: text.checks[id]?.title ?? id,
      verdict,
    }));
    return [{ lab: lab.id, at: run.at, points: run.points, of: run.of, checks }];
  });
}

function seatEntry(seat: Seat, world: World, states: RangeLook['states']): SeatEntry {
  const host = (name: HostEntry['host'], { name: full, address }: HostAddress): HostEntry => {
    const state = states?.find((each) => each.seat === seat.id && each.host === name);
    const ports = (state?.listeners ?? []).map(({ port, socket }) => ({
      port,
      socket: `${socket.host}:${socket.port}`,
    }));
    return { host: name, name: full, address, ports, services: states && (state?.services ?? []) };
  };
  return {
    id: seat.id,
    person: seat.person,
    isStandIn: seat.kind === 'stand-in',
    domain: seat.domain,
    user: seat.user,
    filters: seat.filters,
    filteredBy: seat.filteredBy,
    hosts: [host('gateway', seat.gateway), host('mailbox', seat.mailbox), host('dns', world.dns)],
  };
}

/** Made at the first call, and kept. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
