/**
 * byte-reader - lines and counted bytes from a client of IMAP or POP3, bounded, with backpressure.
 */
import type { Duplex } from 'node:stream';
import type { Clock } from '#util/clock.ts';

export type LineRead =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'end' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'too-long' };

const highWaterBytes = 256 * 1024;

export class ByteReader {
  #stream: Duplex;
  readonly #clock: Clock;
  /** Chunks are joined only when looked into: a large literal arrives in many. */
  #chunks: Buffer[] = [];
  #length = 0;
  #ended = false;
  #wake: (() => void) | undefined;
  #detach: () => void = () => undefined;

  constructor(stream: Duplex, clock: Clock) {
    this.#stream = stream;
    this.#clock = clock;
    this.#attach(stream);
  }

  /** Leaves the stream to someone else (STARTTLS). */
  detach(): void {
    this.#detach();
  }

  /** Goes on with another stream, dropping what was read ahead. */
  switchTo(stream: Duplex): void {
    this.#stream = stream;
    this.#chunks = [];
    this.#length = 0;
    this.#attach(stream);
  }

  #attach(stream: Duplex): void {
    const data = (chunk: Buffer): void => {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      if (this.#length > highWaterBytes) stream.pause();
      this.#wake?.();
    };
    const end = (): void => {
      this.#ended = true;
      this.#wake?.();
    };
    stream.on('data', data).on('end', end).on('close', end).on('error', end);
    this.#detach = () => void stream.off('data', data).off('end', end).off('close', end).off('error', end);
  }

  /** A line without its end. Bytes stay bytes (latin1). */
  async readLine(longest: number, timeoutMs: number): Promise<LineRead> {
    for (;;) {
      const buffer = this.#joined();
      const newline = buffer.indexOf(0x0a);
      if (newline > longest || (newline < 0 && buffer.length > longest)) return { kind: 'too-long' };
      if (newline >= 0) {
        this.#keep(buffer.subarray(newline + 1));
        return { kind: 'line', text: buffer.toString('latin1', 0, newline).replace(/\r$/, '') };
      }
      const more = await this.#more(timeoutMs);
      if (more !== 'more') return { kind: more };
    }
  }

  /** Exactly `length` bytes; undefined when they do not come. */
  async readBytes(length: number, timeoutMs: number): Promise<Buffer | undefined> {
    while (this.#length < length) if ((await this.#more(timeoutMs)) !== 'more') return undefined;
    const buffer = this.#joined();
    this.#keep(buffer.subarray(length));
    return buffer.subarray(0, length);
  }

  #joined(): Buffer {
    const [first = Buffer.alloc(0), ...others] = this.#chunks;
    const buffer = others.length === 0 ? first : Buffer.concat(this.#chunks);
    this.#chunks = [buffer];
    return buffer;
  }

  #keep(rest: Buffer): void {
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#length = rest.length;
  }

  async #more(timeoutMs: number): Promise<'more' | 'end' | 'timeout'> {
    if (this.#ended) return 'end';
    const before = this.#length;
    const { promise, resolve } = Promise.withResolvers<'arrived' | 'timeout'>();
    this.#wake = () => resolve('arrived');
    const timer = this.#clock.after(timeoutMs, () => resolve('timeout'), { weak: true });
    this.#stream.resume();
    const outcome = await promise;
    timer.cancel();
    this.#wake = undefined;
    if (outcome === 'timeout') return 'timeout';
    return this.#length > before ? 'more' : 'end';
  }
}

/** Waits until the client has taken what was sent. False when it hung up or took nothing for that long. */
export async function drained(stream: Duplex, clock: Clock, timeoutMs: number): Promise<boolean> {
  if (stream.destroyed) return false;
  if (!stream.writableNeedDrain) return true;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const yes = (): void => resolve(true);
  const no = (): void => resolve(false);
  stream.once('drain', yes).once('close', no);
  const timer = clock.after(timeoutMs, no, { weak: true });
  const outcome = await promise;
  timer.cancel();
  stream.off('drain', yes).off('close', no);
  return outcome;
}
