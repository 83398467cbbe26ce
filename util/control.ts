/**
 * control - a local socket through which commands reach a running program.
 *
 * The server writes the socket's path into `file`; a client reads it there. The socket itself lies in a private folder of the temporary directory, since a
 * workspace's path may be longer than a socket address allows (104 bytes). One JSON request and one JSON answer a connection, ended by a newline.
 * A file left by a dead program reads as `nobody`.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, mkdir, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { writeFileAtomic } from './atomic-file.ts';

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

const largestRequestBytes = 1_000_000;

/** Serves requests until stopped; an `answer` that throws is reported as exit code 1 with the error's text. */
export async function serveControl(
  file: string,
  answer: (request: ControlRequest) => Promise<ControlAnswer>,
): Promise<ControlServer> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-'));
  const socketPath = path.join(folder, randomBytes(4).toString('hex'));
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
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socketPath, resolve));
  await mkdir(path.dirname(file), { recursive: true });
  await writeFileAtomic(file, `${socketPath}\n`, 0o600);
  return {
    async stop() {
      await rm(file, { force: true });
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Sends one request to the program that serves `file`. */
export async function callControl(file: string, command: string, ...args: string[]): Promise<ControlResult> {
  const socketPath = await readFile(file, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
  if (!socketPath) return { kind: 'nobody' };
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
