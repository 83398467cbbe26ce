/**
 * A workshop's life by the real command: up, start, down, signals, crashes, two at once, wrong usage and workspaces that cannot be used.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import { begin, gatehouse, makeWorkspaces, type Outcome, type Workspaces } from './gatehouse.ts';

let workspaces: Workspaces;
beforeAll(async () => {
  workspaces = await makeWorkspaces();
});
afterAll(() => workspaces[Symbol.asyncDispose]());

const up = (name: string, ...args: string[]): Promise<Outcome> =>
  gatehouse(['up', '--detach', '--workspace', workspaces.at(name), ...args]);
const at = (name: string, command: string, ...args: string[]): Promise<Outcome> =>
  gatehouse([command, '--workspace', workspaces.at(name), ...args]);
const deliver = (name: string): Promise<Outcome> =>
  at(name, 'exec', 'pc1', 'mailbox', '--', 'sh', '-c', 'echo "Subject: here" | sendmail afnog && postqueue -f');

async function enginePid(name: string): Promise<number> {
  const state = await readFile(path.join(workspaces.at(name), 'run/state.json'), 'utf8');
  return (JSON.parse(state) as { pid: number }).pid;
}

const waitForTheEnd = (pid: number): Promise<void> =>
  waitFor(
    `the end of process ${pid}`,
    () => (isAlive(pid) ? { kind: 'not-yet', seen: 'alive' } : { kind: 'there', value: undefined }),
    { clock: systemClock, timeoutMs: 10_000 },
  );

async function waitForMail(name: string): Promise<void> {
  const log = path.join(workspaces.at(name), 'seats/pc1/mailbox/var/log/mail.log');
  await waitFor(
    'the delivery',
    async () => {
      const text = await readFile(log, 'utf8').catch(() => '');
      return text.includes('status=sent (delivered to maildir)')
        ? { kind: 'there', value: undefined }
        : { kind: 'not-yet', seen: text.slice(-300) };
    },
    { clock: systemClock, timeoutMs: 20_000 },
  );
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('an up --detach that is broken off leaves nothing that comes up behind its back', async () => {
  const broken = begin(['up', '--detach', '--seats', '30', '--workspace', workspaces.at('broken-off')]);
  const control = path.join(workspaces.at('broken-off'), 'run/range.ctl');
  await waitFor(
    'the engine',
    async () =>
      await readFile(control).then(
        () => ({ kind: 'there', value: undefined }) as const,
        () => ({ kind: 'not-yet', seen: 'none' }) as const,
      ),
    { clock: systemClock, timeoutMs: 20_000, everyMs: 5 },
  );
  broken.child.kill('SIGINT');
  expect((await broken.outcome).exitCode).toBe(130);
  expect((await at('broken-off', 'down')).stdout).toContain('nothing runs');
});

test('a learner alone gets a stand-in, and a roster of one as well', async () => {
  expect((await up('alone', '--seats', '1')).stdout).toMatch(/2 seats/);
  const { seats } = JSON.parse((await at('alone', 'status', '--json')).stdout) as { seats: { kind: string }[] };
  expect(seats.map(({ kind }) => kind)).toEqual(['student', 'stand-in']);
  expect((await at('alone', 'exec', 'pc2', 'gateway', '--', 'postconf', '-h', 'relay_domains')).stdout).toContain(
    'pc1.',
  );
  expect(await at('alone', 'down')).toMatchObject({ exitCode: 0 });
  const roster = workspaces.at('roster.csv');
  await writeFile(roster, 'person\nAda Lovelace\n');
  expect((await up('roster', '--roster', roster)).stdout).toMatch(/2 seats/);
  expect((await at('roster', 'status', '--json')).stdout).toContain('"person": "Ada Lovelace"');
  expect(await at('roster', 'down')).toMatchObject({ exitCode: 0 });
});

test('up in a workshop that runs changes nothing, and says so when other seats are asked for', async () => {
  await up('again', '--seats', '2');
  const pid = await enginePid('again');
  expect(await up('again')).toMatchObject({ exitCode: 0, stdout: `already running in ${workspaces.at('again')}\n` });
  expect(await up('again', '--seats', '2')).toMatchObject({ exitCode: 0 });
  expect(await up('again', '--seats', '3')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('cure: gatehouse down'),
  });
  expect(await at('again', 'up')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('already running') });
  expect(await enginePid('again')).toBe(pid);
  const workshop = JSON.parse(await readFile(path.join(workspaces.at('again'), 'workshop.json'), 'utf8')) as {
    seats: unknown[];
  };
  expect(workshop.seats).toHaveLength(2);
  await at('again', 'down');
  await waitForTheEnd(pid);
});

test('of two that start in one workspace at the same time, one engine runs', async () => {
  const both = await Promise.all(
    [at('race', 'start'), up('race')].map((each) => Promise.race([each, waitForEngine('race')])),
  );
  expect(both).toHaveLength(2);
  const { stdout } = await at('race', 'status');
  expect(stdout).toContain('2 seats');
  const pid = await enginePid('race');
  await at('race', 'down');
  await waitForTheEnd(pid);
  expect((await at('race', 'status')).exitCode).toBe(2); // no second engine is left behind
});

test('two workshops at once are both of full use', async () => {
  const [first, second] = await Promise.all([up('first'), up('second')]);
  expect([first.exitCode, second.exitCode]).toEqual([0, 0]);
  const offsets = await Promise.all(
    ['first', 'second'].map(
      async (name) => (JSON.parse((await at(name, 'status', '--json')).stdout) as { portOffset: number }).portOffset,
    ),
  );
  expect(offsets[0]).not.toBe(offsets[1]);
  for (const name of ['first', 'second']) {
    expect(await at(name, 'solve', '01')).toMatchObject({ exitCode: 0 });
    expect(await at(name, 'check', '01')).toMatchObject({ exitCode: 0 });
    await at(name, 'down');
  }
});

describe('ends in order', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'at %s, in the foreground, by the launcher that npm start takes',
    async (signal) => {
      const running = begin(['start', '--workspace', workspaces.at('signal')], { launcher: true });
      const printed = await running.printed(/Begin here:/);
      expect(printed).toMatch(/pc1 {2}pc1\.sse\.ws\.test {2}login afnog, password (?:\w{3}-){3}\w{3}\n/);
      expect(printed).toMatch(/mailbox +198\.18\.1\.20 +127\.18\.1\.20:\d+ +postfix running, dovecot running/);
      const pid = await enginePid('signal');
      running.child.kill(signal);
      const { exitCode, stdout, stderr } = await running.outcome;
      expect({ exitCode, last: stdout.trim().split('\n').at(-1) }).toEqual({
        exitCode: 0,
        last: `stopped: ${workspaces.at('signal')}`,
      });
      expect(stdout + stderr).not.toContain('\u001b'); // no terminal: plain lines
      expect(isAlive(pid)).toBe(false);
      await expect(readFile(path.join(workspaces.at('signal'), 'run/state.json'))).rejects.toThrow('ENOENT');
    },
  );

  test('at "down" from elsewhere, and tells on plain lines what changes meanwhile', async () => {
    const running = begin(['start', '--workspace', workspaces.at('plain')]);
    await running.printed(/Begin here:/);
    await at('plain', 'exec', 'pc1', 'mailbox', '--', 'postfix', 'stop');
    await running.printed(/^\d\d:\d\d:\d\d pc1 mailbox: postfix stopped$/m);
    await at('plain', 'exec', 'pc1', 'mailbox', '--', 'postfix', 'start');
    await running.printed(/^\d\d:\d\d:\d\d pc1 mailbox: running$/m);
    await at('plain', 'down');
    expect((await running.outcome).exitCode).toBe(0);
  });
});

test('after a crash of the engine the workspace starts again with all that was accepted', async () => {
  await up('crash');
  expect((await deliver('crash')).exitCode).toBe(0);
  await waitForMail('crash');
  const pid = await enginePid('crash');
  process.kill(pid, 'SIGKILL');
  await waitForTheEnd(pid);
  expect(await at('crash', 'status')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/no workshop runs in .*; cure: gatehouse up/),
  });
  expect(await up('crash')).toMatchObject({ exitCode: 0 });
  const kept = await at(
    'crash',
    'exec',
    'pc1',
    'mailbox',
    '--',
    'sh',
    '-c',
    'grep -l "Subject: here" home/afnog/Maildir/*/* | wc -l',
  );
  expect(kept.stdout.trim()).toBe('1');
  await at('crash', 'down');
});

