/**
 * client - the other end of a dialogue: a socket that sends what it is told and reads whole replies, in plain text or TLS.
 *
 * Bytes travel as Latin-1, so that every byte can be written in an `*.in` file. A server that hangs up gives `(closed)`; one that says nothing within the deadline `(silent)`.
 */
import net from 'node:net';
import tls from 'node:tls';
import { systemClock } from '#util/clock.ts';

const replyTimeoutMs = 20_000;

export class DialogueClient {
  #socket: net.Socket;
  #text = '';
  #closed = false;
  #wake: (() => void) | undefined;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    this.#listen(socket);
  }

  static async connect(from: string, to: { host: string; port: number }): Promise<DialogueClient> {
    const socket = net.connect({ ...to, localAddress: from, noDelay: true });
    const client = new DialogueClient(socket);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return client;
  }

  #listen(socket: net.Socket): void {
    socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1');
      this.#wake?.();
    });
    for (const event of ['close', 'end', 'error'])
      socket.on(event, () => {
        if (socket !== this.#socket) return;
        this.#closed = true;
        this.#wake?.();
      });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Sends it all in one write. */
  send(text: string): void {
    if (this.#socket.writable) this.#socket.write(text, 'latin1');
  }

  /** The lines of the next whole reply. */
  async reply(): Promise<string[]> {
    for (;;) {
      const whole = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(this.#text)?.[0];
      if (whole !== undefined) {
        this.#text = this.#text.slice(whole.length);
        return whole.trimEnd().split('\r\n');
      }
      if (this.#closed) return ['(closed)'];
      if (!(await this.#something())) return ['(silent)'];
    }
  }

  #something(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = systemClock.after(replyTimeoutMs, () => resolve(false));
    this.#wake = () => resolve(true);
    return promise.finally(() => timer.cancel());
  }

  async startTls(): Promise<string> {
    const plain = this.#socket;
    plain.removeAllListeners();
    const secure = tls.connect({ socket: plain, rejectUnauthorized: false });
    this.#socket = secure;
    this.#listen(secure);
    return new Promise((resolve) =>
      secure
        .once('secureConnect', () => resolve('(encrypted)'))
        .once('error', () => resolve('(no TLS)'))
        .once('close', () => resolve('(no TLS)')),
    );
  }

  close(): void {
    this.#socket.end();
    this.#socket.destroySoon();
  }
}
