/**
 * line-reader - what an SMTP client sends, taken one command line or one whole message at a time (RFC 5321 section 2.3.8, section 4.1.1.4).
 *
 * A message ends at CR LF . CR LF and nowhere else: a lone LF or CR never ends it, so no second message can be smuggled in behind one. Commands may end in a lone LF, as Postfix lets
 * them. Bytes beyond a limit are read and dropped, the limit is reported. Reading stops while nobody asks (backpressure).
 */
import { isUtf8 } from 'node:buffer';
import type { Duplex } from 'node:stream';
import type { Clock } from '#util/clock.ts';

export type ReadLine =
  /** `isCut`: it was longer than line_length_limit, and this is its beginning. */
  | {
      readonly kind: 'line';
      readonly text: string;
      readonly bareNewline: boolean;
      readonly isCut: boolean;
      readonly isUtf8: boolean;
    }
  | ReadEnd;
export type ReadEnd = { readonly kind: 'end' } | { readonly kind: 'timeout' };
/** `content` has LF line ends and no dot-stuffing; undefined when it was larger than allowed. `bytes`: read so far. */
export type ReadMessage =
  | {
      readonly kind: 'message';
      readonly content: Buffer | undefined;
      readonly bytes: number;
      readonly bareNewline: boolean;
    }
  | (ReadEnd & { readonly bytes: number });

/** Commands may be 2048 bytes long (postconf: line_length_limit). */
export const longestLine = 2048;
const highWaterBytes = 256 * 1024;

export class LineReader {
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

  /** Goes on with another stream (after STARTTLS). What was read ahead in plain text is dropped: CVE-2011-0411. */
  switchTo(stream: Duplex): void {
    this.#stream.removeAllListeners('data').removeAllListeners('end').removeAllListeners('close');
    this.#stream = stream;
    this.#buffer = Buffer.alloc(0);
    this.#attach(stream);
  }

  /** Lets go of the stream, so that TLS can take it over. */
  detach(): void {
    this.#stream.removeAllListeners('data').removeAllListeners('end').removeAllListeners('close');
  }

  /** Has the client sent more than what was read? */
  get hasMore(): boolean {
    return this.#buffer.length > 0;
  }

  /** Lets what has already come in be seen: a client may talk before it is greeted. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 2; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /** What is waiting, for the log: at most `bytes`, line ends as `\r\n`. */
  peek(bytes: number): string {
    const names: Readonly<Record<string, string>> = { '\r': '\\r', '\n': '\\n', '\t': '\\t', '\\': '\\\\' };
    return this.#buffer
      .toString('latin1', 0, bytes)
      .replace(/[^ -[\]-~]/g, (byte) => names[byte] ?? `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`);
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
    // A client may be gone before anybody listens: while its name was looked for.
    if (stream.destroyed || stream.readableEnded) end();
  }

  /** The next command line, without its line end. */
  async readLine(timeoutMs: number): Promise<ReadLine> {
    let beginning: Buffer | undefined;
    for (;;) {
      const newline = this.#buffer.indexOf(0x0a);
      if (newline >= 0) {
        const line = this.#take(newline + 1);
        const bareNewline = line.length < 2 || line[line.length - 2] !== 0x0d;
        const isCut = beginning !== undefined || line.length > longestLine;
        const kept = (beginning ?? line).subarray(0, longestLine);
        // UTF-8 where it is UTF-8 (RFC 6531), else byte for byte.
        const isWholeUtf8 = isUtf8(kept);
        const text = kept.toString(isWholeUtf8 ? 'utf8' : 'latin1').replace(/\r?\n$/, '');
        return { kind: 'line', text, bareNewline, isCut, isUtf8: isWholeUtf8 };
      }
      if (this.#buffer.length > longestLine) {
        const dropped = this.#take(this.#buffer.length);
        beginning ??= Buffer.from(dropped.subarray(0, longestLine));
      }
      const more = await this.#more(timeoutMs);
      if (more !== 'more') return { kind: more };
    }
  }

  /** Everything up to CR LF . CR LF. */
  async readMessage(largestBytes: number, timeoutMs: number): Promise<ReadMessage> {
    let chunks: Buffer[] = [];
    let bytes = 0;
    let startsLine = true;
    for (;;) {
      // The terminator may be the very first line, or follow the CR LF that ended the last chunk.
      const whole = startsLine ? Buffer.concat([Buffer.from('\r\n'), this.#buffer]) : this.#buffer;
      const end = whole.indexOf('\r\n.\r\n');
      if (end >= 0) {
        const length = end + 5 - (startsLine ? 2 : 0);
        chunks.push(this.#take(length));
        bytes += length;
        const content = bytes > largestBytes + 5 ? undefined : Buffer.concat(chunks);
        return {
          kind: 'message',
          content: content && decodeContent(content),
          bytes,
          bareNewline: content ? /(^|[^\r])\n/.test(content.toString('latin1')) : false,
        };
      }
      // Keep what may be the beginning of the terminator.
      const keep = Math.min(this.#buffer.length, 4);
      const ready = this.#buffer.length - keep;
      if (ready > 0) {
        const chunk = this.#take(ready);
        bytes += chunk.length;
        startsLine = false;
        if (bytes <= largestBytes) chunks.push(chunk);
        else chunks = [];
      }
      const more = await this.#more(timeoutMs);
      if (more !== 'more') return { kind: more, bytes: bytes + this.#buffer.length };
    }
  }

  /** `length` bytes, as they are (BDAT). */
  async readBytes(
    length: number,
    timeoutMs: number,
  ): Promise<{ kind: 'bytes'; content: Buffer } | (ReadEnd & { readonly bytes: number })> {
    while (this.#buffer.length < length) {
      const more = await this.#more(timeoutMs);
      if (more !== 'more') return { kind: more, bytes: this.#buffer.length };
    }
    return { kind: 'bytes', content: this.#take(length) };
  }

  #take(length: number): Buffer {
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return taken;
  }

  /** Waits until something has come. */
  async #more(timeoutMs: number): Promise<'more' | 'end' | 'timeout'> {
    if (this.#ended) return 'end';
    const before = this.#buffer.length;
    const { promise, resolve } = Promise.withResolvers<'arrived' | 'timeout'>();
    this.#wake = () => resolve('arrived');
    const timer = this.#clock.after(timeoutMs, () => resolve('timeout'));
    this.#stream.resume();
    const outcome = await promise;
    timer.cancel();
    this.#wake = undefined;
    if (outcome === 'timeout') return 'timeout';
    return this.#buffer.length > before ? 'more' : 'end';
  }
}

/** Wire form to queue form: the terminator and dot-stuffing go (RFC 5321 section 4.5.2), CR LF becomes LF. A lone LF stays a line end inside the text. */
function decodeContent(wire: Buffer): Buffer {
  const body = wire.subarray(0, wire.length - 3).toString('latin1');
  return Buffer.from(body.replace(/(^|\r\n)\./g, '$1').replace(/\r\n/g, '\n'), 'latin1');
}
