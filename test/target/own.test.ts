/**
 * Our own mail system as the target of `grade --target`: what is said from outside, and that it is never more than is known inside.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { findSeat } from '#range';
import { solveLab } from '../../grader/exam/solve.ts';
import { findLab, loadLabs } from '../../grader/load-labs.ts';
import { labFromOutside } from '../../grader/outside-lab.ts';
import { exitCodeOf, makeReport } from '../../grader/report/report.ts';
import { runLab, type LabRun } from '../../grader/run.ts';
import { isHeld } from '../../grader/verdict.ts';
import { createExternalRange, type Target } from '../../range/external.ts';
import { startTemporaryRange, type TemporaryRange } from '../../range/temporary-range.ts';
import { down, dropping, puttingOff, refusing, refusingLate } from '../false-hosts.ts';
import { asSolved, judged, labsOf, targetCases, type TargetCase } from './cases.ts';

const labs = await loadLabs();
/** An address that no host has a reason to trust. */
const stranger = '127.19.2.25';

let temporary: TemporaryRange;
beforeAll(async () => {
  temporary = await startTemporaryRange({ seats: 2, clock: systemClock });
  for (const seat of ['pc1', 'pc2']) await solveLab(temporary.range, labs, '05-filter-for-your-neighbour', seat);
  // The mailbox host of lab 5 is closed to all but its filter; labs 1 to 3 are put to it as it was before.
  await temporary.range.exec('pc1', 'mailbox', ['postconf', '-X', 'smtpd_client_restrictions']);
  await temporary.range.control('pc1', 'mailbox', 'restart', 'postfix');
}, 120_000);
afterAll(() => temporary[Symbol.asyncDispose]());

function targetAt(place: TargetCase['place'], more: Partial<Target> = {}): Target {
  const { wire, world } = temporary.range;
  const { host, port } = wire.toSocket(findSeat(world, 'pc1')[place].address, 25);
  return { address: host, port, place, seat: 'pc1', isStranger: true, from: stranger, ...more };
}

async function fromOutside(target: Target, ids: readonly string[] = labsOf[target.place]): Promise<LabRun[]> {
  const range = await createExternalRange(target);
  const runs: LabRun[] = [];
  for (const id of ids) {
    const lab = labFromOutside(findLab(labs, id).lab, range.reach);
    runs.push(await runLab({ range, lab, seat: 'pc1', clock: systemClock }));
  }
  return runs;
}

/** With the commands run on the host; it is as before afterwards. */
async function asConfigured<T>({ place, commands }: TargetCase, use: () => Promise<T>): Promise<T> {
  const { range } = temporary;
  const before = await range.snapshot('pc1', place, 'before-case');
  await range.exec('pc1', place, ['sh', '-ec', commands]);
  await range.control('pc1', place, 'restart', 'postfix');
  try {
    return await use();
  } finally {
    await range.reset('pc1', place, { kind: 'snapshot', name: before });
  }
}

test.each(targetCases)('$place: $about', async (each) => {
  await asConfigured(each, async () => {
    expect(judged(await fromOutside(targetAt(each.place)))).toEqual({ ...asSolved[each.place], ...each.differs });
  });
});

test('what is said from outside of the solved gateway is what is said inside', async () => {
  const outside = judged(await fromOutside(targetAt('gateway')));
  const runs = await Promise.all(
    labsOf.gateway.map((id) =>
      runLab({ range: temporary.range, lab: findLab(labs, id).lab, seat: 'pc1', clock: systemClock }),
    ),
  );
  expect(judged(runs)).toMatchObject(outside);
});

describe('a host that may trust us', () => {
  test('is no open relay for taking our mail for others, unless somebody vouches', async () => {
    const { gateway } = asSolved;
    const doubt = 'inconclusive TARGET_TAKES_OUR_MAIL_FOR_OTHERS';
    expect(judged(await fromOutside(targetAt('gateway', { from: '127.0.0.1', isStranger: false })))).toEqual({
      ...gateway,
      'gateway-refuses-strangers': doubt,
      'gateway-stays-closed': doubt,
    });
  });

  test('is not blamed for unknown users either, since it may relay to anybody for us', async () => {
    const [each] = targetCases.filter(({ about }) => about === 'no relay_recipient_maps');
    if (!each) throw new Error('no such case');
    await asConfigured(each, async () => {
      const said = judged(await fromOutside(targetAt('gateway', { from: '127.0.0.1', isStranger: false })));
      expect(said['gateway-refuses-unknown']).toBe('inconclusive TARGET_TAKES_OUR_MAIL_FOR_OTHERS');
    });
  });
});

