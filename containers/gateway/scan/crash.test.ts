/**
 * A crash before or after every single step of a batch: the queue and the quarantine on disk are then all that is left, and a new scanner finishes from there.
 *
 * Deterministic where the kill test is random: step 1, step 2, and so on until a batch gets through without a crash.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openQueueFs } from '#mta/queue/queue-fs.ts';
import type { OpenMessage, Queue } from '#mta/queue/queue.ts';
import { systemClock } from '#util/clock.ts';
import { createHostRoot } from '#util/host-root.ts';
import { unpack } from '../content/unpack.ts';
import { createQuarantine } from '../quarantine/store.ts';
import { createBuiltInSpamEngine } from '../spam/built-in.ts';
import { createSpamLists } from '../spam/spam-lists.ts';
import { layGateway } from '../test-gateway.ts';
import { eicar, gtube, mixed } from '../test-messages.ts';
import { openAttempts } from './attempts.ts';
import { scanBatch, type BatchDeps } from './batch.ts';
import { loadScanner } from './load-scanner.ts';
import { submitReport } from './submit-report.ts';

const settings =
  'Quarantine Whole Message = yes\nNotify Senders = yes\nNotify Senders Of Viruses = yes\nNon Spam Actions = deliver store\nHigh Scoring Spam Actions = store notify\n';
const bodies = {
  benign: 'Subject: benign\n\nhello\n',
  spam: `Subject: spam\n\n${gtube}\n`,
  virus: `Subject: virus\n${mixed('hello', [{ name: 'e.txt', content: eicar }]).replaceAll('\r\n', '\n')}`,
} as const;

/** Counts steps, and is dead from the given one on: nothing reaches the disk any more. */
function createFuse(crashAt: number): { step(): void; crashed(): boolean } {
  let steps = 0;
  return {
    step() {
      steps += 1;
      if (steps >= crashAt) throw new Error('crash');
    },
    crashed: () => steps >= crashAt,
  };
}

/** The object with a step before and one after each of its calls. */
function fused<T extends object>(target: T, fuse: { step(): void }, opened: OpenMessage[] = []): T {
  return new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        fuse.step();
        const result: unknown = Reflect.apply(value, object, args);
        if (!(result instanceof Promise)) return (fuse.step(), result);
        return result.then((settled: unknown) => {
          if (name !== 'open') return (fuse.step(), settled);
          opened.push(settled as OpenMessage);
          fuse.step();
          return fused(settled as OpenMessage, fuse, opened);
        });
      };
    },
  });
}

async function startScanner(
  folder: string,
  fuse: ReturnType<typeof createFuse>,
): Promise<{ deps: BatchDeps; queue: Queue; close(): Promise<void> }> {
  const root = createHostRoot(folder);
  const loaded = await loadScanner(root);
  const spool = { folder: root.resolve('/var/spool/postfix'), clock: systemClock, longQueueIds: false };
  const queue = await openQueueFs(spool, true);
  const attempts = await openAttempts(root.resolve('/var/spool/MailScanner/incoming/Processing.db'));
  const opened: OpenMessage[] = [];
  const broken = fused(queue, fuse, opened);
  const deps: BatchDeps = {
    ...loaded,
    unpack,
    spam: createBuiltInSpamEngine(loaded.spamRules, 1000),
    spamLists: createSpamLists(new Map(), {} as never, systemClock),
    quarantine: fused(
      createQuarantine(root, '/var/spool/MailScanner/quarantine', () => '20261124'),
      fuse,
    ),
    queue: broken,
    attempts: fused(attempts, fuse),
    clock: systemClock,
    host: 'gw.one.test',
    submit: (content, recipients) => submitReport(broken, 'gw.one.test', content, recipients),
    kick: () => fuse.step(),
    log: () => undefined,
    warn: () => undefined,
  };
  return {
    deps,
    queue,
    // The system closes what a dead process had open; a message that was committed has nothing to abort.
    async close() {
      attempts.close();
      for (const each of opened) await each.abort().catch(() => undefined);
    },
  };
}

async function hold(queue: Queue): Promise<void> {
  for (const body of Object.values(bodies)) {
    const open = await queue.open();
    const recipients = [{ address: 'afnog@one.test', originalRecipient: 'afnog@one.test' }];
    await open.commit(
      {
        envelope: { reversePath: 'sender@far.test', recipients },
        origin: { kind: 'internal', rewriteContext: 'remote' },
        content: Buffer.from(body, 'latin1'),
      },
      'hold',
    );
  }
}

async function textsUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
  return Promise.all(files.map((entry) => readFile(path.join(entry.parentPath, entry.name), 'latin1')));
}

/** Crashes at that step, starts anew, finishes; false when the batch ended before the step. */
async function crashAndFinish(crashAt: number): Promise<boolean> {
  const folder = await layGateway({ settings });
  try {
    const fuse = createFuse(crashAt);
    const first = await startScanner(folder, fuse);
    await hold(first.queue);
    await scanBatch(first.deps).catch(() => undefined);
    await first.close();
    const second = await startScanner(folder, createFuse(Infinity));
    while ((await scanBatch(second.deps)).kind === 'scanned');
    await second.close();
    const at = (name: string): string => path.join(folder, 'var/spool', name);
    expect(await textsUnder(at('postfix/hold')), `step ${crashAt}: left in hold`).toEqual([]);
    const sent = await textsUnder(at('postfix/incoming'));
    const kept = await textsUnder(at('MailScanner/quarantine'));
    const copies = (of: string): string[] =>
      sent.filter((text) => text.includes(`Subject: ${of}`) && text.includes('X-lab-MailScanner: '));
    expect(copies('benign').length, `step ${crashAt}: benign mail lost or sent three times`).toSatisfy(
      (n) => n === 1 || n === 2,
    );
    expect(copies('{Virus?} virus').length, `step ${crashAt}: cleaned mail`).toSatisfy((n) => n === 1 || n === 2);
    expect(copies('spam'), `step ${crashAt}: spam sent on`).toEqual([]);
    for (const kind of ['benign', 'spam', 'virus'])
      expect(
        kept.filter((text) => text.includes(`Subject: ${kind}`)),
        `step ${crashAt}: ${kind} in quarantine`,
      ).toHaveLength(1);
    return fuse.crashed();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test(
  'whatever step a batch dies at, each message ends where it belongs, twice at most',
  { timeout: 120_000 },
  async () => {
    let steps = 0;
    while (await crashAndFinish(steps + 1)) steps += 1;
    expect(steps).toBeGreaterThan(20);
  },
);
