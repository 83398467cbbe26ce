/**
 * watch - `gatehouse check --watch`: looks again when the seat's configuration changed, and stays at a lab until the learner says next.
 *
 * Keys on a terminal: r look again, h hint, n next lab, q end. Without a terminal it prints a report per change and ends with SIGINT or SIGTERM.
 */
import { emitKeypressEvents } from 'node:readline';
import { systemClock } from '#util/clock.ts';
import { pause } from '#util/deadline.ts';
import { findSeat } from '#range';
import type { LoadedLab } from '../grader/load-labs.ts';
import { exitCodeOf, type LabReport } from '../grader/report/report.ts';
import { textReport } from '../grader/report/text.ts';
import { giveHint } from './give-hint.ts';
import { findLabAndStep, reportOn, type Bench } from './judge.ts';
import { loadTexts } from './texts.ts';

export interface WatchOptions {
  readonly bench: Bench;
  readonly name: string | undefined;
  readonly seat: string;
  readonly evidence: boolean;
}

type Wish = 'look' | 'hint' | 'next' | 'end';

const lookEveryMs = 500;
const keys: Readonly<Record<string, Wish>> = { r: 'look', h: 'hint', n: 'next', q: 'end' };

export async function watch(options: WatchOptions): Promise<void> {
  const { bench, seat } = options;
  findSeat(bench.range.world, seat);
  const chosen = options.name === undefined ? undefined : findLabAndStep(bench.labs, options.name);
  let lab = chosen?.lab ?? (await firstOpen(bench, seat));
  const wishes = listen();
  let last: LabReport | undefined;
  let seen = '';
  let wish: Wish | undefined = 'look';
  while (wish !== 'end') {
    const mark = await bench.range.configurationMark(seat);
    if (wish === 'next') lab = bench.labs[bench.labs.indexOf(lab) + 1] ?? lab;
    if (wish === 'hint' && last) process.stdout.write(await giveHint(bench, lab, last));
    else if (wish !== undefined || mark !== seen) {
      last = await reportOn(bench, lab, seat, wish === 'next' || lab !== chosen?.lab ? undefined : chosen.step);
      show(last, options);
      seen = mark;
    }
    wish = await wishes.next(lookEveryMs);
  }
  wishes.stop();
  process.exitCode = last ? exitCodeOf([last]) : 2;
}

/** The first lab that is not done; the last one when all are. */
async function firstOpen(bench: Bench, seat: string): Promise<LoadedLab> {
  for (const lab of bench.labs) if (exitCodeOf([await reportOn(bench, lab, seat)]) !== 0) return lab;
  const last = bench.labs.at(-1);
  if (!last) throw new Error('there are no labs');
  return last;
}

function show(report: LabReport, { evidence, bench: { words } }: WatchOptions): void {
  const say = loadTexts();
  const isTerminal = process.stdout.isTTY === true;
  if (isTerminal) process.stdout.write('\u001b[2J\u001b[H');
  process.stdout.write(textReport(report, { words, colour: isTerminal, evidence, columns: process.stdout.columns }));
  process.stdout.write(`${say(exitCodeOf([report]) === 0 ? 'watch.done' : 'watch.keys')}\n`);
}

/** Key presses and signals as wishes; `next` waits for one, at most so long. */
function listen(): { next(withinMs: number): Promise<Wish | undefined>; stop(): void } {
  const waiting: Wish[] = [];
  const end = (): void => void waiting.push('end');
  const onKey = (text: string | undefined, key: { name?: string; ctrl?: boolean }): void => {
    const wish = key.ctrl && key.name === 'c' ? 'end' : keys[text ?? ''];
    if (wish) waiting.push(wish);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);
  if (process.stdin.isTTY) {
    emitKeypressEvents(process.stdin);
    process.stdin.setRawMode(true);
    process.stdin.on('keypress', onKey).resume();
  }
  return {
    async next(withinMs) {
      if (waiting.length === 0) await pause(systemClock, withinMs);
      return waiting.shift();
    },
    stop() {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end);
      if (process.stdin.isTTY) process.stdin.setRawMode(false).pause();
    },
  };
}