describe.each([
  ['down', down, true],
  ['refusing everything', refusing, true],
  ['polite and refusing everything', refusingLate, true],
  ['putting everything off', puttingOff, true],
  ['taking everything and dropping it', dropping, true],
  ['taking everything and dropping it, and may trust us', dropping, false],
] as const)('a host that is %s', (_kind, behave, isStranger) => {
  test.each(['gateway', 'mailbox'] as const)('passes nothing as a %s', async (place) => {
    const target = targetAt(place, { isStranger });
    const { range } = temporary;
    await range.control('pc1', place, 'stop', 'postfix');
    const door = await behave(target.address, target.port, findSeat(range.world, 'pc1')[place].name);
    try {
      const runs = await fromOutside(
        target,
        labs.map(({ lab }) => lab.id),
      );
      const results = runs.flatMap((run) => run.results);
      expect(results.filter(({ verdict }) => isHeld(verdict)).map(({ check }) => check.id)).toEqual([]);
      expect(results.filter(({ verdict }) => verdict.kind === 'error').map(({ check }) => check.id)).toEqual([]);
      if (behave !== down && behave !== dropping)
        expect(results.filter(({ verdict }) => verdict.kind === 'fail').map(({ check }) => check.id)).toEqual([]);
    } finally {
      await door.close();
      await range.control('pc1', place, 'start', 'postfix');
    }
  });
});

describe('own names', () => {
  const own = { name: 'gw.pc1.sse.ws.test', user: 'afnog@pc1.sse.ws.test' };

  test('without an address of a relayed domain, nothing is said about relaying for one', async () => {
    const [run] = await fromOutside(targetAt('gateway', own), ['05-filter-for-your-neighbour']);
    expect(run?.results.map(({ verdict }) => verdict.args['reason'])).not.toContain(undefined);
    expect(run?.results.find(({ check }) => check.id === 'gateway-refuses-unknown')?.verdict).toMatchObject({
      kind: 'not-run',
      args: { reason: 'relay-user' },
    });
  });

  test('with one it is the one that is asked about', async () => {
    const relayUser = 'afnog@pc2.sse.ws.test';
    expect(judged(await fromOutside(targetAt('gateway', { ...own, relayUser })))).toEqual(asSolved.gateway);
  });
});

describe('with a password the mailbox is looked into', () => {
  const login = (password?: string): Partial<Target> => {
    const { world, wire } = temporary.range;
    const seat = findSeat(world, 'pc1');
    return { password: password ?? seat.password, imapPort: wire.toSocket(seat.mailbox.address, 993).port };
  };
  const solved = {
    ...asSolved.mailbox,
    'mail-arrives': 'pass MAIL_ARRIVED',
    'received-names-host': 'pass TRACE_RIGHT',
    'mailbox-takes-own-mail': 'pass OWN_MAIL_ARRIVED',
    'postmaster-answers': 'pass SOMEONE_ANSWERS',
    'root-answers': 'pass SOMEONE_ANSWERS',
    'abuse-answers': 'pass SOMEONE_ANSWERS',
    'bare-postmaster-answers': 'pass SOMEONE_ANSWERS',
    'policy-notices-arrive': 'pass NOTICE_CAME',
  };

  test('and what arrived is found there', async () => {
    expect(judged(await fromOutside(targetAt('mailbox', login())))).toEqual(solved);
  });

  test('and what did not is missed', async () => {
    const commands = "sed -i '/^abuse/d' etc/aliases; echo 'abuse: /dev/null' >> etc/aliases; newaliases";
    await asConfigured({ about: '', place: 'mailbox', commands, differs: {} }, async () => {
      expect(judged(await fromOutside(targetAt('mailbox', login()), ['03-someone-must-answer']))).toMatchObject({
        'postmaster-answers': 'pass SOMEONE_ANSWERS',
        'abuse-answers': 'fail NOBODY_READS_IT',
      });
    });
  });

  test('a wrong one is nobody’s fault', async () => {
    expect(judged(await fromOutside(targetAt('mailbox', login('wrong')), ['01-first-mail']))).toEqual({
      'answers-on-25': 'pass ANSWERS',
      'says-its-name': 'pass NAME_RIGHT',
      'unknown-user-refused': 'pass UNKNOWN_USER_REFUSED',
      'mail-arrives': 'inconclusive MAILBOX_NOT_READ',
      'received-names-host': 'not-run NEEDED_CHECK_NOT_PASSED',
    });
  });
});

