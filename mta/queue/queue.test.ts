/**
 * The queue on disk keeps what it was given.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { openQueueFs } from './queue-fs.ts';
import { isQueueId, longQueueId, shortQueueId } from './queue-id.ts';
import type { NewMessage } from './queue.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-queue-'))));
afterEach(() => rm(folder, { recursive: true }));

const open = (recover = true) => openQueueFs({ folder, clock: systemClock, longQueueIds: false }, recover);
const message = (text = 'Subject: hello\n\nbody\n'): NewMessage => ({
  envelope: {
    reversePath: 'a@one.test',
    recipients: ['b', 'c'].map((user) => ({ address: `${user}@two.test`, originalRecipient: `${user}@two.test` })),
  },
  origin: { kind: 'pickup', uid: 0, rewriteContext: 'local' },
  content: Buffer.from(text),
});

describe('the states of STATES.md', () => {
  test('a committed message is there for a queue opened anew, byte for byte', async () => {
    const written = await (await open()).open();
    await written.commit(message('Subject: x\n\n\u0000\nSTATE {}\nbytes \xff\n'), 'incoming');
    const read = await (await open()).read(written.queueId);
    expect(read?.content.equals(message('Subject: x\n\n\u0000\nSTATE {}\nbytes \xff\n').content)).toBe(true);
    expect(read?.envelope.recipients.map((recipient) => recipient.address)).toEqual(['b@two.test', 'c@two.test']);
  });

  test('a closed queue has what was being committed, and takes nothing more', async () => {
    const queue = await open();
    const [first, second] = [await queue.open(), await queue.open()];
    const committed = first.commit(message(), 'incoming');
    await queue.close();
    expect(await queue.ids('incoming')).toEqual([first.queueId]);
    await committed;
    await expect(second.commit(message(), 'incoming')).rejects.toThrow('the mail system has ended');
    expect(await queue.ids('incoming')).toEqual([first.queueId]);
  });

  test("a message being written is nobody's: a restart removes it", async () => {
    const queue = await open();
    await queue.open();
    expect(await readdir(path.join(folder, 'incoming'))).toHaveLength(1);
    await open();
    expect(await readdir(path.join(folder, 'incoming'))).toEqual([]);
  });

  test("what was active when the machine stopped is incoming again, with its recipients' states", async () => {
    const queue = await open();
    const { queueId, commit } = await queue.open();
    await commit(message(), 'incoming');
    await queue.move(queueId, 'incoming', 'active');
    await queue.mark(queueId, new Map([[0, { kind: 'done' }]]));
    const [entry] = await (await open()).list(['incoming']);
    expect(entry?.recipients.map((recipient) => recipient.state.kind)).toEqual(['done', 'pending']);
  });

  test('a state line cut short by a crash is left out, the message stays whole', async () => {
    const queue = await open();
    const { queueId, commit } = await queue.open();
    await commit(message(), 'hold');
    await writeFile(path.join(folder, 'hold', queueId), 'STATE {"0":{"ki', { flag: 'a' });
    const [entry] = await queue.list(['hold']);
    expect(entry?.recipients.map((recipient) => recipient.state.kind)).toEqual(['pending', 'pending']);
  });

  test('what is marked after such a cut counts', async () => {
    const queue = await open();
    const { queueId, commit } = await queue.open();
    await commit(message(), 'incoming');
    await writeFile(path.join(folder, 'incoming', queueId), 'STATE {"0":{"ki', { flag: 'a' });
    await queue.mark(queueId, new Map([[1, { kind: 'done' }]]), { delayWarned: true });
    await queue.mark(queueId, new Map(), { forcedExpire: true });
    const [entry] = await (await open()).list(['incoming']);
    expect(entry?.recipients.map((recipient) => recipient.state.kind)).toEqual(['pending', 'done']);
    expect(entry).toMatchObject({ delayWarned: true, forcedExpire: true });
  });

  test.each(['incoming', 'hold', 'maildrop', 'deferred', 'corrupt'] as const)(
    '%s is itself after a restart',
    async (state) => {
      const queue = await open();
      const { queueId, commit } = await queue.open();
      await commit(message(), 'incoming');
      await queue.move(queueId, 'incoming', state, state === 'deferred' ? { nextTryMs: 4_000_000_000_000 } : {});
      const again = await open();
      expect(await again.ids(state)).toEqual([queueId]);
      expect((await again.take(queueId, state))?.message.content.equals(message().content)).toBe(true);
      expect(await again.ids('deferred', 3_000_000_000_000)).toEqual([]);
      expect(await again.ids('deferred', 4_000_000_000_000)).toEqual(state === 'deferred' ? [queueId] : []);
    },
  );

  test('a damaged file is put aside and the others are listed', async () => {
    const queue = await open();
    const [good, bad] = [await queue.open(), await queue.open()];
    await good.commit(message(), 'incoming');
    await bad.commit(message(), 'incoming');
    const file = path.join(folder, 'incoming', bad.queueId);
    const bytes = await readFile(file);
    bytes[bytes.length - 3] = 0x21;
    await writeFile(file, bytes);
    expect((await queue.list(['incoming'])).map((entry) => entry.queueId)).toEqual([good.queueId]);
    expect(await readdir(path.join(folder, 'corrupt'))).toEqual([bad.queueId]);
  });

  test('deferred files carry the time of their next try, and moving what has gone says so', async () => {
    const queue = await open();
    const { queueId, commit } = await queue.open();
    await commit(message(), 'incoming');
    const nextTryMs = Math.floor(systemClock.now() / 1000) * 1000 + 300_000;
    expect(await queue.move(queueId, 'incoming', 'deferred', { nextTryMs })).toBe(true);
    expect((await queue.list(['deferred']))[0]?.nextTryMs).toBe(nextTryMs);
    expect(await queue.remove(queueId)).toBe(true);
    expect(await queue.move(queueId, 'deferred', 'active')).toBe(false);
    expect(await queue.remove('../../etc/passwd')).toBe(false);
  });

  test('a commit is seen by whoever watches', async () => {
    const queue = await open();
    const seen: string[] = [];
    const stop = queue.watch((name) => seen.push(name));
    await (await queue.open()).commit(message(), 'hold');
    stop();
    await (await queue.open()).commit(message(), 'incoming');
    expect(seen).toEqual(['hold']);
  });
});

test("queue ids have the shapes of Postfix's", () => {
  expect(shortQueueId(0x39eea, 0x22334fn)).toBe('39EEA22334F');
  expect(longQueueId(1795492495, 233000, 140000n)).toMatch(/^[0-9A-Za-z]{6}[0-9A-Za-z]{4}z[0-9A-Za-y]+$/);
  expect(isQueueId(longQueueId(1795492495, 233000, 140000n))).toBe(true);
  expect(isQueueId('.new-1234')).toBe(false);
});
