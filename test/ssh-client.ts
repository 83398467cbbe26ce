/**
 * ssh-client - the genuine ssh of OpenSSH against a front of ours, with a known_hosts, keys and passwords of the test's own.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '#util/clock.ts';
import { waitFor, withDeadline } from '#util/deadline.ts';
import { runTool, type Ran } from './genuine-tools.ts';

export interface SshClient extends AsyncDisposable {
  readonly folder: string;
  /** Runs ssh to its end. `password` answers every question. */
  run(login: string, args: readonly string[], how?: SshHow): Promise<Ran>;
  /** Begins an ssh with a terminal and stays in it. */
  talk(login: string, args: readonly string[], how?: SshHow): Conversation;
}

export interface SshHow {
  readonly password?: string;
  readonly keyFile?: string;
  readonly input?: string;
  /** How often ssh asks for the password; once unless told otherwise. */
  readonly prompts?: number;
  /** More options of ssh. */
  readonly options?: readonly string[];
}

export interface Conversation {
  readonly child: ChildProcessWithoutNullStreams;
  type(text: string): void;
  /** Resolves when it has printed that. */
  sees(words: RegExp): Promise<string>;
  readonly ended: Promise<number>;
}

const patienceMs = 20_000;

export async function openSshClient(port: number, address = '127.0.0.1'): Promise<SshClient> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-ssh-'));
  const askPass = path.join(folder, 'askpass');
  await writeFile(askPass, '#!/bin/sh\nprintf "%s\\n" "$GATEHOUSE_TEST_PASSWORD"\n', { mode: 0o700 });
  const build = (
    login: string,
    args: readonly string[],
    { keyFile, password = 'none', prompts = 1, options = [] }: SshHow,
  ) => ({
    args: [
      ...['-F', 'none', '-p', String(port), '-o', `UserKnownHostsFile=${path.join(folder, 'known_hosts')}`],
      ...['-o', 'GlobalKnownHostsFile=none', '-o', 'StrictHostKeyChecking=accept-new', '-o', 'IdentityAgent=none'],
      ...(keyFile === undefined
        ? ['-o', 'PubkeyAuthentication=no', '-o', `NumberOfPasswordPrompts=${prompts}`]
        : ['-i', keyFile, '-o', 'IdentitiesOnly=yes', '-o', 'PasswordAuthentication=no']),
      ...['-l', login, ...options, ...args],
    ],
    env: { SSH_ASKPASS: askPass, SSH_ASKPASS_REQUIRE: 'force', GATEHOUSE_TEST_PASSWORD: password, DISPLAY: '' },
  });
  return {
    folder,
    run(login, args, how = {}) {
      const built = build(login, [address, ...args], how);
      return runTool('ssh', built.args, { env: built.env, ...(how.input === undefined ? {} : { input: how.input }) });
    },
    talk(login, args, how = {}) {
      const built = build(login, ['-tt', address, ...args], how);
      return follow(spawn('ssh', built.args, { env: { ...process.env, TERM: 'xterm', ...built.env } }));
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function follow(child: ChildProcessWithoutNullStreams): Conversation {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const ended = new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 255)));
  // An ssh that dies with input unread says so by its end; the pipe's EPIPE adds nothing.
  child.stdin.on('error', () => undefined);
  return {
    child,
    type: (typed) => void child.stdin.write(typed),
    sees: (words) =>
      waitFor(
        `"${words.source}" seen`,
        () => (words.test(text) ? { kind: 'there', value: text } : { kind: 'not-yet', seen: text.slice(-300) }),
        { clock: systemClock, timeoutMs: patienceMs },
      ),
    ended: withDeadline('the end of ssh', ended, { clock: systemClock, timeoutMs: 3 * patienceMs }),
  };
}