describe('names in DNS', () => {
  const names = (answers: Record<string, string>): Partial<Target> => {
    const { host, port } = temporary.range.wire.toSocket(temporary.range.world.dns.address, 53);
    return { dns: `${host}:${port}`, ...answers };
  };

  test('are asked of the named server, for this host only', async () => {
    const said = judged(await fromOutside(targetAt('gateway', names({})), ['04-names']));
    // The lab's zones have the lab's addresses, the target has one of this machine.
    expect(said).toEqual({
      'zone-is-sound': 'fail ZONE_BROKEN',
      'mx-names-mailbox': 'pass MX_RIGHT',
      'ptr-leads-back': 'fail PTR_MISSING',
      'spf-one-record': 'pass SPF_ONE',
      'spf-allows-gateway': 'fail GATEWAY_NOT_ALLOWED',
      'spf-forbids-others': 'not-run NEEDED_CHECK_NOT_PASSED',
    });
  });

  test('a server that does not answer is nobody’s fault', async () => {
    const [run] = await fromOutside(targetAt('gateway', { dns: '127.19.2.25:9' }), ['04-names']);
    expect(new Set(run?.results.map(({ verdict }) => verdict.tag))).toEqual(new Set(['NEEDS_MORE_THAN_THE_WIRE']));
  });
});

test('only what was judged is counted, and nothing judged at all is no success', async () => {
  const [answers] = await fromOutside(targetAt('gateway'), ['02-who-may-relay']);
  const [nothing] = await fromOutside(targetAt('gateway'), ['01-first-mail']);
  if (!answers || !nothing) throw new Error('no runs');
  const loaded = findLab(labs, '02-who-may-relay');
  const report = makeReport(answers, loaded);
  expect(report.score).toEqual({ points: 4, of: 4, lost: 0 });
  expect(report.target).toMatch(/^127\.18\.1\.10 port \d+$/);
  expect(report.checks.find(({ id }) => id === 'mail-leaves-through-gateway')).toMatchObject({
    verdict: 'not-run',
    of: 0,
    fault: 'none',
    rationale: expect.stringContaining('a look inside the host'),
  });
  expect(exitCodeOf([report])).toBe(0);
  expect(exitCodeOf([makeReport(nothing, findLab(labs, '01-first-mail'))])).toBe(2);
});

test('without a route nothing is judged, and the cure is said', async () => {
  const nowhere = { address: '255.255.255.255', port: 25, place: 'gateway', seat: 'pc1', isStranger: true } as const;
  await expect(createExternalRange(nowhere)).rejects.toThrow('no way from this computer to 255.255.255.255');
});

test('no connection is made to anything but the target, and nothing inside is asked', async () => {
  const range = await createExternalRange(targetAt('gateway'));
  const mailbox = findSeat(range.world, 'pc1').mailbox.address;
  expect(() => range.dial(stranger, mailbox, 25)).toThrow('other-host');
  expect(() => range.dial(mailbox, targetAt('gateway').address, 25)).toThrow('trusted-address');
  expect(() => range.wire.toSocket(mailbox, 143)).toThrow('inside');
  await expect(range.exec('pc1', 'gateway', ['true'])).rejects.toThrow('inside');
  await expect(range.resolver.a('gw.pc1.sse.ws.test')).rejects.toThrow('dns');
});
