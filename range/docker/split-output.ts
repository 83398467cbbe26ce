/**
 * split-output - the engine's one stream of a command without a terminal as its two outputs, each at its reader's pace.
 *
 * Frames of the engine's API (attach): one byte for the output (1 standard output, 2 standard error), three zeros, four bytes of length, the text.
 */
import { PassThrough, pipeline, Writable, type Readable } from 'node:stream';

const headerBytes = 8;

/** Both outputs end when the stream does. */
export function splitOutput(stream: Readable): { output: PassThrough; errors: PassThrough } {
  const [output, errors] = [new PassThrough(), new PassThrough()];
  let held: Buffer = Buffer.alloc(0);
  let left = 0;
  let into = output;
  const splitter = new Writable({
    write(chunk: Buffer, _encoding, done) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const full: PassThrough[] = [];
      while (held.length > 0) {
        if (left === 0) {
          if (held.length < headerBytes) break;
          into = held[0] === 2 ? errors : output;
          left = held.readUInt32BE(4);
          held = held.subarray(headerBytes);
          continue;
        }
        const piece = held.subarray(0, left);
        left -= piece.length;
        held = held.subarray(piece.length);
        // Whoever reads no more must not hold up the other output.
        if (!into.destroyed && !into.write(piece) && !full.includes(into)) full.push(into);
      }
      void Promise.all(full.map(drained)).then(() => done());
    },
  });
  pipeline(stream, splitter, () => (output.end(), errors.end()));
  return { output, errors };
}

/** Resolves when more may be written, or nobody reads any more. */
function drained(stream: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('close', done);
  });
}
