/**
 * The engine with toy labs on a real workshop: order, controls, deadlines, and whose fault it is.
 */
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { findSeat } from '#range';
import { startTemporaryRange, type TemporaryRange } from '../range/temporary-range.ts';
import { ProbeError } from './context.ts';
import { defineLab, type Check, type Finding, type Lab } from './lab.ts';
import { planChecks } from './plan.ts';
import { runLab } from './run.ts';
import { runAfterRestart } from './survive.ts';

const passing: Finding = { kind: 'pass', tag: 'GOOD' };
const failing: Finding = { kind: 'fail', tag: 'BAD', expected: 'this', actual: 'that' };

function toy(id: string, finding: Finding | (() => Promise<Finding>), more: Partial<Check> = {}): Check {
  return {
    id,
    step: 'only',
    subject: 'dns',
    kind: 'state',
    level: 'required',
    persists: 'now',
    deadlineMs: 5000,
    tags: ['GOOD', 'BAD'],
    manual: 'none',
    run: () => (typeof finding === 'function' ? finding() : Promise.resolve(finding)),
    ...more,
  };
}

function labOf(...checks: Check[]): Lab {
  return defineLab({
    id: '99-toy',
    version: '1.0.0',
    minutes: 1,
    after: [],
    steps: [{ id: 'only', hints: [{ key: 'none' }] }],
    checks,
    rubric: Object.fromEntries(checks.map(({ id }) => [id, 1])),
    reload: [],
  });
}

let temporary: TemporaryRange;
beforeAll(async () => {
  temporary = await startTemporaryRange({ seats: 3, clock: systemClock });
});
afterAll(() => temporary[Symbol.asyncDispose]());

async function verdicts(...checks: Check[]) {
  const run = await runLab({ range: temporary.range, lab: labOf(...checks), seat: 'pc1', clock: systemClock });
  return Object.fromEntries(
    run.results.map(({ check, verdict }) => [check.id, `${verdict.kind} ${verdict.tag} ${verdict.fault}`]),
  );
}

describe('order', () => {
  test('a check whose need failed is not run, and says so', async () => {
    const never = toy('second', () => Promise.reject(new Error('was run')), { needs: ['first'] });
    expect(await verdicts(never, toy('first', failing))).toEqual({
      first: 'fail BAD self',
      second: 'not-run NEEDED_CHECK_NOT_PASSED none',
    });
  });

  test('a must-refuse check is inconclusive when its control does not pass, and nothing else', async () => {
    const refuse = toy('closed', passing, { kind: 'must-refuse', control: 'open' });
    expect(await verdicts(refuse, toy('open', failing))).toMatchObject({
      closed: 'inconclusive CONTROL_NOT_PASSED none',
    });
    expect(await verdicts(refuse, toy('open', passing))).toMatchObject({ closed: 'pass GOOD none' });
  });

  test('checks that need each other are refused with their names', () => {
    const lab = labOf(toy('a', passing, { needs: ['b'] }), toy('b', passing, { needs: ['a'] }));
    expect(() => planChecks(lab)).toThrow('a -> b -> a');
  });

  test('a lab whose parts do not fit together is refused with what is wrong', () => {
    expect(() => labOf(toy('closed', passing, { kind: 'must-refuse' }))).toThrow('name its benign control');
    expect(() => labOf(toy('a', passing, { needs: ['gone'] }))).toThrow('"gone", which is no check');
    expect(() => labOf(toy('a', passing), toy('a', passing))).toThrow('the same id');
  });
});

describe('whose fault it is', () => {
  test('a probe that breaks is an error of ours, never a fail or a pass', async () => {
    expect(
      await verdicts(
        toy('crash', () => Promise.reject(new TypeError('bug'))),
        toy('blind', () => Promise.reject(new ProbeError('no name server', 'class-service'))),
        toy('slow', () => new Promise<Finding>(() => undefined), { deadlineMs: 100 }),
      ),
    ).toEqual({
      crash: 'error COULD_NOT_LOOK grader',
      blind: 'error COULD_NOT_LOOK class-service',
      slow: 'error CHECK_TOOK_TOO_LONG grader',
    });
  });

  test('a silent subject passes nothing', async () => {
    await temporary.range.control('pc1', 'gateway', 'stop');
    expect(await verdicts(toy('lie', passing, { subject: 'gateway' }))).toEqual({ lie: 'fail SUBJECT_DOWN self' });
    await temporary.range.control('pc1', 'gateway', 'start');
  });

  test('a fail behind a silent neighbour waits for that neighbour', async () => {
    const check = toy('through', failing, { through: ['filtered-mailbox', 'filtering-gateway'] });
    await temporary.range.control('pc2', 'gateway', 'stop'); // pc2 filters for pc1
    expect(await verdicts(check)).toEqual({ through: 'waiting NEIGHBOUR_SILENT neighbour:pc3' });
    await temporary.range.exec('pc3', 'mailbox', [
      'sh',
      '-c',
      'postconf -e inet_interfaces=all; postfix stop; postfix start',
    ]);
    expect(await verdicts(check)).toEqual({ through: 'waiting NEIGHBOUR_SILENT neighbour:pc2' });
    await temporary.range.control('pc2', 'gateway', 'start');
    await temporary.range.exec('pc2', 'gateway', [
      'sh',
      '-c',
      'postconf -e inet_interfaces=all; postfix stop; postfix start',
    ]);
    expect(await verdicts(check)).toEqual({ through: 'fail BAD self' });
  });
});

describe('a host that takes its time', () => {
  /** Nobody who answers on port 25 of that address, while `work` runs. */
  async function mute(seat: string, work: () => Promise<void>): Promise<void> {
    const { range } = temporary;
    await range.control(seat, 'gateway', 'stop');
    const open = new Set<net.Socket>();
    const server = net.createServer((socket) => void open.add(socket.on('error', () => undefined)));
    const at = range.wire.toSocket(findSeat(range.world, seat).gateway.address, 25);
    await new Promise<void>((resolve) => server.listen(at.port, at.host, resolve));
    try {
      await work();
    } finally {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await range.control(seat, 'gateway', 'start');
    }
  }

  const talkTo = (seat: string): Check => ({
    ...toy('talk', passing, { subject: 'gateway', deadlineMs: 500 }),
    run: async (context) => {
      await context.dialogue({ actor: 'sound' }, { seat, host: 'gateway' }, []);
      return passing;
    },
  });

  test("is at fault when it is the student's", () =>
    mute('pc1', async () => expect(await verdicts(talkTo('pc1'))).toEqual({ talk: 'fail SUBJECT_TOO_SLOW self' })));

  test("is waited for when it is a neighbour's", () =>
    mute('pc2', async () =>
      expect(await verdicts(talkTo('pc2'))).toEqual({ talk: 'waiting NEIGHBOUR_SILENT neighbour:pc2' }),
    ));
});

describe('the third clock', () => {
  test('what held before the restart and not after it fails as not surviving; what must only hold now is not looked at again', async () => {
    let looks = 0;
    const once = (): Promise<Finding> => Promise.resolve((looks += 1) === 1 ? passing : failing);
    const lab = labOf(toy('fleeting', once, { persists: 'survives' }), toy('present', passing));
    const run = await runLab({ range: temporary.range, lab, seat: 'pc1', clock: systemClock });
    const [after] = await runAfterRestart([run], { range: temporary.range, clock: systemClock, atOnce: 1 });
    expect(after?.results.map(({ verdict }) => verdict.tag)).toEqual(['DID_NOT_SURVIVE', 'GOOD']);
  });
});
