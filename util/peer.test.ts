/**
 * Two peers on one pair of streams: calls both ways, errors, and what becomes of open calls when one side goes.
 */
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createPeer, type Answering, type Peer } from './peer.ts';

function joined(
  one: Record<string, Answering>,
  other: Record<string, Answering>,
): { one: Peer; other: Peer; cut(): void } {
  const [there, back] = [new PassThrough(), new PassThrough()];
  return { one: createPeer(back, there, one), other: createPeer(there, back, other), cut: () => void there.end() };
}

test('both sides call, also while they answer', async () => {
  const { one, other } = joined(
    { half: async (value: number) => value / 2 },
    { quarter: async (value: number) => other.call('half', await other.call('half', value)) },
  );
  expect(await Promise.all([one.call('quarter', 8), one.call('quarter', 4), other.call('half', 3)])).toEqual([
    2, 1, 1.5,
  ]);
});

test('an answer that throws, and a word that nobody knows, are errors at the caller', async () => {
  const refused = Object.assign(new Error('nobody'), { code: 'ECONNREFUSED' });
  const { one } = joined(
    {},
    { fail: () => Promise.reject(new Error('no such seat\nand more')), refuse: () => Promise.reject(refused) },
  );
  await expect(one.call('fail')).rejects.toThrow('no such seat\nand more');
  await expect(one.call('refuse')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await expect(one.call('sing')).rejects.toThrow('there is no "sing" here');
});

test('when the other side goes, open calls fail and it is told', async () => {
  const { other, cut } = joined({ wait: () => new Promise(() => undefined) }, {});
  const open = other.call('wait');
  cut();
  await expect(open).rejects.toThrow('the other side has gone');
  await other.ended;
});

test('a line that is no message ends nothing', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const peer = createPeer(input, output, {});
  input.write('not JSON\n');
  const called = peer.call('x');
  input.write('{"answer":1,"value":5}\n');
  expect(await called).toBe(5);
});
