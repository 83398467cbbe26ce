/**
 * The shared clamd and spamd, asked by our gateway: their findings in log and header, lab 6 graded with them, and mail that waits while they are away.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import { openJudge } from '../../cli/open-judge.ts';
import { solveLab } from '../../grader/exam/solve.ts';
import type { Judge } from '../../grader/judge.ts';
import { findLab, loadLabs } from '../../grader/load-labs.ts';
import { isHeld } from '../../grader/verdict.ts';
import { connectDocker } from '../../range/docker/connect.ts';
import type { TemporaryRange } from '../../range/temporary-range.ts';
import { hasGenuineImage, startDockerRange, turnMs } from './engine.ts';

const labs = await loadLabs();
const { lab } = findLab(labs, '06');
const container = 'gatehouse-scanners';

describe.runIf(await hasGenuineImage())('a shared clamd and spamd on Docker', { timeout: 300_000 }, () => {
  let docker: TemporaryRange;
  let judge: Judge;

  const gateway = (script: string) => docker.range.exec('pc1', 'gateway', ['sh', '-c', script], { timeoutMs: 60_000 });
  const log = async (): Promise<string> => {
    const read = await docker.range.readFile('pc1', 'gateway', '/var/log/mail.log');
    return read.kind === 'file' ? read.text : '';
  };

  beforeAll(async () => {
    docker = await startDockerRange(2, { scanners: true });
    judge = await openJudge(docker.range, labs);
    for (const { id } of docker.range.world.seats) await solveLab(docker.range, labs, lab.id, id);
    await gateway(`mkdir -p /etc/MailScanner/conf.d
      printf 'Clamd Socket = %s\\nLog Spam = yes\\n' "$(dig +short scan.sse.ws.test)" > /etc/MailScanner/conf.d/scanners.conf
      printf -- '-d scan.sse.ws.test\\n' > /etc/mail/spamassassin/spamc.conf
      service mailscanner reload`);
  }, turnMs);
  afterAll(async () => {
    judge?.close();
    await docker?.[Symbol.asyncDispose]();
  }, 120_000);

  test('lab 6 scores full with them, and their words stand in the log', async () => {
    const { results } = await judge.run(lab, 'pc1');
    expect(results.filter(({ verdict }) => !isHeld(verdict)).map(({ check }) => check.id)).toEqual([]);
    const lines = await log();
    // Only a genuine clamd marks signatures that are not ClamAV's own.
    expect(lines).toMatch(/Clamd::INFECTED:: Eicar-Test-Signature\.UNOFFICIAL :: /);
    expect(lines).toMatch(/is spam, SpamAssassin \(not cached, score=\d{3,}[\d.]*, .*GTUBE 1000\.00/);
    const { stdout } = await gateway('MailScanner --lint');
    expect(stdout).toContain('Clamd said "eicar.com was infected: Eicar-Test-Signature.UNOFFICIAL"');
  });

  test.each([
    ['clamd', 'true', /COULD NOT CONNECT TO CLAMD/],
    // From here on the built-in engine looks for viruses.
    [
      'spamd',
      'sed -i /Clamd/d /etc/MailScanner/conf.d/scanners.conf; service mailscanner reload',
      /spamd scan\.sse\.ws\.test:783 does not answer/,
    ],
  ])('mail waits while %s is away, and comes when it is back', async (_name, prepare, told) => {
    await gateway(prepare);
    const engine = await connectDocker();
    const token = `token${randomBytes(6).toString('hex')}`;
    await engine.getContainer(container).stop({ t: 5 });
    const from = (await log()).length;
    await gateway(`printf 'Subject: ${token}\\n\\nhello\\n' | sendmail -f afnog afnog@pc2.sse.ws.test`);
    await waitFor(
      'two tries',
      async () => {
        const found = (await log())
          .slice(from)
          .split('\n')
          .filter((line) => told.test(line)).length;
        return found >= 2 ? { kind: 'there', value: found } : { kind: 'not-yet', seen: `${found} lines` };
      },
      { clock: systemClock, timeoutMs: 60_000, everyMs: 200 },
    );
    expect(await arrived(docker, token)).toBe(0);
    await engine.getContainer(container).start();
    await waitFor(
      'the message at the neighbour',
      async () =>
        (await arrived(docker, token)) > 0 ? { kind: 'there', value: 1 } : { kind: 'not-yet', seen: 'not there' },
      { clock: systemClock, timeoutMs: 60_000, everyMs: 200 },
    );
    expect(await arrived(docker, token)).toBe(1);
  });

  test('who tells the shared clamd to end ends it for a moment only', async () => {
    const engine = await connectDocker();
    const clamd = async (): Promise<string | undefined> => {
      const { Processes } = await engine.getContainer(container).top();
      return (Processes as string[][]).find((line) => line.at(-1)?.startsWith('/usr/sbin/clamd'))?.[1];
    };
    const before = await clamd();
    await gateway(`node -e 'require("net").connect(3310, "198.18.0.25").end("SHUTDOWN\\n")'`);
    await waitFor(
      'another clamd that answers',
      async () => {
        const { stdout } = await gateway(
          `node -e 'require("net").connect(3310, "198.18.0.25").on("error", () => {}).on("data", (d) => console.log(String(d))).end("PING\\n")'`,
        );
        const now = await clamd();
        const isNew = now !== undefined && now !== before && stdout.includes('PONG');
        return isNew ? { kind: 'there', value: now } : { kind: 'not-yet', seen: `process ${now}, ${stdout}` };
      },
      { clock: systemClock, timeoutMs: 60_000, everyMs: 500 },
    );
  });
});

/** Messages with that token in the neighbour's mailbox. */
async function arrived({ range }: TemporaryRange, token: string): Promise<number> {
  const { stdout } = await range.exec('pc2', 'mailbox', [
    'sh',
    '-c',
    `grep -rl ${token} /home/afnog/Maildir/new | wc -l`,
  ]);
  return Number(stdout);
}
