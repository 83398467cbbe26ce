/**
 * Whatever a neighbour has not done, or has done wrongly, costs the student nothing: what needs that neighbour waits and names it, the rest holds.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { layStart, solveLab } from '../grader/exam/solve.ts';
import { loadLabs } from '../grader/load-labs.ts';
import { runLab } from '../grader/run.ts';
import { isHeld } from '../grader/verdict.ts';
import { startTemporaryRange, type TemporaryRange } from '../range/temporary-range.ts';

const labs = await loadLabs();
const last = labs.at(-1)?.lab.id ?? '';

let temporary: TemporaryRange;
beforeAll(async () => {
  temporary = await startTemporaryRange({ seats: 3, clock: systemClock });
  await solveLab(temporary.range, labs, last, 'pc1');
}, 120_000);
afterAll(() => temporary[Symbol.asyncDispose]());

/** Commands on both neighbours, after all labs were solved there. */
const spoiled =
  (...commands: readonly (readonly ['gateway' | 'mailbox' | 'dns', string])[]) =>
  async (seat: string): Promise<void> => {
    await layStart(temporary.range, labs, last, seat);
    await solveLab(temporary.range, labs, last, seat);
    for (const [host, command] of commands) {
      const { exitCode, stderr } = await temporary.range.exec(seat, host, ['sh', '-c', command]);
      expect(exitCode, stderr).toBe(0);
    }
  };

describe.each([
  ['are freshly installed', (seat: string) => layStart(temporary.range, labs, '01-first-mail', seat)],
  ['have done half of the labs', (seat: string) => layStart(temporary.range, labs, '04-names', seat)],
  [
    'let nobody into their mailbox hosts',
    spoiled(['mailbox', "postconf -e 'smtpd_client_restrictions = reject' && postfix reload"]),
  ],
  [
    'put everything off',
    spoiled(
      ['mailbox', "postconf -e 'smtpd_client_restrictions = defer' && postfix reload"],
      ['gateway', "postconf -e 'smtpd_client_restrictions = defer' && postfix reload"],
    ),
  ],
  [
    'take mail and lose it',
    spoiled(
      ['mailbox', "postconf -e 'home_mailbox = lost/' && postfix reload"],
      ['gateway', "postconf -e 'default_transport = discard:' 'transport_maps =' && postfix reload"],
    ),
  ],
])('neighbours that %s', (_what, spoil) => {
  test('cost nothing', { timeout: 240_000 }, async () => {
    const { range } = temporary;
    for (const seat of ['pc2', 'pc3']) await spoil(seat);
    const runs = await Promise.all(labs.map(({ lab }) => runLab({ range, lab, seat: 'pc1', clock: systemClock })));
    const open = runs.flatMap(({ results }) => results.filter(({ verdict }) => !isHeld(verdict)));
    expect(
      open.filter(({ verdict }) => verdict.kind !== 'waiting').map(({ check, verdict }) => [check.id, verdict.tag]),
    ).toEqual([]);
    for (const { verdict } of open) expect(['pc2', 'pc3']).toContain(verdict.waitingFor);
    expect(open.length).toBeGreaterThan(0);
  });
});
