/**
 * split-output.test - the engine's frames, cut anywhere, come out as two texts; a reader that waits holds the stream back.
 */
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { splitOutput } from './split-output.ts';

function frame(output: 1 | 2, text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = output;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

async function collect(stream: PassThrough): Promise<string> {
  return Buffer.concat((await stream.toArray()) as Buffer[]).toString();
}

test.each([1, 3, 8, 11, 1000])('frames that come in pieces of %i bytes', async (size) => {
  const stream = new PassThrough();
  const { output, errors } = splitOutput(stream);
  const bytes = Buffer.concat([frame(1, 'one '), frame(2, 'bad'), frame(1, ''), frame(1, 'two')]);
  for (let at = 0; at < bytes.length; at += size) stream.write(bytes.subarray(at, at + size));
  stream.end();
  expect(await Promise.all([collect(output), collect(errors)])).toEqual(['one two', 'bad']);
});

test('a stream that breaks off ends both', async () => {
  const stream = new PassThrough();
  const { output, errors } = splitOutput(stream);
  stream.write(frame(1, 'begun').subarray(0, 10));
  stream.destroy(new Error('gone'));
  expect(await Promise.all([collect(output), collect(errors)])).toEqual([expect.stringMatching(/^(be)?$/), '']);
});

test('a reader that waits holds the stream back', async () => {
  const stream = new PassThrough();
  const { output } = splitOutput(stream);
  const listeners = output.listenerCount('close');
  const piece = frame(1, 'x'.repeat(65_536));
  let written = 0;
  while (written < 100 && stream.write(piece)) {
    written++;
    await new Promise(setImmediate);
  }
  expect(written).toBeLessThan(20);
  let read = 0;
  output.on('data', (chunk: Buffer) => (read += chunk.length));
  stream.end();
  await new Promise((resolve) => output.once('end', resolve));
  expect(read).toBe((written + 1) * 65_536);
  expect(output.listenerCount('close')).toBe(listeners);
});

test('a reader that has left does not hold up the other one', async () => {
  const stream = new PassThrough();
  const { output, errors } = splitOutput(stream);
  errors.destroy();
  await new Promise((resolve) => errors.once('close', resolve));
  stream.end(Buffer.concat([frame(2, 'x'.repeat(65_536)), frame(1, 'goes on')]));
  expect(await collect(output)).toBe('goes on');
});
