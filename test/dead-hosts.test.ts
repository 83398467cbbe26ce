/**
 * A host that is down, or refuses everything, or accepts everything and drops it, passes no check that is about it; a neighbour that is down costs nothing.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { findSeat } from '#range';
import { solveLab } from '../grader/exam/solve.ts';
import { loadLabs } from '../grader/load-labs.ts';
import { runLab, type LabRun } from '../grader/run.ts';
import { isHeld } from '../grader/verdict.ts';
import { startTemporaryRange, type TemporaryRange } from '../range/temporary-range.ts';
import { down, dropping, puttingOff, refusing, refusingLate } from './false-hosts.ts';

const labs = await loadLabs();
const last = labs.at(-1)?.lab.id ?? '';

let temporary: TemporaryRange;
beforeAll(async () => {
  temporary = await startTemporaryRange({ seats: 3, clock: systemClock });
  for (const { id } of temporary.range.world.seats) await solveLab(temporary.range, labs, last, id);
}, 120_000);
afterAll(() => temporary[Symbol.asyncDispose]());

function runAll(): Promise<LabRun[]> {
  return Promise.all(labs.map(({ lab }) => runLab({ range: temporary.range, lab, seat: 'pc1', clock: systemClock })));
}

describe.each([
  ['gateway', 'down', down],
  ['gateway', 'refusing everything', refusing],
  ['gateway', 'polite and refusing everything', refusingLate],
  ['gateway', 'putting everything off', puttingOff],
  ['gateway', 'taking everything and dropping it', dropping],
  ['mailbox', 'down', down],
  ['mailbox', 'refusing everything', refusing],
  ['mailbox', 'polite and refusing everything', refusingLate],
  ['mailbox', 'putting everything off', puttingOff],
  ['mailbox', 'taking everything and dropping it', dropping],
] as const)('a %s that is %s', (host, _kind, behave) => {
  test('passes no check that is about it', { timeout: 120_000 }, async () => {
    const { range } = temporary;
    const at = range.wire.toSocket(findSeat(range.world, 'pc1')[host].address, 25);
    await range.control('pc1', host, 'stop', 'postfix');
    const door = await behave(at.host, at.port, findSeat(range.world, 'pc1')[host].name);
    try {
      const results = (await runAll()).flatMap((run) => run.results.filter(({ check }) => check.subject === host));
      expect(results.length).toBeGreaterThan(5);
      const passed = results.filter(({ verdict }) => isHeld(verdict)).map(({ check }) => check.id);
      expect(passed).toEqual([]);
    } finally {
      await door.close();
      await range.control('pc1', host, 'start', 'postfix');
    }
  });
});

test('silent neighbours cost nothing: what needs them waits, and names them', { timeout: 120_000 }, async () => {
  const { range } = temporary;
  for (const seat of ['pc2', 'pc3'])
    for (const host of ['gateway', 'mailbox'] as const) await range.control(seat, host, 'stop');
  const results = (await runAll()).flatMap((run) => run.results);
  for (const seat of ['pc2', 'pc3'])
    for (const host of ['gateway', 'mailbox'] as const) await range.control(seat, host, 'start');
  expect(
    results.filter(({ verdict }) => verdict.kind === 'fail').map(({ check, verdict }) => [check.id, verdict.tag]),
  ).toEqual([]);
  const waiting = results.filter(({ verdict }) => verdict.kind === 'waiting');
  expect(new Set(waiting.map(({ verdict }) => verdict.waitingFor))).toEqual(new Set(['pc2', 'pc3']));
});
