/**
 * slides - `gatehouse slides`: serves the decks without a running workshop, or prints them.
 *
 * The names and addresses on the slides are those of a seat of a workshop that need not exist.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Option, type Command } from 'commander';
import { systemClock } from '#util/clock.ts';
import type { StartedClassroom } from '../../containers/classroom/classroom.ts';
import { findLab, loadLabs, type LoadedLab } from '../../grader/load-labs.ts';
import { createWorld, findSeat, type World } from '../../range/world.ts';
import { readPort } from '../port-option.ts';
import { findBrowser, printPdf } from '../print-pdf.ts';
import { loadTexts, type Say } from '../texts.ts';

interface SlidesOptions {
  readonly port?: number;
  readonly pdf?: string;
  readonly seat: string;
  readonly seats?: number;
  readonly browser?: string;
}

export function registerSlides(program: Command): void {
  program
    .command('slides [lab]')
    .description('show the slides of the labs, or print them')
    .option('--port <n>', 'serve at this port', readPort)
    .option('--pdf <path>', 'print to this file (one lab) or into this folder')
    .option('--browser <program>', 'the Chromium or Chrome to print with')
    .addOption(new Option('--seat <seat>', 'whose names and addresses are shown').default('pc1'))
    .action(showSlides);
}

async function showSlides(name: string | undefined, options: SlidesOptions): Promise<void> {
  const say = loadTexts();
  const labs = await loadLabs();
  const chosen = name === undefined ? labs : [findLab(labs, name)];
  const world = worldFor(options.seat);
  // Asked before anything is served: a missing browser is the likely trouble.
  const browser = options.pdf === undefined ? undefined : await findBrowser(process.env['PATH'] ?? '', options.browser);
  const { createClassroom } = await import('../../containers/classroom/classroom.ts');
  const { deckContent } = await import('../classroom-content.ts');
  await using served = await createClassroom(async () => deckContent(world, options.seat), {
    log: (line) => process.stderr.write(`gatehouse: ${line}\n`),
    ...(options.port === undefined ? {} : { port: options.port }),
  }).start();
  if (browser !== undefined && options.pdf !== undefined)
    return await print(served, chosen, {
      browser,
      target: options.pdf,
      seat: options.seat,
      oneFile: name !== undefined,
      say,
    });
  const place = name === undefined ? 'slides/' : `slides/${chosen[0]?.lab.id ?? ''}`;
  process.stdout.write(`${say('slides.at', { url: `${served.url}${place}?seat=${options.seat}` })}\n`);
  const { promise: interrupted, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve);
  await interrupted;
}

interface PrintPlan {
  readonly browser: string;
  readonly target: string;
  readonly seat: string;
  readonly oneFile: boolean;
  readonly say: Say;
}

async function print({ url }: StartedClassroom, labs: readonly LoadedLab[], plan: PrintPlan): Promise<void> {
  const isFile = plan.oneFile && plan.target.endsWith('.pdf');
  await mkdir(isFile ? path.dirname(path.resolve(plan.target)) : plan.target, { recursive: true });
  for (const { lab } of labs) {
    const file = isFile ? plan.target : path.join(plan.target, `${lab.id}.pdf`);
    const isRoot = process.getuid?.() === 0;
    const page = `${url}slides/${lab.id}?seat=${plan.seat}&print-pdf`;
    const answer = await fetch(page);
    if (!answer.ok) throw new Error(plan.say('slides.broken', { lab: lab.id }));
    await printPdf({ browser: plan.browser, url: page, file, clock: systemClock, isRoot });
    process.stdout.write(`${plan.say('slides.printed', { file })}\n`);
  }
}

/** A ring that has that seat and a neighbour. @throws Error naming the seats there can be. */
function worldFor(seat: string): World {
  const number = Number(/^pc(\d{1,3})$/.exec(seat)?.[1] ?? '0');
  if (number < 1 || number > 250) throw new Error(`no seat "${seat}": seats are pc1 to pc250`);
  const world = createWorld({ seats: Array.from({ length: Math.max(2, number) }, () => ({})), seed: 'slides' });
  findSeat(world, seat);
  return world;
}
