/**
 * embedded-workshop - a workshop on the embedded engine, from its beginning to its end: the command stays in the foreground, and Ctrl-C ends it in order.
 */
import { systemClock } from '#util/clock.ts';
import { AlreadyServedError, callControl } from '#util/control.ts';
import { withDeadline } from '#util/deadline.ts';
import { printable } from '#util/terminal-text.ts';
import { openJournal } from '../grader/journal.ts';
import { loadLabs } from '../grader/load-labs.ts';
import { startEmbedded, type EmbeddedRange } from '../range/embedded.ts';
import { openWorkspace, type Workshop, type Workspace } from '../range/workspace.ts';
import { startBoard, type Board } from './board/live-board.ts';
import { createLook } from './board/look.ts';
import { layStandIns } from './lay-stand-ins.ts';
import { listenForTheEnd } from './listen-for-the-end.ts';
import { refuseOtherEngine } from './other-engine.ts';
import { openPage } from './page.ts';
import { planSeats, type SeatWishes } from './plan-seats.ts';
import { requireRoom } from './require-room.ts';
import { embeddedHostLines, seatsText } from './seats-text.ts';
import type { Say } from './texts.ts';

const stopTimeoutMs = 15_000;

/** Brings it up and returns when it has ended. `withBoard`: the seats, and how they stand, until then. @throws Error with the cure */
export async function runForeground(
  options: SeatWishes & { readonly workspace: string },
  say: Say,
  withBoard: boolean,
): Promise<void> {
  const workspace = openWorkspace(options.workspace);
  if ((await callControl(workspace.controlFile, 'status')).kind === 'answer')
    throw new Error(say('up.already', { workspace: workspace.folder }));
  await refuseOtherEngine(workspace, 'embedded', say);
  const workshop = await planSeats(workspace, options, 'embedded', (planned) =>
    requireRoom(workspace, planned, 'embedded', say),
  );
  const startedMs = systemClock.monotonicMs();
  const ending = listenForTheEnd();
  surviveFaults(say);
  await using page = await openPage(
    workspace,
    async () => (await import('./classroom-content.ts')).workshopContent(workspace, workshop),
    (reason) => process.stderr.write(`  ${say('page.none', { reason })}\n`),
  );
  const range = await startEmbedded({
    workspace,
    workshop,
    clock: systemClock,
    pid: process.pid,
    progress: (text) => process.stderr.write(`  ${printable(text)}\n`),
  }).catch((error: unknown) => {
    // Somebody was faster in between.
    throw error instanceof AlreadyServedError ? new Error(say('up.already', { workspace: workspace.folder })) : error;
  });
  await layStandIns(workspace);
  process.stdout.write(
    `${say('up.ready', { seconds: ((systemClock.monotonicMs() - startedMs) / 1000).toFixed(1), seats: range.world.seats.length, workspace: workspace.folder })}\n`,
  );
  if (page.url !== undefined) process.stdout.write(`${say('start.page', { url: page.url })}\n`);
  if (withBoard) process.stdout.write(`${words(range, workspace, say)}\n`);
  const live = withBoard ? await showBoard(range, workspace, workshop, say, ending.end) : undefined;
  await Promise.race([ending.asked, range.ended]);
  live?.stop();
  await page.stop();
  await withDeadline('the end of all hosts', range.stop(), { clock: systemClock, timeoutMs: stopTimeoutMs }).catch(
    (error: Error) => process.stderr.write(`gatehouse: ${printable(error.message)}; ${say('up.forced')}\n`),
  );
  process.stdout.write(`${say('down.done', { workspace: workspace.folder })}\n`);
  process.exit(0);
}

/** A lost terminal or an escaped fault ends nothing. */
function surviveFaults(say: Say): void {
  for (const stream of [process.stdout, process.stderr])
    stream.removeAllListeners('error').on('error', () => undefined);
  process.on('uncaughtException', (error) =>
    process.stderr.write(`gatehouse: ${say('up.fault', { stack: error.stack ?? error.message })}\n`),
  );
}

async function showBoard(
  range: EmbeddedRange,
  workspace: Workspace,
  workshop: Workshop,
  say: Say,
  end: () => void,
): Promise<Board> {
  const labIds = (await loadLabs()).map(({ lab }) => lab.id);
  const journal = openJournal(workspace.gradesFolder, workshop.seed);
  const look = createLook({ world: range.world, workspace, journal, labIds, states: () => range.status() });
  return startBoard(look, say, end);
}

/** Seats, addresses, passwords, and what to do first. */
function words(range: EmbeddedRange, { folder }: Workspace, say: Say): string {
  const seats = seatsText(range.world, embeddedHostLines(range.status(), range.wire, say), say);
  return [seats, say('start.first'), '', say('start.stop', { workspace: folder })].join('\n');
}
