/**
 * A student's host cannot influence a verdict except by behaving: forged log lines and quarantine files earn nothing, and junk in their place costs nothing.
 */
import { appendFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { pause } from '#util/deadline.ts';
import { layStart, solveLab } from '../grader/exam/solve.ts';
import { findLab, loadLabs } from '../grader/load-labs.ts';
import { runLab } from '../grader/run.ts';
import { startTemporaryRange, type TemporaryRange } from '../range/temporary-range.ts';

const labs = await loadLabs();

let temporary: TemporaryRange;
beforeAll(async () => {
  temporary = await startTemporaryRange({ seats: 2, clock: systemClock });
  await solveLab(temporary.range, labs, labs.at(-1)?.lab.id ?? '', 'pc2');
}, 60_000);
afterAll(() => temporary[Symbol.asyncDispose]());

const rootOf = (host: 'gateway' | 'mailbox'): string => temporary.range.workspace.hostRoot('pc1', host);

async function tagsOf(name: string): Promise<Record<string, string>> {
  const { lab } = findLab(labs, name);
  const { results } = await runLab({ range: temporary.range, lab, seat: 'pc1', clock: systemClock });
  return Object.fromEntries(results.map(({ check, verdict }) => [check.id, `${verdict.kind} ${verdict.tag}`]));
}

/** Plays the forger's daemon while `work` runs: for each line of the mail log that it has not seen, `forge`. */
async function whileForging<T>(
  host: 'gateway' | 'mailbox',
  forge: (line: string) => Promise<void>,
  work: () => Promise<T>,
): Promise<T> {
  const state = { going: true, seen: new Set<string>() };
  const daemon = (async () => {
    while (state.going) {
      const log = await readFile(path.join(rootOf(host), 'var/log/mail.log'), 'utf8').catch(() => '');
      for (const line of log.split('\n').filter((each) => !state.seen.has(each))) {
        state.seen.add(line);
        await forge(line);
      }
      await pause(systemClock, 20);
    }
  })();
  try {
    return await work();
  } finally {
    state.going = false;
    await daemon;
  }
}

test('a log that claims a delivery is no delivery', { timeout: 120_000 }, async () => {
  const { range } = temporary;
  await solveLab(range, labs, '01-first-mail', 'pc1');
  await range.exec('pc1', 'mailbox', ['sh', '-c', "postconf -e 'home_mailbox = elsewhere/' && postfix reload"]);
  const log = path.join(rootOf('mailbox'), 'var/log/mail.log');
  const tags = await whileForging(
    'mailbox',
    async (line) => {
      const id = /postfix\/cleanup\[\d+\]: (\w+): message-id/.exec(line)?.[1];
      if (id !== undefined)
        await appendFile(
          log,
          `Nov 25 04:52:26 mail postfix/local[1]: ${id}: to=<x>, status=sent (delivered to maildir)\n`,
        );
    },
    () => tagsOf('01'),
  );
  expect(tags).toMatchObject({
    'mail-arrives': 'fail MAIL_LOST',
    'log-tells-delivery': 'not-run NEEDED_CHECK_NOT_PASSED',
  });
});

test('a file in the quarantine does not make up for a delivery', { timeout: 120_000 }, async () => {
  const { range } = temporary;
  await layStart(range, labs, '06-spam-and-viruses-stop-here', 'pc1');
  const folder = path.join(rootOf('gateway'), 'var/spool/MailScanner/quarantine/20261125');
  const tags = await whileForging(
    'gateway',
    async (line) => {
      const [, id, canary] = /qmgr\[\d+\]: (\w+): from=<(\w+)@/.exec(line) ?? [];
      if (id === undefined || canary === undefined) return;
      await mkdir(path.join(folder, id), { recursive: true });
      await writeFile(path.join(folder, id, 'message'), `X: ${canary}\n`);
    },
    () => tagsOf('06'),
  );
  expect(tags).toMatchObject({
    'benign-mail-passes': 'pass BENIGN_PASSED',
    'mail-is-scanned': 'fail NOT_SCANNED',
    'spam-is-stopped': 'fail DELIVERED',
    'viruses-are-stopped': 'fail DELIVERED',
    'locked-archives-are-stopped': 'fail DELIVERED',
  });
});

test('giant and binary lines in the log cost an honest host nothing', { timeout: 120_000 }, async () => {
  await layStart(temporary.range, labs, '01-first-mail', 'pc1');
  await solveLab(temporary.range, labs, '01-first-mail', 'pc1');
  const log = path.join(rootOf('mailbox'), 'var/log/mail.log');
  await appendFile(log, Buffer.concat([Buffer.alloc(3_000_000, 0x41), Buffer.from([0, 27, 91, 50, 74, 255, 10])]));
  expect(await tagsOf('01')).toMatchObject({
    'log-tells-delivery': 'pass LOGGED',
    'mail-arrives': 'pass MAIL_ARRIVED',
  });
});

test('a link out of the root is not followed, and a pipe in the place of a file does not hold the grader up', async () => {
  const place = rootOf('gateway');
  await symlink('/etc/hostname', path.join(place, 'etc/link'));
  await promisify(execFile)('mkfifo', [path.join(place, 'etc/pipe')]);
  for (const file of ['/etc/link', '/etc/pipe'])
    expect(await temporary.range.readFile('pc1', 'gateway', file)).toMatchObject({ kind: 'refused' });
});
