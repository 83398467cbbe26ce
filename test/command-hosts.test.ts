/**
 * The command on a running workshop, as a person or another tool uses it: status, exec, shell, logs, snapshots, reset; and a restart.
 */
import { execFile } from 'node:child_process';
import { access, appendFile, readFile, rename, symlink, unlink, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { begin, gatehouse, makeWorkspaces, type Outcome, type Workspaces } from './gatehouse.ts';

let workspaces: Workspaces;
let workspace: string;
beforeAll(async () => {
  workspaces = await makeWorkspaces();
  workspace = workspaces.at('one');
  const up = await gatehouse(['up', '--detach', '--seats', '2', '--workspace', workspace]);
  expect(up).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^ready in .* 2 seats/) });
});
afterAll(() => workspaces[Symbol.asyncDispose]());

const inWorkspace = (command: string, ...args: string[]): Promise<Outcome> =>
  gatehouse([command, '--workspace', workspace, ...args]);
const exec = (...command: string[]): Promise<Outcome> => inWorkspace('exec', 'pc1', 'mailbox', '--', ...command);
const root = (host: string): string => path.join(workspace, 'seats', 'pc1', host);

interface StatusDocument {
  workspace: string;
  seats: {
    id: string;
    password: string;
    hosts: Record<
      string,
      { address: string; root: string; sockets: Record<string, { host: string; port: number; listening: boolean }> }
    >;
  }[];
}

async function status(): Promise<StatusDocument> {
  return JSON.parse((await inWorkspace('status', '--json')).stdout) as StatusDocument;
}

describe('status', () => {
  test('--json has the shape that its schema documents', async () => {
    const schema = JSON.parse(
      await readFile(new URL('../docs/reference/status.schema.json', import.meta.url), 'utf8'),
    ) as object;
    const validate = new Ajv({ strict: true, allErrors: true }).compile(schema);
    const document = await status();
    validate(document);
    expect(validate.errors).toBeNull();
    expect(document.workspace).toBe(workspace);
    expect(document.seats.map(({ id }) => id)).toEqual(['pc1', 'pc2']);
  });

  test('names root, lab address and the socket of each service, which answers where it says so', async () => {
    const { mailbox, gateway, dns } = (await status()).seats[0]?.hosts ?? {};
    expect(mailbox).toMatchObject({ address: '198.18.1.20', root: root('mailbox') });
    expect(Object.keys(mailbox?.sockets ?? {})).toEqual(
      expect.arrayContaining(['smtp', 'submission', 'imap', 'imaps', 'pop3', 'pop3s']),
    );
    expect(mailbox?.sockets['imap']).toMatchObject({ host: '127.18.1.20', listening: true });
    expect(gateway?.sockets['smtp']).toMatchObject({ host: '127.18.1.10', listening: false }); // inet_interfaces = loopback-only
    expect(dns?.sockets['domain']).toMatchObject({ host: '127.18.0.53', listening: true });
    const { host = '', port = 0 } = mailbox?.sockets['imap'] ?? {};
    expect(await greeting(host, port)).toMatch(/^\* OK /);
  });

  test('without --json it has a line for each host', async () => {
    const { stdout } = await inWorkspace('status');
    expect(stdout).toMatch(/^pc2 +mailbox +198\.18\.2\.20 +127\.18\.2\.20:\d+ +postfix running, dovecot running$/m);
  });
});

