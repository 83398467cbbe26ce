/**
 * byte-reader - lines and counted bytes from a client of IMAP or POP3, bounded, with backpressure.
 */
import type { Duplex } from 'node:stream';
import type { Clock } from '#util/clock.ts';

export type LineRead =
  { readonly kind: 'line'; readonly text: string } | { readonly kind: 'end' | 'timeout' | 'too-long' };

const highWaterBytes = 256 * 1024;

export class ByteReader {
  #stream: Duplex;
  readonly #clock: Clock;
  #buffer: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(stream: Duplex, clock: Clock) {
    this.#stream = stream;
    this.#clock = clock;
    this.#attach(stream);
  }

  detach(): void {
    this.#stream.removeAllListeners('data').removeAllListeners('end').removeAllListeners('close');
  }

  /** Goes on with another stream, dropping what was read ahead. */
  switchTo(stream: Duplex): void {
    this.#stream = stream;
    this.#buffer = Buffer.alloc(0);
    this.#attach(stream);
  }

  #attach(stream: Duplex): void {
    stream.on('data', (chunk: Buffer) => {
      this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
      if (this.#buffer.length > highWaterBytes) stream.pause();
      this.#wake?.();
    });
    const end = (): void => {
      if (stream !== this.#stream) return;
      this.#ended = true;
      this.#wake?.();
    };
    stream.on('end', end).on('close', end).on('error', end);
  }

  /** A line without its end. Bytes stay bytes (latin1). */
  async readLine(longest: number, timeoutMs: number): Promise<LineRead> {
    for (;;) {
      const newline = this.#buffer.indexOf(0x0a);
      if (newline > longest || (newline < 0 && this.#buffer.length > longest)) return { kind: 'too-long' };
      if (newline >= 0) {
        const line = this.#buffer.subarray(0, newline);
        this.#buffer = this.#buffer.subarray(newline + 1);
        return { kind: 'line', text: line.toString('latin1').replace(/\r$/, '') };
      }
      const more = await this.#more(timeoutMs);
      if (more !== 'more') return { kind: more };
    }
  }

  /** Exactly `length` bytes; undefined when they do not come. */
  async readBytes(length: number, timeoutMs: number): Promise<Buffer | undefined> {
    while (this.#buffer.length < length) if ((await this.#more(timeoutMs)) !== 'more') return undefined;
    const bytes = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return bytes;
  }

  async #more(timeoutMs: number): Promise<'more' | 'end' | 'timeout'> {
    if (this.#ended) return 'end';
    const before = this.#buffer.length;
    const { promise, resolve } = Promise.withResolvers<'arrived' | 'timeout'>();
    this.#wake = () => resolve('arrived');
    const timer = this.#clock.after(timeoutMs, () => resolve('timeout'), { weak: true });
    this.#stream.resume();
    const outcome = await promise;
    timer.cancel();
    this.#wake = undefined;
    if (outcome === 'timeout') return 'timeout';
    return this.#buffer.length > before ? 'more' : 'end';
  }
}
