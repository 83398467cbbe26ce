/**
 * A seat of Debian's own programs: the same labs, the same checks, the same verdicts. It proves that the labs teach Postfix, and that the grader judges behaviour.
 *
 * Here every lab's solution and a choice of mistakes; `gatehouse lab test --engine docker --gateway genuine --mailbox genuine` holds the whole exam.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openJudge } from '../../cli/open-judge.ts';
import { casesOf } from '../../grader/genuine-variant.ts';
import { solveNeighbours, tryCase } from '../../grader/exam/lab-test.ts';
import { layStart, solveLab } from '../../grader/exam/solve.ts';
import type { Judge } from '../../grader/judge.ts';
import { findLab, loadLabs } from '../../grader/load-labs.ts';
import { isHeld } from '../../grader/verdict.ts';
import type { TemporaryRange } from '../../range/temporary-range.ts';
import { hasGenuineImage, startDockerRange, turnMs } from './engine.ts';

const labs = await loadLabs();
const seat = 'pc1';

describe.runIf(await hasGenuineImage())('a genuine seat on Docker', { timeout: 300_000 }, () => {
  let docker: TemporaryRange;
  let judge: Judge;

  beforeAll(async () => {
    docker = await startDockerRange(2, { genuine: ['gateway', 'mailbox'] });
    judge = await openJudge(docker.range, labs);
  }, turnMs);
  afterAll(async () => {
    judge?.close();
    await docker?.[Symbol.asyncDispose]();
  }, 120_000);

  const inside = (script: string, host: 'gateway' | 'mailbox' = 'gateway') =>
    docker.range.exec(seat, host, ['sh', '-c', script], { timeoutMs: 60_000 });

  test('its programs are Debian’s, and its powers no more than those of our hosts', async () => {
    const { stdout } = await inside(
      'postconf -h mail_version; readlink -f "$(command -v postfix)"; grep -E "CapEff|NoNewPrivs" /proc/1/status; touch /usr/x 2>&1; ps -o comm= -p 1',
    );
    expect(stdout).toMatch(/^3\.7\.\d+\n\/usr\/sbin\/postfix\n/);
    expect(stdout).toMatch(/NoNewPrivs:\s+1/);
    // KILL 5, CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, SETGID 6, SETUID 7, NET_BIND_SERVICE 10, SYS_CHROOT 18 (capabilities(7)).
    const allowed = [0n, 1n, 3n, 5n, 6n, 7n, 10n, 18n].reduce((all, power) => all | (1n << power), 0n);
    const powers = BigInt(`0x${/CapEff:\s+([0-9a-f]+)/.exec(stdout)?.[1] ?? 'ff'}`);
    expect(powers & ~allowed).toBe(0n);
    expect(stdout).toContain('Read-only file system');
    const { services } = (await docker.range.status()).find((each) => each.seat === seat && each.host === 'mailbox')!;
    expect(services.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'rsyslog running',
      'dovecot running',
      'postfix running',
    ]);
  });

  test('whoever stops Postfix, by service(8) or by postfix(1), the range sees it; a mistake is told in its words', async () => {
    const postfix = async (): Promise<string> =>
      (await inside('service --status-all')).stdout.split('\n').find((line) => line.includes('postfix')) ?? '';
    await inside('postfix stop');
    expect(await postfix()).toContain('[ - ]');
    expect((await inside('service postfix start')).exitCode).toBe(0);
    expect(await postfix()).toContain('[ + ]');
    await inside('cp /etc/postfix/main.cf ~; postconf -e "inet_interfaces = 192.0.2.1"');
    const broken = docker.range.control(seat, 'gateway', 'restart', 'postfix');
    await expect(broken).rejects.toThrow('no local interface found for 192.0.2.1');
    await inside('cp ~/main.cf /etc/postfix/');
    await docker.range.control(seat, 'gateway', 'restart', 'postfix');
    expect(await postfix()).toContain('[ + ]');
  });

  test('it ends in order: Postfix first, its log last', async () => {
    await docker.range.control(seat, 'gateway', 'stop');
    const read = await docker.range.readFile(seat, 'gateway', '/var/log/mail.log');
    const log = read.kind === 'file' ? read.text.trimEnd().split('\n') : [];
    // postfix(1) may still say, beside the master's last word, that it waits for the master.
    const last = log.filter((line) => !line.endsWith('waiting for the Postfix mail system to terminate')).at(-1);
    expect(last).toMatch(/postfix\/master\[\d+\]: terminating on signal 15$/);
    await docker.range.control(seat, 'gateway', 'start');
  });

  test('a snapshot brings files back with their owners', async () => {
    await inside(
      'echo hello | sendmail -f afnog afnog@$(hostname); until ls ~afnog/Maildir/new/* ; do sleep 0.1; done',
      'gateway',
    );
    const owners = 'stat -c "%U %G %n" /var/spool/postfix/* ~afnog ~afnog/Maildir/new; postfix check';
    const before = await inside(owners);
    const name = await docker.range.snapshot(seat, 'gateway', 'test');
    await docker.range.reset(seat, 'gateway', { kind: 'snapshot', name });
    expect(await inside(owners)).toEqual(before);
  });

  // One after another, as a student goes: what one lab left is the next one's ground.
  test.each(labs.map(({ lab }) => lab.id))('%s: the ground does not pass, the solution scores full', async (id) => {
    const lab = findLab(labs, id);
    if (lab === labs[0]) await layStart(docker.range, labs, id, seat);
    await solveNeighbours({ range: docker.range, labs, lab, seat });
    const missing = async (): Promise<string[]> =>
      (await judge.run(lab.lab, seat)).results
        .filter(({ verdict }) => !isHeld(verdict))
        .map(({ check, verdict }) => `${check.id} ${verdict.tag}: ${verdict.actual}`);
    expect(await missing()).not.toEqual([]);
    await solveLab(docker.range, labs, id, seat);
    expect(await missing()).toEqual([]);
  });

  test.each([
    ['01-first-mail', 'mistakes/accepts-everybody'],
    ['02-who-may-relay', 'mistakes/everybody-trusted'],
    ['03-someone-must-answer', 'mistakes/newaliases-forgotten'],
    ['05-filter-for-your-neighbour', 'mistakes/no-recipient-map'],
    ['06-spam-and-viruses-stop-here', 'mistakes/spam-delivered'],
    ['06-spam-and-viruses-stop-here', 'near-misses/refused-at-the-door'],
  ])('%s: %s has the verdicts that are expected', async (id, name) => {
    const lab = findLab(labs, id);
    await solveNeighbours({ range: docker.range, labs, lab, seat });
    const [kind = ''] = name.split('/');
    const { folders } = await casesOf(lab, kind as 'mistakes' | 'near-misses', docker.range.world, seat);
    const folder = folders.find((each) => each.endsWith(`/${name}`)) ?? name;
    expect(await tryCase({ range: docker.range, labs, lab, seat, judge }, folder)).toEqual([]);
  });
});
