/**
 * content - what the classroom's pages show, as data: the classroom knows neither the judge nor the range, so whoever starts it hands this in.
 *
 * Functions are asked at each request, so a page shows the present state. Everything is text and is escaped, but for what is named `...Html`:
 * that was made by this project's own templates.
 */

export interface ClassroomContent {
  /** `undefined` where only decks are shown, without a workshop. */
  readonly workshop: WorkshopContent | undefined;
  /** The lab's title and texts do not depend on a seat. */
  readonly labs: () => Promise<readonly LabEntry[]>;
  /** Names of the seats; the first is shown when none is asked for. */
  readonly seats: readonly string[];
  readonly deck: (lab: string, seat: string) => Promise<DeckPage>;
  /** Folder with `picture.css`, `deck.css`, `deck.js`; served at `/theme/`. */
  readonly themeFolder: string;
}

export interface WorkshopContent {
  readonly domain: string;
  readonly ringHtml: () => Promise<string>;
  /** What runs is told of the seat that is `watched` only: asking every host of a class takes its time. */
  readonly seatEntries: (watched?: string) => Promise<readonly SeatEntry[]>;
  readonly results: (seat: string) => Promise<readonly LabResult[]>;
  /** The command that leads to a login (`pc1`, `pc1-mailbox`); undefined where SSH leads nowhere. */
  readonly ssh?: ((login: string) => string) | undefined;
  /** Markdown. */
  readonly sheet: (lab: string, seat: string) => Promise<string>;
}

export interface LabEntry {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly minutes: number;
}

export interface SeatEntry {
  readonly id: string;
  readonly person: string;
  readonly isStandIn: boolean;
  readonly domain: string;
  readonly user: string;
  /** Seats before and after in the ring. */
  readonly filters: string;
  readonly filteredBy: string;
  readonly hosts: readonly HostEntry[];
}

export interface HostEntry {
  readonly host: string;
  readonly name: string;
  readonly address: string;
  /** Where a program on this machine finds it: `25 is 127.18.1.10:2525`. */
  readonly ports: readonly { readonly port: number; readonly socket: string }[];
  /** None when the host does not run; undefined where the page cannot know. */
  readonly services: readonly { readonly name: string; readonly state: string; readonly reason: string }[] | undefined;
}

/** The last run of a lab's checks; none when there was none. */
export interface LabResult {
  readonly lab: string;
  readonly at: string;
  readonly points: number;
  readonly of: number;
  readonly checks: readonly { readonly title: string; readonly verdict: string }[];
}

export interface DeckPage {
  readonly title: string;
  readonly sectionsHtml: string;
  readonly slides: readonly { readonly title: string; readonly notesHtml: string }[];
}
