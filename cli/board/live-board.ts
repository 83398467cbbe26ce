/**
 * live-board - keeps the board under what was printed before, and draws it again in place: no alternate screen, so seats and passwords stay to be scrolled to.
 *
 * One write a drawing, each line cleared to its end, so nothing flickers. After a resize the rows that the terminal may have broken into more are counted before the cursor goes up.
 * Without a terminal there is no board: only what changes is printed, a line each.
 */
import { emitKeypressEvents } from 'node:readline';
import { systemClock, type Timer } from '#util/clock.ts';
import type { Say } from '../texts.ts';
import { boardChanges } from './changes.ts';
import { renderBoard, type BoardFacts, type BoardLine } from './render-board.ts';
import { textWidth } from './text-width.ts';

const drawEveryMs = 1000;
const escape = '\u001b[';
const tones = { head: '1', plain: '0', bad: '31', faint: '2' } as const;

export interface Board {
  stop(): void;
}

/** Rows that lines of these widths take on a terminal so wide. */
export function rowsOf(widths: readonly number[], columns: number): number {
  return widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / Math.max(1, columns))), 0);
}

/** What to write to put `lines` in the place of the `rowsAbove` rows above the cursor. */
export function drawing(lines: readonly BoardLine[], rowsAbove: number): string {
  const up = rowsAbove > 0 ? `${escape}${rowsAbove}A` : '';
  const body = lines.map(({ text, tone }) => `${escape}${tones[tone]}m${text}${escape}0m${escape}K\n`).join('');
  return `\r${up}${body}${escape}J`;
}

/** Shows the board until stopped; `onQuit` is called for q and Ctrl-C. */
export function startBoard(look: () => Promise<BoardFacts>, say: Say, onQuit: () => void): Board {
  const isTerminal = process.stdout.isTTY === true && process.env['TERM'] !== 'dumb';
  return isTerminal ? startLive(look, say, onQuit) : startPlain(look, say);
}

function startPlain(look: () => Promise<BoardFacts>, say: Say): Board {
  let before: BoardFacts | undefined;
  return repeat(async () => {
    const now = await look();
    for (const line of boardChanges(before, now, say)) process.stdout.write(`${line}\n`);
    before = now;
  });
}

function startLive(look: () => Promise<BoardFacts>, say: Say, onQuit: () => void): Board {
  let facts: BoardFacts | undefined;
  let widths: readonly number[] = [];
  const size = () => ({ columns: process.stdout.columns || 80, rows: (process.stdout.rows || 24) - 1 });
  const draw = (): void => {
    if (!facts) return;
    const { columns, rows } = size();
    const lines = renderBoard(facts, { columns, rows }, say);
    process.stdout.write(drawing(lines, Math.min(rowsOf(widths, columns), rows)));
    widths = lines.map(({ text }) => textWidth(text));
  };
  const rounds = repeat(async () => {
    facts = await look();
    draw();
  });
  process.stdout.write(`${escape}?25l`); // no cursor that jumps about
  process.stdout.on('resize', draw);
  const keys = listenToKeys(onQuit);
  return {
    stop() {
      rounds.stop();
      keys.stop();
      process.stdout.off('resize', draw);
      process.stdout.write(`${escape}?25h`);
    },
  };
}

function repeat(work: () => Promise<void>): Board {
  let timer: Timer | undefined;
  let isOver = false;
  const round = (): void =>
    void work()
      .catch(() => undefined) // a look that failed is followed by another
      .then(() => {
        if (!isOver) timer = systemClock.after(drawEveryMs, round);
      });
  round();
  return {
    stop() {
      isOver = true;
      timer?.cancel();
    },
  };
}

function listenToKeys(onQuit: () => void): Board {
  if (process.stdin.isTTY !== true) return { stop: () => undefined };
  const onKey = (_text: string | undefined, key: { name?: string; ctrl?: boolean }): void => {
    if (key.name === 'q' || (key.ctrl && key.name === 'c')) onQuit();
  };
  emitKeypressEvents(process.stdin);
  process.stdin.setRawMode(true).on('keypress', onKey).resume();
  return {
    stop() {
      process.stdin.off('keypress', onKey).setRawMode(false).pause();
    },
  };
}