describe('exec', () => {
  test("runs in the host's root with the mail commands first on PATH, and passes on arguments, input and output", async () => {
    expect((await exec('pwd')).stdout.trim()).toBe(root('mailbox'));
    expect((await exec('postconf', '-h', 'myhostname')).stdout.trim()).toBe('mail.pc1.sse.ws.test');
    const words = ['a  b', '"c"', "d'e", '$HOME', '*', '--json', '-x', ''];
    expect((await exec('printf', '%s\\n', ...words)).stdout).toBe(`${words.join('\n')}\n`);
    const piped = await gatehouse(['exec', '--workspace', workspace, 'pc1', 'gateway', '--', 'cat'], {
      input: 'line\n',
    });
    expect(piped).toEqual({ exitCode: 0, stdout: 'line\n', stderr: '' });
  });

  test.each([
    [['true'], 0],
    [['sh', '-c', 'exit 7'], 7],
    [['sh', '-c', 'kill -9 $$'], 137],
    [['sh', '-c', 'kill -15 $$'], 143],
    [['no-such-command'], 127],
    [['./etc/passwd'], 126],
  ])('ends as %j ends: %i', async (command, exitCode) => {
    expect((await exec(...command)).exitCode).toBe(exitCode);
  });

  test('takes --workspace behind the host as well, and a command without --', async () => {
    const late = await gatehouse(['exec', 'pc1', 'mailbox', '--workspace', workspace, '--', 'echo', 'late']);
    expect(late.stdout).toBe('late\n');
    expect((await inWorkspace('exec', 'pc1', 'mailbox', 'postconf', '-h', 'mydomain')).exitCode).toBe(0);
  });

  test("is not led astray by a student's files or by the caller's environment", async () => {
    for (const name of ['postconf', 'root/.bashrc', 'root/.profile'])
      await writeFile(path.join(root('mailbox'), name), '#!/bin/sh\necho fooled\n', { mode: 0o755 });
    const env = {
      MAIL_CONFIG: '/nowhere',
      BASH_ENV: path.join(root('mailbox'), 'postconf'),
      PATH: `.:${process.env['PATH']}`,
    };
    const command = [
      'exec',
      '--workspace',
      workspace,
      'pc1',
      'mailbox',
      '--',
      'bash',
      '-c',
      'postconf -h myhostname; env',
    ];
    const { stdout } = await gatehouse(command, { env });
    expect(stdout).toMatch(/^mail\.pc1\.sse\.ws\.test\n/);
    expect(stdout).toContain(`MAIL_CONFIG=${path.join(root('mailbox'), 'etc/postfix')}\n`);
    expect(stdout).not.toMatch(/BASH_ENV|fooled|GATEHOUSE_WORKSPACE/);
  });

  test.each([
    [['pc9', 'mailbox', '--', 'true'], 'gatehouse: no seat "pc9": this workshop has pc1 pc2\n'],
    [['pc1', 'fridge', '--', 'true'], 'gatehouse: no host "fridge": a seat has gateway, mailbox and dns\n'],
    [['pc1', 'mailbox', '--'], /^gatehouse: exec: no command given; cure: /],
  ])('refuses %j with exit status 2', async (args, words) => {
    const { exitCode, stdout, stderr } = await inWorkspace('exec', ...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(words);
  });
});

describe('shell', () => {
  test('on a terminal greets, names the host in its prompt, begins in the root and knows the mail commands', async () => {
    const typed = 'pwd\npostconf -h myhostname\ncd etc/postfix\nls\nexit 3\n';
    const command = `${process.execPath} cli/main.ts shell --workspace ${workspace} pc1 mailbox`;
    const { stdout, code } = await onTerminal(command, typed);
    expect(code).toBe(3);
    expect(stdout).toMatch(/You are root on mail\.pc1\.sse\.ws\.test \(198\.18\.1\.20\)/);
    expect(stdout).toContain('Write paths without the first slash: etc/postfix/main.cf');
    expect(stdout).toContain('root@mail.pc1.sse.ws.test:.# ');
    expect(stdout).toContain('root@mail.pc1.sse.ws.test:etc/postfix# ');
    expect(stdout).toContain(`${root('mailbox')}\r\n`);
    expect(stdout).toContain('main.cf  master.cf');
  });

  test('without a terminal reads its commands from standard input and ends as they do', async () => {
    const { exitCode, stdout } = await gatehouse(['shell', '--workspace', workspace, 'pc1', 'gateway'], {
      input: 'postconf -h myhostname\nexit 5\n',
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: 'gw.pc1.sse.ws.test\n' });
  });
});

describe('logs', () => {
  const file = (): string => path.join(root('gateway'), 'var/log/mail.log');

  test('prints the whole log, with control characters made visible', async () => {
    await appendFile(file(), `hostile \u001b[2J\u0007\n${'x'.repeat(99)}\n`.repeat(12_000)); // more than one reading
    const { stdout } = await inWorkspace('logs', 'pc1', 'gateway');
    expect(stdout.match(/hostile \\x1b\[2J\\x07/g)).toHaveLength(12_000);
    expect(stdout).not.toContain('\u001b');
  });

  test('-f goes on as the log grows, through truncation and rotation, and ends when told', async () => {
    const following = begin(['logs', '--workspace', workspace, 'pc1', 'gateway', '-f']);
    await following.printed(/hostile/);
    await appendFile(file(), 'grown: \u00e9\n');
    await following.printed(/^grown: é$/m);
    await writeFile(file(), 'truncated\n');
    await following.printed(/^truncated$/m);
    await rename(file(), `${file()}.1`);
    await writeFile(file(), 'rotated, and longer than the one before it\n');
    await following.printed(/^rotated/m);
    following.child.kill('SIGTERM');
    expect((await following.outcome).exitCode).toBe(143);
  });

  test("does not read a link that leads out of the host's root", async () => {
    const place = path.join(root('dns'), 'var/log/named.log');
    await unlink(place).catch(() => undefined);
    await symlink('/etc/passwd', place);
    const { exitCode, stdout, stderr } = await inWorkspace('logs', 'pc1', 'dns');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toBe("gatehouse: /var/log/named.log leads outside the host's root\n");
    await unlink(place);
  });
});

describe('reset', () => {
  const mailFile = (): string => path.join(root('mailbox'), 'home/afnog/Maildir/new/1.kept');

  test('puts a host back, keeps everything as a snapshot first, and gives it back', async () => {
    await exec(
      'sh',
      '-c',
      "mkdir -p home/afnog/Maildir/new && echo mail > home/afnog/Maildir/new/1.kept && postconf -e 'mynetworks = 10.0.0.0/8'",
    );
    const { stdout } = await inWorkspace('reset', 'pc1', 'mailbox');
    const [, kept = ''] = /^pc1 mailbox is back at start; .* snapshot (\S+)$/m.exec(stdout) ?? [];
    expect((await exec('postconf', '-h', 'mynetworks')).stdout).not.toContain('10.0.0.0/8');
    await expect(access(mailFile())).rejects.toThrow('ENOENT');
    expect((await inWorkspace('snapshots', 'pc1')).stdout).toContain(`mailbox  ${kept}\n`);

    expect((await inWorkspace('reset', 'pc1', 'mailbox', kept, '--to', 'snapshot')).exitCode).toBe(0);
    expect((await exec('postconf', '-h', 'mynetworks')).stdout).toBe('10.0.0.0/8\n');
    expect(await readFile(mailFile(), 'utf8')).toBe('mail\n');
    expect((await exec('postfix', 'status')).exitCode).toBe(0);
    expect((await inWorkspace('snapshots', 'pc1', 'mailbox')).stdout.trim().split('\n')).toHaveLength(2);
  });

  test.each([
    [['pc1', 'mailbox', 'nothing', '--to', 'snapshot'], /no snapshot nothing of pc1 mailbox; there are: 2/],
    [['pc2', 'gateway', '--to', 'snapshot'], /no snapshot {2}of pc2 gateway; there is none yet/],
    [['pc1', 'mailbox', 'nothing'], /cure: gatehouse reset pc1 mailbox nothing --to snapshot/],
    [['pc1', 'mailbox', '--to', 'yesterday'], /Allowed choices are start, snapshot/],
    [['pc7'], /no seat "pc7"/],
  ])('refuses %j with exit status 2 and leaves the host running', async (args, words) => {
    const { exitCode, stderr } = await inWorkspace('reset', ...args);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(words);
    expect((await exec('postfix', 'status')).exitCode).toBe(0);
  });
});

test('a restart keeps passwords, files, mail and grades', async () => {
  await exec(
    'sh',
    '-c',
    "postconf -e 'inet_interfaces = all' && postfix stop && postfix start && echo Subject: kept | sendmail afnog",
  );
  await inWorkspace('check', '01', '--seat', 'pc1');
  const before = await status();
  const journal = await readFile(path.join(workspace, 'grades/pc1.jsonl'), 'utf8');
  expect(await inWorkspace('down')).toMatchObject({ exitCode: 0, stdout: `stopped: ${workspace}\n` });
  expect(await inWorkspace('down')).toMatchObject({ exitCode: 0, stdout: `nothing runs in ${workspace}\n` });
  expect((await exec('true')).stderr).toMatch(/no workshop runs in .*; cure: gatehouse up --detach/);
  expect((await inWorkspace('up', '--detach')).exitCode).toBe(0);
  const after = await status();
  expect(after.seats.map(({ password }) => password)).toEqual(before.seats.map(({ password }) => password));
  expect((await exec('postconf', '-h', 'inet_interfaces')).stdout).toBe('all\n');
  expect((await exec('sh', '-c', 'grep -l "Subject: kept" home/afnog/Maildir/*/*')).exitCode).toBe(0);
  expect(await readFile(path.join(workspace, 'grades/pc1.jsonl'), 'utf8')).toBe(journal);
  expect(after.seats[0]?.hosts['mailbox']?.sockets['smtp']?.listening).toBe(true);
});

/** The first line that a service says. */
function greeting(host: string, port: number): Promise<string> {
  const socket = net.connect(port, host);
  return new Promise((resolve, reject) => {
    socket.once('error', reject).once('data', (data) => {
      socket.destroy();
      resolve(data.toString());
    });
  });
}

/** Runs a command line on a pseudo-terminal by script(1), typing `input`. */
async function onTerminal(command: string, input: string): Promise<{ stdout: string; code: number }> {
  const running = promisify(execFile)('script', ['-qec', command, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm' },
  });
  running.child.stdin?.end(input);
  return running.then(
    ({ stdout }) => ({ stdout, code: 0 }),
    (error: { stdout: string; code: number }) => error,
  );
}
