/**
 * render-board - the live board as lines of text, for a terminal of a given size. Pure.
 *
 * Four lines a seat where they fit, else one line a seat, else as many as fit. No line is ever longer than the terminal is wide.
 */
import type { Say } from '../texts.ts';
import type { MailCounts } from './mail-counts.ts';
import { cutText, fitText } from './text-width.ts';

/** A host as the board shows it. */
export interface BoardHost {
  readonly host: string;
  readonly isWell: boolean;
  /** `running`, or what does not. */
  readonly state: string;
}

export interface BoardLab {
  /** `01`. */
  readonly number: string;
  /** Undefined when it was never checked. */
  readonly score: { readonly points: number; readonly of: number } | undefined;
}

export interface BoardSeat {
  readonly id: string;
  readonly person: string;
  readonly isStandIn: boolean;
  readonly hosts: readonly BoardHost[];
  readonly counts: MailCounts;
  readonly labs: readonly BoardLab[];
  /** The newest line of the seat's mail logs that tells what became of a message; '' when there is none. Printable. */
  readonly last: string;
}

export interface BoardFacts {
  /** `04:12:33`. */
  readonly time: string;
  readonly seats: readonly BoardSeat[];
}

/** `bad` is what somebody should look at. */
export interface BoardLine {
  readonly text: string;
  readonly tone: 'head' | 'plain' | 'bad' | 'faint';
}

const linesPerSeat = 4;
const personColumns = 16;

/** The board, at most `rows` lines of at most `columns` characters. */
export function renderBoard(facts: BoardFacts, size: { columns: number; rows: number }, say: Say): BoardLine[] {
  const head: BoardLine = { text: say('board.head', { time: facts.time, seats: facts.seats.length }), tone: 'head' };
  const foot: BoardLine = { text: say('board.keys'), tone: 'faint' };
  const room = Math.max(1, size.rows - 2);
  const isWhole = facts.seats.length * linesPerSeat <= room;
  const middle = isWhole ? facts.seats.flatMap((seat) => wholeSeat(seat, say)) : shortSeats(facts.seats, room, say);
  return [head, ...middle, foot]
    .slice(0, size.rows)
    .map(({ text, tone }) => ({ text: cutText(text, size.columns), tone }));
}

function wholeSeat(seat: BoardSeat, say: Say): BoardLine[] {
  const name = seat.isStandIn ? say('board.standIn') : seat.person;
  const hosts = seat.hosts.map(({ host, state }) => `${host}: ${state}`);
  return [
    {
      text: [seat.id, ...(name === '' ? [] : [name]), ...hosts].join('   '),
      tone: seat.hosts.every(({ isWell }) => isWell) ? 'head' : 'bad',
    },
    { text: `  ${labsText(seat, say)}`, tone: 'plain' },
    { text: `  ${countsText(seat.counts, say)}`, tone: 'plain' },
    { text: `  ${seat.last === '' ? say('board.quiet') : seat.last}`, tone: 'faint' },
  ];
}

/** `labs 01 14/14  02 3/12  03 -`; a stand-in has none to do. */
function labsText(seat: BoardSeat, say: Say): string {
  if (seat.isStandIn) return say('board.noLabs');
  const scores = seat.labs.map(({ number, score }) => `${number} ${score ? `${score.points}/${score.of}` : '-'}`);
  return say('board.labs', { scores: scores.join('  ') });
}

/** `mail accepted 3, delivered 2`: only what there is. */
function countsText(counts: MailCounts, say: Say): string {
  const parts = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${say(`board.${kind}`)} ${count}`);
  return say('board.mail', { counts: parts.join(', ') || '-' });
}

function shortSeats(seats: readonly BoardSeat[], room: number, say: Say): BoardLine[] {
  const shown = seats.length <= room - 1 ? seats : seats.slice(0, Math.max(0, room - 2));
  const title: BoardLine = { text: say('board.columns'), tone: 'faint' };
  const lines = shown.map((seat) => shortSeat(seat, say));
  const left = seats.length - shown.length;
  return left === 0 ? [title, ...lines] : [title, ...lines, { text: say('board.left', { left }), tone: 'faint' }];
}

function shortSeat(seat: BoardSeat, say: Say): BoardLine {
  const sick = seat.hosts.filter(({ isWell }) => !isWell);
  const { accepted, refused, relayed, delivered, stopped } = seat.counts;
  const done = seat.labs.filter(({ score }) => score && score.points === score.of).length;
  const labs = seat.isStandIn ? '-' : `${done}/${seat.labs.length}`;
  const numbers = [accepted, refused, relayed, delivered, stopped].map((count) => String(count).padStart(7));
  const state =
    sick.length === 0 ? say('board.well') : sick.map(({ host, state: what }) => `${host}: ${what}`).join('; ');
  const person = fitText(seat.isStandIn ? say('board.standIn') : seat.person, personColumns);
  return {
    text: `${seat.id.padEnd(6)}${person} ${labs.padStart(5)}${numbers.join('')}  ${state}`,
    tone: sick.length === 0 ? 'plain' : 'bad',
  };
}
