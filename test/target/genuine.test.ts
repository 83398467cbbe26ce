/**
 * A genuine Postfix as the target of `grade --target`: set up by the labs' solutions, rightly and wrongly, it is judged as our own mail system is (own.test.ts).
 */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seatParameters } from '../../range/parameters.ts';
import { renderTree } from '../../range/render-tree.ts';
import type { OverlayFile } from '#range';
import { findSeat } from '#range';
import { createWorld } from '../../range/world.ts';
import { home } from '../../docs/generate/sources.ts';
import type { LabReport } from '../../grader/report/report.ts';
import { findPeer } from '../genuine-peers.ts';
import { asSolved, labsOf, targetCases, type TargetCase } from './cases.ts';
import { GenuineTarget, strangerAddress, targetAddress, type Ran } from './genuine-target.ts';

const isPossible = process.platform === 'linux' && process.getuid?.() === 0 && findPeer('postfix') !== undefined;
const world = createWorld({ seed: 'of a test', seats: [{}, {}] });

function solutionOf(place: TargetCase['place']): OverlayFile[] {
  const values = { ...seatParameters(world, 'pc1'), local: findSeat(world, 'pc1')[place] };
  return labsOf[place].flatMap((lab) => renderTree(path.join(home, 'labs', lab, 'solution', place), values));
}

/** As the solutions' run.sh do. */
const makeTables: Readonly<Record<TargetCase['place'], string>> = {
  gateway: 'newaliases; postmap etc/postfix/relay_recipients etc/postfix/transport',
  mailbox: 'newaliases',
};

describe.runIf(isPossible)('a genuine Postfix', { timeout: 120_000 }, () => {
  let target: GenuineTarget;
  beforeAll(async () => {
    target = await GenuineTarget.create();
  });
  afterAll(() => target[Symbol.asyncDispose]());

  /** @param more options, and labs; all that fit the place unless some are named */
  function grade(place: TargetCase['place'], ...more: readonly string[]): Promise<Ran> {
    const command = [process.execPath, path.join(home, 'cli', 'main.ts'), 'grade', '--target', targetAddress];
    const labs = more.some((word) => /^\d/.test(word)) ? [] : labsOf[place];
    return target.fromOutside([...command, '--as', place, '--report', 'json', ...more, ...labs]);
  }

  /** Check to verdict and tag, of what was judged. */
  function judged({ out, err }: Ran): Record<string, string> {
    expect(err).toBe('');
    const document = JSON.parse(out) as LabReport | { reports: LabReport[] };
    const reports = 'reports' in document ? document.reports : [document];
    const checks = reports.flatMap((report) => report.checks).filter(({ tag }) => tag !== 'NEEDS_MORE_THAN_THE_WIRE');
    return Object.fromEntries(checks.map(({ id, verdict, tag }) => [id, `${verdict} ${tag}`]));
  }

  test.each(targetCases)('$place: $about', async ({ place, commands, differs }) => {
    await target.configure(solutionOf(place), makeTables[place], commands);
    const ran = await grade(place, '--stranger');
    expect(judged(ran)).toEqual({ ...asSolved[place], ...differs });
    expect(ran.code).toBe(Object.keys(differs).length === 0 ? 0 : 1);
  });

  test('is not called an open relay for trusting the network that we are in, unless somebody vouches', async () => {
    const trusting = `postconf -e 'mynetworks = ${strangerAddress}/32'`;
    await target.configure(solutionOf('gateway'), makeTables.gateway, trusting);
    expect(judged(await grade('gateway'))).toMatchObject({
      'gateway-answers': 'pass GATEWAY_ANSWERS',
      'gateway-refuses-strangers': 'inconclusive TARGET_TAKES_OUR_MAIL_FOR_OTHERS',
    });
    expect(judged(await grade('gateway', '--stranger'))).toMatchObject({
      'gateway-refuses-strangers': 'fail RELAY_OPEN',
    });
  });

  test('whose smtpd cannot start is not judged at all', async () => {
    const fatal = "postconf -e 'smtpd_relay_restrictions =' 'smtpd_recipient_restrictions ='";
    await target.configure(solutionOf('gateway'), makeTables.gateway, fatal);
    expect(judged(await grade('gateway', '02-who-may-relay'))).toEqual({
      'gateway-answers': 'inconclusive TARGET_CANNOT_BE_REACHED',
      'gateway-refuses-strangers': 'not-run NEEDED_CHECK_NOT_PASSED',
    });
  });
});
