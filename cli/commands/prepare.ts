/**
 * prepare - `gatehouse solve` and `gatehouse stand-in`: configurations that the workshop brings along, laid onto a seat.
 */
import { Argument, type Command } from 'commander';
import { forEachAtMost } from '#util/at-most.ts';
import { systemClock } from '#util/clock.ts';
import { findSeat } from '#range';
import { solveLab } from '../../grader/exam/solve.ts';
import { beginStandIn, endStandIn } from '../../grader/exam/stand-in.ts';
import { findLab, loadLabs } from '../../grader/load-labs.ts';
import { attachRange } from '../../range/attach.ts';
import { loadWorkshop, markSeat } from '../../range/workspace.ts';
import { seatOption } from '../seat-option.ts';
import { loadTexts } from '../texts.ts';
import { workspaceOption } from '../workspace-option.ts';

interface PrepareOptions {
  readonly workspace: string;
  readonly seat: string;
  readonly allSeats?: boolean;
}

const seatsAtOnce = 8;

export function registerPrepare(program: Command): void {
  program
    .command('solve <lab>')
    .description("lay a lab's solution onto a seat (authors and instructors)")
    .addOption(workspaceOption())
    .addOption(seatOption())
    .option('--all-seats', 'every student seat')
    .action(solve);
  program
    .command('stand-in <seat>')
    .description('a known good configuration takes a seat, or gives it back')
    .addArgument(new Argument('[state]', 'on or off').choices(['on', 'off']).default('on'))
    .addOption(workspaceOption())
    .action(standIn);
}

async function solve(name: string, { workspace, seat, allSeats }: PrepareOptions): Promise<void> {
  const say = loadTexts();
  const [range, labs] = await Promise.all([attachRange(workspace, systemClock), loadLabs()]);
  const { lab } = findLab(labs, name);
  const students = range.world.seats.filter(({ kind }) => kind === 'student').map(({ id }) => id);
  await forEachAtMost(seatsAtOnce, allSeats ? students : [findSeat(range.world, seat).id], async (each) => {
    await solveLab(range, labs, lab.id, each);
    process.stdout.write(`${say('solve.done', { seat: each, lab: lab.id })}\n`);
  });
}

async function standIn(seat: string, state: 'on' | 'off', { workspace }: PrepareOptions): Promise<void> {
  const say = loadTexts();
  const [range, labs] = await Promise.all([attachRange(workspace, systemClock), loadLabs()]);
  const { number } = findSeat(range.world, seat);
  if (state === 'on') await beginStandIn(range, labs, seat);
  else await endStandIn(range, seat);
  await markSeat(range.workspace, number, state === 'on' ? 'stand-in' : 'student');
  const workshop = await loadWorkshop(range.workspace);
  if (range.engine === 'docker' && workshop)
    await (await import('../../range/docker/provision-lab.ts')).tellClassroom(workshop, range.workspace);
  process.stdout.write(`${say(state === 'on' ? 'stand-in.on' : 'stand-in.off', { seat })}\n`);
}
