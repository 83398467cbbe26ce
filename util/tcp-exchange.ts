/**
 * tcp-exchange - one question and its answer over a connection that the other side closes.
 *
 * Failures: rejects with the system's error (ECONNREFUSED and its like; ETIMEDOUT after five seconds where the system would wait for minutes), with a DeadlineError when the answer is late, or when it is
 * longer than is reasonable.
 */
import net from 'node:net';
import type { Clock } from './clock.ts';
import { withDeadline } from './deadline.ts';

export interface Exchange {
  readonly to: net.NetConnectOpts;
  /** Written one after another. */
  readonly parts: readonly Buffer[];
  /** Say that nothing more comes (half-close); some servers wait for it, others take it for the end. */
  readonly closes: boolean;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

const mostBytes = 1_000_000;
const connectMs = 5000;

/** All that the other side said until it closed. */
export async function exchange({ to, parts, closes, clock, timeoutMs }: Exchange): Promise<Buffer> {
  const socket = net.connect(to);
  const timer = clock.after(connectMs, () =>
    socket.destroy(Object.assign(new Error('nobody answers'), { code: 'ETIMEDOUT' })),
  );
  socket.once('connect', () => timer.cancel());
  const answer = new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > mostBytes) reject(new Error(`the answer is longer than ${mostBytes} bytes`));
    });
    socket.once('end', () => resolve(Buffer.concat(chunks)));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was cut')));
  });
  for (const part of parts) socket.write(part);
  if (closes) socket.end();
  return withDeadline('an answer', answer, { clock, timeoutMs }).finally(() => {
    timer.cancel();
    socket.destroy();
  });
}
