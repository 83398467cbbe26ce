/**
 * peer - two programs that call each other over one pair of streams: a JSON message a line, each call with a number, each answer with that number.
 *
 * Both sides may call at any time. An answer that throws becomes an error at the caller. When the stream ends, calls that are open fail. A line that is no message is passed over: some program
 * may have written it.
 */
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** Answers a call. Arguments and result are JSON. */
export type Answering = (...args: never[]) => Promise<unknown>;

export interface Peer {
  /** @throws Error with the other side's words, and its `code` where it had one (errno(3)) */
  call<T>(name: string, ...args: unknown[]): Promise<T>;
  /** Resolves when the other side has gone. */
  readonly ended: Promise<void>;
}

type Message =
  | { readonly call: string; readonly id: number; readonly args: readonly unknown[] }
  | { readonly answer: number; readonly value?: unknown; readonly error?: string; readonly code?: string };

export function createPeer(input: Readable, output: Writable, answers: Readonly<Record<string, Answering>>): Peer {
  const open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  const send = (message: Message): void => void output.write(`${JSON.stringify(message)}\n`);
  const answer = async ({ call, id, args }: Extract<Message, { call: string }>): Promise<void> => {
    try {
      const run = answers[call];
      if (!run) throw new Error(`there is no "${call}" here`);
      send({ answer: id, value: await run(...(args as never[])) });
    } catch (error) {
      const { message = String(error), code } = error as NodeJS.ErrnoException;
      send({ answer: id, error: message, ...(code === undefined ? {} : { code }) });
    }
  };
  const lines = createInterface({ input });
  lines.on('line', (line) => {
    const message = readMessage(line);
    if (!message) return;
    if ('call' in message) return void answer(message);
    const waiting = open.get(message.answer);
    open.delete(message.answer);
    if (message.error === undefined) waiting?.resolve(message.value);
    else
      waiting?.reject(
        Object.assign(new Error(message.error), message.code === undefined ? {} : { code: message.code }),
      );
  });
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  lines.once('close', () => {
    for (const { reject } of open.values()) reject(new Error('the other side has gone'));
    open.clear();
    end();
  });
  return {
    ended,
    call: <T>(name: string, ...args: unknown[]) =>
      new Promise<T>((resolve, reject) => {
        lastId += 1;
        open.set(lastId, { resolve: (value) => resolve(value as T), reject });
        send({ call: name, id: lastId, args });
      }),
  };
}

function readMessage(line: string): Message | undefined {
  try {
    const read: unknown = JSON.parse(line);
    return typeof read === 'object' && read !== null && ('call' in read || 'answer' in read)
      ? (read as Message)
      : undefined;
  } catch {
    return undefined;
  }
}