test('a host whose files are beyond use is reported and leaves the others running', async () => {
  const seat = path.join(workspaces.at('broken'), 'seats/pc1');
  await mkdir(seat, { recursive: true });
  await writeFile(path.join(seat, 'gateway'), 'a file where a folder should be');
  expect(await up('broken')).toMatchObject({ exitCode: 0 });
  const { stdout } = await at('broken', 'status');
  expect(stdout).toMatch(/^pc1 +gateway .* host failed \(.*\)$/m);
  expect(stdout).toMatch(/^pc1 +mailbox .* postfix running, dovecot running$/m);
  await at('broken', 'down');
});

test('a workspace with a path too long for a socket works', async () => {
  const name = path.join('l'.repeat(120), 'm'.repeat(120));
  expect(await up(name)).toMatchObject({ exitCode: 0 });
  expect((await at(name, 'exec', 'pc1', 'mailbox', '--', 'postfix', 'status')).exitCode).toBe(0);
  await at(name, 'down');
});

describe('says what is wrong and the cure, and ends with status 2', () => {
  test('for a workshop.json that cannot be understood, or not be read', async () => {
    const file = path.join(workspaces.at('corrupt'), 'workshop.json');
    await mkdir(path.dirname(file));
    await writeFile(file, '{"version": 1,');
    expect(await up('corrupt')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/workshop\.json: .* JSON .*; cure: mend the file/),
    });
    await writeFile(file, '{"version": 1, "domain": "example.com", "seed": "x", "seats": []}');
    expect((await up('corrupt')).stderr).toMatch(/workshop\.json: [^]*a domain below \.test[^]*; cure: mend the file/);
    expect(await readFile(file, 'utf8')).toContain('example.com'); // and leaves it as it is
  });

  test('for a workspace that is a file', async () => {
    await writeFile(workspaces.at('file'), '');
    expect(await up('file')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^gatehouse: .*; cure: .*workspace/),
    });
  });

  test('for a workspace that cannot be written', async () => {
    const { exitCode, stderr } = await gatehouse(['up', '--detach', '--workspace', '/dev/null/workshop']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^gatehouse: cannot write in \/dev\/null\/workshop: .*; cure: choose a folder/);
  });

  test.each([
    [
      ['up', '--seats', '0'],
      /^gatehouse: option '--seats <n>' argument '0' is invalid\. a workshop has 1 to 250 seats/,
    ],
    [['up', '--seats', '251'], /1 to 250 seats/],
    [['up', '--seats', 'abc'], /1 to 250 seats/],
    [['up', '--seats', '2', '--roster', 'x.csv'], /both given; cure: give one/],
    [['up', '--roster', 'absent.csv'], /^gatehouse: absent\.csv: no such file; cure: /],
    [['statsu'], /^gatehouse: unknown command 'statsu'\n\(Did you mean status\?\)/],
    [['shell', 'pc1'], /^gatehouse: missing required argument 'host'/],
    [['status', '--nonsense'], /^gatehouse: unknown option '--nonsense'/],
    [['\u001b[2J'], /^gatehouse: unknown command '\\x1b\[2J'/],
  ])('for %j', async (args, words) => {
    const { exitCode, stdout, stderr } = await gatehouse(args, {
      env: { GATEHOUSE_WORKSPACE: workspaces.at('usage') },
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

test('doctor ends with 0 where nothing is lacking, with 1 and the cure where something is', async () => {
  const well = await gatehouse(['doctor', '--workspace', workspaces.at('well')]);
  expect(well).toMatchObject({ exitCode: 0, stderr: '' });
  expect(well.stdout).toMatch(/^ok {7}ports /m);
  const { findings } = JSON.parse(
    (await gatehouse(['doctor', '--json', '--workspace', workspaces.at('well')])).stdout,
  ) as {
    findings: { kind: string; what: string }[];
  };
  expect(findings.map(({ what }) => what)).toEqual(
    expect.arrayContaining(['Node.js', 'ports', 'workspace', 'open files']),
  );
  await mkdir(workspaces.at('sick'));
  await writeFile(path.join(workspaces.at('sick'), 'workshop.json'), '{');
  const sick = await gatehouse(['doctor', '--workspace', workspaces.at('sick')]);
  expect(sick.exitCode).toBe(1);
  expect(sick.stdout).toMatch(/^LACKING {2}workshop .*workshop\.json: .*\n +mend the file/m);
});

test('help shows the commands under headings and explains each; --version prints the version', async () => {
  const { exitCode, stdout } = await gatehouse(['--help']);
  expect(exitCode).toBe(0);
  for (const words of [
    'Begin here:',
    '  start ',
    '  shell <seat> <host>',
    'Your hosts:',
    '  exec <seat> <host> [command...]',
  ])
    expect(stdout).toContain(words);
  expect(await gatehouse(['help', 'exec'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('gatehouse exec pc1 mailbox -- postconf -n'),
  });
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(await gatehouse(['--version'])).toMatchObject({ exitCode: 0, stdout: `${version}\n` });
});

/** Resolves when an engine is ready there. */
function waitForEngine(name: string): Promise<void> {
  return waitFor(
    'an engine',
    async () => {
      const { exitCode, stderr } = await at(name, 'status');
      return exitCode === 0 ? { kind: 'there', value: undefined } : { kind: 'not-yet', seen: stderr };
    },
    { clock: systemClock, timeoutMs: 30_000 },
  );
}
