/**
 * control - a local socket through which commands reach a running program.
 *
 * The server writes the socket's path into `file`; a client reads it there. The socket itself lies in a private folder of the temporary directory, since a
 * workspace's path may be longer than a socket address allows (104 bytes). One JSON request and one JSON answer a connection, ended by a newline.
 * A file left by a dead program reads as `nobody`, and so does a copy of a living one's: who copies a running workshop must not end the original by the copy.
 */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { replaceFile } from './atomic-file.ts';
import { listen } from './listen.ts';
import { randomName } from './random-name.ts';

export interface ControlRequest {
  readonly command: string;
  readonly arguments: readonly string[];
}

export interface ControlAnswer {
  readonly exitCode: number;
  readonly output: string;
}

export type ControlResult = { readonly kind: 'answer'; readonly answer: ControlAnswer } | { readonly kind: 'nobody' };

export interface ControlServer {
  stop(): Promise<void>;
}

/** 104 bytes (macOS) less the names below it. */
const longestParent = 70;
const largestRequestBytes = 1_000_000;

/** Somebody serves the file already. */
export class AlreadyServedError extends Error {
  override readonly name = 'AlreadyServedError';
}

/**
 * Serves requests until stopped; an `answer` that throws is reported as exit code 1 with the error's text.
 * @throws AlreadyServedError, if `exclusive`, when a living program serves the file; a dead one's file is replaced either way
 */
export async function serveControl(
  file: string,
  answer: (request: ControlRequest) => Promise<ControlAnswer>,
  { exclusive = false } = {},
): Promise<ControlServer> {
  const folder = makePrivateFolder();
  const socketPath = path.join(folder, randomName());
  const open = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy()));
    void readLine(socket)
      .then((line) => answer(JSON.parse(line) as ControlRequest))
      .catch((error: unknown) => ({
        exitCode: 1,
        output: `${error instanceof Error ? error.message : String(error)}\n`,
      }))
      .then((reply) => socket.end(`${JSON.stringify(reply)}\n`));
  });
  await listen(server, socketPath);
  const close = async (): Promise<void> => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    const text = `${socketPath}\n${path.resolve(file)}\n`;
    await (exclusive ? claim(file, text) : replaceFile(file, text, 0o600));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async stop() {
      await rm(file, { force: true });
      await close();
    },
  };
}

/** In the temporary directory, or in /tmp where TMPDIR is of no use: not there, not writable, or so long that a socket's address would not hold it. */
function makePrivateFolder(): string {
  const wanted = os.tmpdir();
  const parents = [...(wanted.length <= longestParent ? [wanted] : []), '/tmp'];
  for (const [index, parent] of parents.entries())
    try {
      return mkdtempSync(path.join(parent, 'gatehouse-'));
    } catch (error) {
      if (index === parents.length - 1) throw error;
    }
  throw new Error('unreachable: the last parent returns or throws');
}

/** Writes the file unless a living program's is there. Of several programs that find the same dead one's file, one gets it. */
async function claim(file: string, text: string): Promise<void> {
  const mine = `${file}.${randomName()}`;
  await replaceFile(mine, text, 0o600);
  try {
    for (;;) {
      if (await linkIfAbsent(mine, file)) return;
      const found = await readFile(file, 'utf8').catch(() => '');
      if ((await callControl(file, 'status')).kind === 'answer') throw new AlreadyServedError(`${file} is served`);
      const aside = `${mine}.old`;
      await rename(file, aside).catch(() => undefined);
      // Another program may have replaced the dead one's file in between: then that one's goes back to its place.
      if ((await readFile(aside, 'utf8').catch(() => found)) !== found) await linkIfAbsent(aside, file);
      await rm(aside, { force: true });
    }
  } finally {
    await rm(mine, { force: true });
  }
}

/** True when `file` is now another name of `source`, false when there is one already. */
async function linkIfAbsent(source: string, file: string): Promise<boolean> {
  try {
    await link(source, file);
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(code)) throw error; // a file system without hard links
    const text = await readFile(source);
    return writeFile(file, text, { flag: 'wx', mode: 0o600 }).then(
      () => true,
      () => false,
    );
  }
}

/** Sends one request to the program that serves `file`. */
export async function callControl(file: string, command: string, ...args: string[]): Promise<ControlResult> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const [socketPath = '', written = ''] = text.split('\n');
  if (socketPath === '' || (await isCopy(file, text, written))) return { kind: 'nobody' };
  const socket = net.connect(socketPath);
  try {
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  } catch {
    return { kind: 'nobody' };
  }
  socket.end(`${JSON.stringify({ command, arguments: args } satisfies ControlRequest)}\n`);
  try {
    return { kind: 'answer', answer: JSON.parse(await readLine(socket)) as ControlAnswer };
  } finally {
    socket.destroy();
  }
}

/** Does the file that the program wrote lie elsewhere, with the same words? One that was moved, or is known by a link, does not. */
async function isCopy(file: string, text: string, written: string): Promise<boolean> {
  if (written === '' || written === path.resolve(file)) return false;
  if ((await readFile(written, 'utf8').catch(() => '')) !== text) return false;
  const [here, there] = await Promise.all([stat(file), stat(written)]);
  return here.ino !== there.ino || here.dev !== there.dev;
}

async function readLine(socket: net.Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8');
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (text.length > largestRequestBytes) throw new Error('control message too long');
    const newline = text.indexOf('\n');
    if (newline >= 0) return text.slice(0, newline);
  }
  throw new Error('connection closed before a whole message');
}
