/**
 * remote-dial - connections that the other side makes for the judge: `dial`, then `said` and `hung-up` from there, `say` and `hang-up` to there.
 */
import { Duplex } from 'node:stream';
import type { Dial } from '#util/dial.ts';
import type { Answering, Peer } from '#util/peer.ts';

/** The judge's half: streams whose other ends the other side holds. */
export class RemoteDials {
  #peer: Peer | undefined;
  #lastId = 0;
  readonly #open = new Map<number, RemoteConnection>();

  /** What the other side calls. */
  readonly answers: Readonly<Record<string, Answering>> = {
    said: async (id: number, base64: string) => void this.#open.get(id)?.push(Buffer.from(base64, 'base64')),
    'hung-up': async (id: number) => void this.#open.get(id)?.push(null),
  };

  /** Once, when the peer is there. */
  joinTo(peer: Peer): void {
    this.#peer = peer;
  }

  readonly dial: Dial = (from, to, port) => {
    const peer = this.#peer;
    if (!peer) throw new Error('nobody is there to dial for us');
    const id = (this.#lastId += 1);
    const connection = new RemoteConnection(peer, id, () => this.#open.delete(id));
    this.#open.set(id, connection);
    peer.call('dial', id, from, to, port).then(
      () => connection.emit('connect'),
      (error: Error) => connection.destroy(error),
    );
    return connection;
  };
}

class RemoteConnection extends Duplex {
  readonly #peer: Peer;
  readonly #id: number;
  readonly #gone: () => void;

  constructor(peer: Peer, id: number, gone: () => void) {
    super({ allowHalfOpen: false });
    this.#peer = peer;
    this.#id = id;
    this.#gone = gone;
  }

  override _read(): void {
    // What comes is pushed as it comes.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#peer.call('say', this.#id, chunk.toString('base64')).then(() => done(), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#hangUp().then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#gone();
    this.#hangUp().then(
      () => done(error),
      () => done(error),
    );
  }

  #hangUp(): Promise<unknown> {
    return this.#peer.call('hang-up', this.#id);
  }
}

/** A connection that was made for the judge. */
export interface MadeConnection {
  readonly stream: Duplex;
  readonly answers: NodeJS.ReadableStream;
  readonly connected: Promise<void>;
}

/** The other side's half: makes connections with `open` and reports what they say. `peer` is asked for late, since it needs these answers first. */
export function dialAnswers(
  open: (from: string, to: string, port: number) => Promise<MadeConnection>,
  peer: () => Peer,
): Readonly<Record<string, Answering>> {
  const made = new Map<number, MadeConnection>();
  return {
    async dial(id: number, from: string, to: string, port: number) {
      const connection = await open(from, to, port);
      made.set(id, connection);
      await connection.connected;
      connection.answers.on(
        'data',
        (chunk: Buffer) => void peer().call('said', id, chunk.toString('base64')).catch(ignore),
      );
      connection.answers.once('end', () => void peer().call('hung-up', id).catch(ignore));
    },
    async say(id: number, base64: string) {
      made.get(id)?.stream.write(Buffer.from(base64, 'base64'));
    },
    async 'hang-up'(id: number) {
      made.get(id)?.stream.end();
      made.delete(id);
    },
  };
}

/** The other side has gone: whoever waits for it hears so by other means. */
const ignore = (): void => undefined;
